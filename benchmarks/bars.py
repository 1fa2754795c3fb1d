"""Measures the bars that the product holds itself to, on this machine, and prints a table.

    make bench                       the running product's bars
    make bench ARGS=--fresh-start    and how long `make run` takes in a fresh clone, with warm package caches

Nothing here is a test: figures on a shared machine move. Each row says what was measured and the bar.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

import relay
import servers
import websockets
from model_double import model_double
from servers import ROOT

QUESTIONS = [
    "what helps against a migraine?",
    "how do I treat a burn from hot water",
    "when should I see a doctor about a cough",
    "what can I do for heartburn",
    "can I take ibuprofen with warfarin",
    "what are the signs of a stroke",
]
ROUNDS = 10
BY_HTTPS = {"X-Forwarded-Proto": "https"}
"""What the proxy in front of Veda says, which off DEBUG answers nothing else."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--fresh-start", action="store_true")
    arguments = parser.parse_args()
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        environment = {**os.environ, "VEDA_ENV_FILE": "", "DEBUG": "true", "DATA_DIR": folder}
        environment |= {"DATABASE_URL": "", "REDIS_URL": ""}
        environment["RATE_MESSAGE_ACCOUNT"] = "6000/minute;100000/day"  # counted as ever, and never refused
        manage = [sys.executable, str(ROOT / "manage.py")]
        servers.set_up(ROOT, environment)
        with servers.served([*manage, "serve"], environment) as server:
            address = server.address
            waits = asyncio.run(first_words(address, sign_in(address)))
            rows.append(("send → first quoted word, median", f"{statistics.median(waits):.0f} ms", "≤ 150 ms"))
            rows.append(("the same, 95th percentile", f"{statistics.quantiles(waits, n=20)[-1]:.0f} ms", "none set"))
            rows.append(("cold load → page usable, median of 5", page_load(address), "≤ 1500 ms"))
        rows += asyncio.run(added_to_a_model(manage, folder))
    rows.append(("all JavaScript there is, gzipped", size(), "≤ 200 kB"))
    rows.append(("second `make run` → served", second_start(), "≤ 10 s"))
    if arguments.fresh_start:
        rows.append(("fresh `make run` → served, warm caches", fresh_start(), "≤ 240 s"))
    for what, figure, bar in rows:
        print(f"{what:<44} {figure:>12}   bar {bar}")


async def added_to_a_model(manage: list[str], folder: str) -> list[tuple[str, str, str]]:
    """Retrieval and summary off, one stream."""
    async with model_double() as model:
        base = await relay.without_veda(model)
        environment = {
            **servers.where_patients_come(folder),
            "LLM_PROVIDER": "ollama", "OLLAMA_URL": model.url, "SKIP_RAG": "true", "SKIP_SUMMARIZER": "true",
        }  # fmt: skip
        async with servers.served_beside([*manage, "serve"], environment) as server:
            token = await asyncio.to_thread(sign_in, server.address)

            def new_conversation() -> str:
                return call(server.address, "/api/conversations", {}, token)["id"]

            return relay.rows(base, await relay.through_veda(model, server.address, token, new_conversation))


def call(address: str, path: str, body: object, token: str | None = None) -> dict[str, str]:
    headers = {**BY_HTTPS, "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(address + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        data: dict[str, str] = json.loads(answer.read() or b"{}")
        return data


def sign_in(address: str) -> str:
    """A new patient's access token."""
    with urllib.request.urlopen(urllib.request.Request(f"{address}/api/config", headers=BY_HTTPS)) as answer:
        terms = json.loads(answer.read())["terms_version"]
    email, password = f"{uuid.uuid4().hex}@bench.example", secrets.token_urlsafe(24)
    call(address, "/api/auth/register", {"email": email, "password": password, "name": "Bench", "consent": terms})
    return call(address, "/api/auth/login", {"email": email, "password": password})["access"]


async def first_words(address: str, token: str) -> list[float]:
    """Milliseconds from the send to the first chunk, one question at a time, a new conversation for each round."""
    waits = []
    for _ in range(ROUNDS):
        conversation = call(address, "/api/conversations", {}, token)["id"]
        url = f"{address.replace('http', 'ws')}/ws/conversations/{conversation}?token={token}"
        async with websockets.connect(url) as ws:
            for question in QUESTIONS:
                message = {"type": "message", "client_message_id": str(uuid.uuid4()), "content": question}
                started = time.perf_counter()
                await ws.send(json.dumps(message))
                first = None
                while (frame := json.loads(await ws.recv()))["type"] != "done":
                    if frame["type"] == "chunk" and first is None:
                        first = time.perf_counter() - started
                waits.append((first or 0) * 1000)
    return waits


def page_load(address: str) -> str:
    script = ROOT / "frontend" / "scripts" / "pageLoad.mjs"
    done = subprocess.run(["node", script, address], cwd=script.parent.parent, capture_output=True, text=True)
    return f"{done.stdout.strip()} ms" if done.returncode == 0 else "not run"


def size() -> str:
    done = subprocess.run(["npm", "run", "--silent", "size"], cwd=ROOT / "frontend", capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1].split(" gzipped")[0] if done.returncode == 0 else "not run"


def second_start() -> str:
    """Set-up done, data there: what somebody waits who starts Veda in the morning."""
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        environment = {**os.environ, "DEBUG": "true", "DATA_DIR": folder}
        command = [sys.executable, "-m", "veda.bootstrap", "run"]
        with servers.served(command, environment):
            pass
        started = time.perf_counter()
        with servers.served(command, environment):
            return f"{time.perf_counter() - started:.1f} s"


def fresh_start() -> str:
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        clone = Path(folder) / "veda"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = {name: value for name, value in os.environ.items() if name not in ("DATA_DIR", "VIRTUAL_ENV")}
        started = time.perf_counter()
        with servers.served([sys.executable, "-m", "veda.bootstrap", "run"], environment, clone):
            return f"{time.perf_counter() - started:.0f} s"


if __name__ == "__main__":
    main()
