"""A thousand devices behind one network address come back at the same moment, as after a power cut or a new release.

    python benchmarks/comeback.py                                        SQLite, in-memory parts
    python benchmarks/comeback.py --database-url postgresql://… --redis-url redis://…

Each refreshes its token, gets a ticket and opens its socket, against a real `manage.py serve` behind one (pretended)
proxy, and tries again as the page does where the socket can't be opened in time. None may be refused as a flood.
Accounts are made directly in the database named, which keeps them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

import aiohttp
import websockets
from bars import ROOT, served

AT_THE_PROXY = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
PATIENCE_SECONDS = 120
TRIES = 6


@dataclass
class Outcome:
    refreshed: list[float] = field(default_factory=list)
    """Seconds from the start until each device had its tokens."""
    back: list[float] = field(default_factory=list)
    """Until each device's socket answered."""
    answers: Counter[str] = field(default_factory=Counter)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--redis-url", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        os.environ.update(
            DEBUG="false", SECRET_KEY=secrets.token_hex(32), JWT_SECRET=secrets.token_hex(32),
            ALLOWED_HOSTS="127.0.0.1", DATA_DIR=folder, TRUSTED_PROXIES="1",
            DATABASE_URL=arguments.database_url, REDIS_URL=arguments.redis_url,
            LLM_PROVIDER="extractive", LOG_LEVEL="ERROR",
        )  # fmt: skip
        manage = [sys.executable, str(ROOT / "manage.py")]
        for command in ("migrate", "seed_vector_index"):
            subprocess.run([*manage, command, "-v0"], check=True)
        devices = signed_in(arguments.devices)
        with served([*manage, "serve"], dict(os.environ)) as address:
            outcome = asyncio.run(come_back(address, devices))
    for what, figure in rows(arguments.devices, outcome):
        print(f"{what:<44} {figure}")
    if len(outcome.back) < arguments.devices:
        sys.exit(1)


def signed_in(count: int) -> list[tuple[str, str]]:
    """A refresh token and a conversation of so many people."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "veda.settings"
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from accounts.agreement import agreement_version
    from accounts.models import Consent, User, email_key
    from accounts.tokens import start_session
    from chat.models import Conversation

    run, now, version, password = uuid.uuid4().hex[:8], timezone.now(), agreement_version(), make_password(None)
    users = []
    for n in range(count):
        email = f"device{n}.{run}@bench.example"
        users.append(
            User(email=email, email_key=email_key(email), name="Bench", password=password,
                 consent_version=version, consent_at=now)
        )  # fmt: skip
    User.objects.bulk_create(users)
    Consent.objects.bulk_create(
        Consent(user=user, purpose=purpose, version=version, given_at=now)
        for user in users
        for purpose in Consent.REQUIRED
    )
    conversations = Conversation.objects.bulk_create([Conversation(user=user) for user in users])
    return [
        (start_session(user=user, method="password").refresh, str(conversation.id))
        for user, conversation in zip(users, conversations, strict=True)
    ]


async def come_back(address: str, devices: list[tuple[str, str]]) -> Outcome:
    outcome = Outcome()
    started = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(address, headers=AT_THE_PROXY, timeout=timeout, connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        for refresh, conversation in devices:
            group.create_task(one_back(session, address, refresh, conversation, started, outcome))
    return outcome


async def one_back(
    session: aiohttp.ClientSession, address: str, refresh: str, conversation: str, started: float, outcome: Outcome
) -> None:
    async def call(path: str, body: object, access: str = "") -> dict[str, str]:
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        async with session.post(path, json=body, headers=headers) as answer:
            outcome.answers[f"{path} {answer.status}"] += 1
            data: dict[str, str] = await answer.json()
            return data

    async def connect(access: str) -> None:
        ticket = (await call("/api/auth/ws-ticket", {"conversation": conversation}, access))["ticket"]
        url = f"{address.replace('http', 'ws')}/ws/conversations/{conversation}?token={ticket}"
        async with websockets.connect(url, additional_headers=AT_THE_PROXY, open_timeout=PATIENCE_SECONDS) as ws:
            await ws.send('{"type": "ping"}')
            assert json.loads(await ws.recv())["type"] == "pong"
            outcome.back.append(time.perf_counter() - started)

    access = (await call("/api/auth/refresh", {"refresh": refresh}))["access"]
    outcome.refreshed.append(time.perf_counter() - started)
    for tries in range(TRIES):
        try:
            return await connect(access)
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            outcome.answers[f"socket {type(error).__name__}, tried again"] += 1
            await asyncio.sleep(random.uniform(0.5, 1) * 2**tries)


def rows(devices: int, outcome: Outcome) -> list[tuple[str, str]]:
    found = [("back, of so many", f"{len(outcome.back)} of {devices}")]
    if outcome.back:
        found += [
            ("the last one has its tokens after", f"{max(outcome.refreshed):.1f} s"),
            ("the middle one is back after", f"{statistics.median(outcome.back):.1f} s"),
            ("the last one", f"{max(outcome.back):.1f} s"),
        ]
    found.append(("refused as a flood", str(sum(n for what, n in outcome.answers.items() if what.endswith("429")))))
    return [*found, *((what, str(n)) for what, n in sorted(outcome.answers.items()))]


if __name__ == "__main__":
    main()
