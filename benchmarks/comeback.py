"""A thousand devices behind one network address come back at the same moment, and the last is back after how long?

    make bench-storm                                                                            SQLite, in-memory parts
    make bench-storm ARGS="--database-url postgresql://… --redis-url redis://…"

Against a real `manage.py serve`, and uvicorn, behind one (pretended) proxy, with the flood limits that Veda comes with;
nothing is pinned to a core. Two storms, for each server:

* after a power cut, or a night: each device refreshes its token, gets a ticket, opens its socket and asks to resume;
* the server is killed while sockets are open and replies run, and starts again: within a second each device, whose
  access token still holds, gets a ticket, opens its socket and asks to resume.

Who can't be served in time tries again as the page does. None may be refused as a flood. Accounts are made directly in
the database named, which keeps them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec
import people
import servers
import uvloop
from model_double import model_double, prompt
from people import Person
from servers import Server

AT_THE_PROXY = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
PATIENCE_SECONDS = 120.0
TRIES = 6
BAR_SECONDS = 15.0
RUNNING = 50
"""Replies that are being written when the server is killed."""


@dataclass
class Device:
    person: Person
    socket: aiohttp.ClientWebSocketResponse | None = None
    reply: str | None = None
    """Of the answer that was being written."""
    held: int = 0
    """Code points of it that came."""

    @property
    def conversation(self) -> str:
        return self.person.conversations[0]


@dataclass
class Outcome:
    """Seconds from the moment that the first came back."""

    refreshed: list[float] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    """Until devices whose reply was broken off had its end."""
    restarted: float = 0.0
    """From the kill until the new process answered."""
    answers: Counter[str] = field(default_factory=Counter)

    def rows(self, devices: int, broken: int) -> Iterator[tuple[str, str]]:
        bar = f"   bar ≤ {BAR_SECONDS:.0f} s" if self.restarted else ""
        yield "resumed, of so many", f"{len(self.resumed)} of {devices}"
        if self.restarted:
            yield "killed → served again", f"{self.restarted:.1f} s"
        if self.refreshed:
            yield "the last one has its tokens after", f"{max(self.refreshed):.1f} s"
        if self.resumed:
            yield "the middle one is resumed after", f"{statistics.median(self.resumed):.1f} s"
            yield "the last one", f"{max(self.resumed):.1f} s{bar}"
        if broken:
            last = f", the last after {max(self.ended):.1f} s" if self.ended else ""
            yield "replies broken off whose end was told", f"{len(self.ended)} of {broken}{last}"
        yield "refused as a flood", str(sum(n for what, n in self.answers.items() if what.endswith("429")))
        yield from ((what, str(n)) for what, n in sorted(self.answers.items()))

    def holds(self, devices: int, broken: int) -> bool:
        """The bar in seconds is for those whom a restart threw out."""
        whole = len(self.resumed) == devices and len(self.ended) == broken
        in_time = not self.restarted or max(self.resumed, default=0.0) <= BAR_SECONDS
        return whole and in_time and not any(what.endswith("429") for what in self.answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--redis-url", default="")
    parser.add_argument("--server", nargs="+", choices=("daphne", "uvicorn"), default=["daphne", "uvicorn"])
    parser.add_argument("--root", type=Path, default=servers.ROOT, help="another checkout, whose Veda is measured")
    held = uvloop.run(_measure(parser.parse_args()))
    sys.exit(0 if held else 1)


async def _measure(arguments: argparse.Namespace) -> bool:
    root = arguments.root.resolve()
    held = True
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        async with model_double() as model:
            environment = {
                **servers.where_patients_come(
                    folder, database_url=arguments.database_url, redis_url=arguments.redis_url
                ),
                "LLM_PROVIDER": "ollama", "OLLAMA_URL": model.url, "SKIP_RAG": "true", "SKIP_SUMMARIZER": "true",
                "MAX_REPLIES_AT_ONCE": str(RUNNING * 2),
            }  # fmt: skip
            servers.set_up(root, environment)
            for name in arguments.server:
                command = servers.daphne(root) if name == "daphne" else servers.uvicorn(root)
                for storm, what, broken in (
                    (_after_a_power_cut, "after a power cut", 0),
                    (_after_a_kill, "server killed", min(RUNNING, arguments.devices)),
                ):
                    made = people.sign_in(root, environment, arguments.devices, 1)
                    outcome = await storm(command, environment, root, [Device(person) for person in made])
                    held &= outcome.holds(arguments.devices, broken)
                    print(f"\n{name}, {what}")
                    for label, figure in outcome.rows(arguments.devices, broken):
                        print(f"  {label:<44} {figure}", flush=True)
    return held


async def _after_a_power_cut(
    command: list[str], environment: dict[str, str], root: Path, devices: list[Device]
) -> Outcome:
    async with servers.served_beside(command, environment, root) as server, _session(server) as http:
        outcome = await _all_come_back(http, devices, refresh=True)
        await _close(devices)
    return outcome


async def _after_a_kill(command: list[str], environment: dict[str, str], root: Path, devices: list[Device]) -> Outcome:
    port = servers.free_port()
    first = servers.start(command, environment, root, port=port)
    try:
        await asyncio.to_thread(servers.wait_until_served, first)
        async with _session(first) as http:
            await _open_all(http, devices)
            await asyncio.gather(*(_ask(device, n) for n, device in enumerate(devices[:RUNNING], 1)))
    finally:
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait()
    killed = time.perf_counter()
    await _close(devices)
    async with servers.served_beside(command, environment, root, port=port) as again, _session(again) as http:
        restarted = time.perf_counter() - killed
        outcome = await _all_come_back(http, devices, refresh=False)
        outcome.restarted = restarted
        await _close(devices)
    return outcome


def _session(server: Server) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        server.address,
        headers=AT_THE_PROXY,
        timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
        connector=aiohttp.TCPConnector(limit=0),
    )


async def _open_all(http: aiohttp.ClientSession, devices: list[Device]) -> None:
    gate = asyncio.Semaphore(50)

    async def one(device: Device) -> None:
        async with gate:
            device.socket = await _socket(http, device, device.person.access)

    await asyncio.gather(*map(one, devices))


async def _socket(http: aiohttp.ClientSession, device: Device, token: str) -> aiohttp.ClientWebSocketResponse:
    return await http.ws_connect(f"/ws/conversations/{device.conversation}", params={"token": token})


async def _ask(device: Device, stream: int) -> None:
    """A question whose answer takes minutes, read to its fifth chunk."""
    assert device.socket
    content = prompt(stream, 4000, 20)
    await device.socket.send_json({"type": "message", "client_message_id": str(uuid.uuid4()), "content": content})
    chunks = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while chunks < 5:
            frame = msgspec.json.decode(await device.socket.receive_str())
            if frame["type"] == "chunk":
                chunks += 1
                device.reply, device.held = frame["messageId"], frame["offset"] + len(frame["data"])


async def _close(devices: list[Device]) -> None:
    sockets = [device.socket for device in devices if device.socket]
    await asyncio.gather(*(socket.close() for socket in sockets), return_exceptions=True)


async def _all_come_back(http: aiohttp.ClientSession, devices: list[Device], *, refresh: bool) -> Outcome:
    outcome = Outcome()
    started = time.perf_counter()
    await asyncio.gather(*(_one_back(http, device, started, outcome, refresh=refresh) for device in devices))
    return outcome


async def _one_back(
    http: aiohttp.ClientSession, device: Device, started: float, outcome: Outcome, *, refresh: bool
) -> None:
    async def call(path: str, body: object, access: str = "") -> dict[str, str]:
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        async with http.post(path, json=body, headers=headers) as answer:
            outcome.answers[f"{path} {answer.status}"] += 1
            data: dict[str, str] = await answer.json()
            return data

    async def resume(access: str) -> None:
        ticket = (await call("/api/auth/ws-ticket", {"conversation": device.conversation}, access))["ticket"]
        device.socket = await _socket(http, device, ticket)
        held = {"lastMessageId": device.reply, "offset": device.held}
        await device.socket.send_json({"type": "resume", "conversationId": device.conversation} | held)
        await _frame(device.socket, "resume_ack")
        outcome.resumed.append(time.perf_counter() - started)
        if device.reply:
            await _frame(device.socket, "done")
            outcome.ended.append(time.perf_counter() - started)

    access = None if refresh else device.person.access
    if not refresh:
        await asyncio.sleep(random.random())
    for tries in range(TRIES):
        try:
            if access is None:
                access = (await call("/api/auth/refresh", {"refresh": device.person.refresh}))["access"]
                outcome.refreshed.append(time.perf_counter() - started)
            return await resume(access)
        except (OSError, TimeoutError, TypeError, KeyError, aiohttp.ClientError) as error:
            outcome.answers[f"{type(error).__name__}, tried again"] += 1
            if device.socket:
                await device.socket.close()
            await asyncio.sleep(random.uniform(0.5, 1) * 2**tries)


async def _frame(socket: aiohttp.ClientWebSocketResponse, kind: str) -> None:
    """Reads up to one of this kind. Raises TypeError where the socket was closed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while msgspec.json.decode(await socket.receive_str())["type"] != kind:
            pass


if __name__ == "__main__":
    main()
