"""Many patients' sockets at once: each asks, and notes of every token how long it took and whether one is missing.

aiohttp's client, which reads frames in C, is quick enough: at a thousand streams of twenty tokens a second through the
bare relay, model double and readers together used 0.6 of their core. `load` says how much it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp
import msgspec
from model_double import prompt, tokens_in
from servers import Machine, Server

OPENED_AT_ONCE = 50
STAGGER_SECONDS = 1.0
PATIENCE_SECONDS = 20.0
"""Beyond the time that a stream takes by itself."""


@dataclass
class Reading:
    """Of one stream by one reader. Nanoseconds."""

    stream: int
    tokens: int
    asked: int = 0
    first: int = 0
    delays: list[int] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    trouble: str = ""
    _next: int = 0

    def take(self, text: str, now: int) -> None:
        for stream, number, wrote in tokens_in(text):
            if stream != self.stream:
                self.trouble = "a token of another stream"
            elif number < self._next:
                self.doubled += 1
            else:
                self.lost += number - self._next
                self._next = number + 1
                self.first = self.first or now
                self.delays.append(now - wrote)

    def end(self, stored: str | None) -> None:
        """`stored`: the whole text as `done` has it, None where nothing is stored."""
        self.lost += self.tokens - self._next
        if stored is not None and len(tokens_in(stored)) != self.tokens:
            self.trouble = "the stored text isn't whole"


@dataclass(frozen=True)
class Figures:
    """Of all readers together."""

    streams: int
    chunks: int
    lost: int
    doubled: int
    troubles: dict[str, int]
    p50_ms: float
    p99_ms: float
    first_ms: float
    """Median from the send to the first token."""
    first_p95_ms: float
    cpu_seconds: float
    """Of the server, or of all servers."""
    load: float
    """Cores that the model double and the readers used: near 1 they, and not the server, are what is measured."""
    others: float
    """Cores that others used meanwhile."""

    @property
    def cpu_per_10k(self) -> float:
        return self.cpu_seconds / max(self.chunks, 1) * 10_000

    @property
    def holds(self) -> bool:
        return not self.lost and not self.troubles and self.p99_ms < 100


class Socket:
    """Of one patient, for one conversation."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def ask(self, content: str) -> None:
        frame = {"type": "message", "client_message_id": str(uuid.uuid4()), "content": content}
        await self._ws.send_str(msgspec.json.encode(frame).decode())

    async def read(self, reading: Reading) -> None:
        """Until `done`; what fails is noted."""
        stored: str | None = None
        async for message in self._ws:
            now = time.monotonic_ns()
            text = message.data
            if '"type":"chunk"' in text:
                reading.take(text, now)
            elif '"type":"done"' in text:
                stored = text if '"message"' in text else None
                break
            elif '"type":"error"' in text:
                reading.trouble = text[:120]
        else:
            reading.trouble = f"closed with {self._ws.close_code}"
        reading.end(stored)

    async def close(self) -> None:
        await self._ws.close()


@dataclass(frozen=True)
class Place:
    """Where a patient can talk: a signed-in device and a conversation."""

    access: str
    conversation: str

    def url(self, server: Server) -> str:
        return f"{server.address.replace('http', 'ws')}/ws/conversations/{self.conversation}?token={self.access}"


def session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None))


async def open_sockets(http: aiohttp.ClientSession, server: Server, places: Iterable[Place]) -> list[Socket]:
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def one(place: Place) -> Socket:
        async with gate:
            return Socket(await http.ws_connect(place.url(server), compress=0, max_msg_size=0))

    return list(await asyncio.gather(*(one(place) for place in places)))


async def stream(
    askers: Sequence[Socket],
    readers: Sequence[Socket],
    servers: Sequence[Server],
    *,
    tokens: int = 80,
    rate: float = 20,
) -> tuple[list[Reading], Figures]:
    """All ask within a second; each reader reads the stream that the asker of the same place asked for."""
    readings = [Reading(stream, tokens) for stream in range(1, len(askers) + 1)]

    async def one(asker: Socket, reader: Socket, reading: Reading) -> None:
        await asyncio.sleep(random.random() * STAGGER_SECONDS)
        reading.asked = time.monotonic_ns()
        await asker.ask(prompt(reading.stream, tokens, rate))
        try:
            async with asyncio.timeout(tokens / rate + PATIENCE_SECONDS):
                await reader.read(reading)
        except TimeoutError:
            reading.trouble = "never done"
            reading.end(None)

    with _no_garbage_collection():
        machine, ours, began = Machine(), time.process_time(), time.monotonic()
        before = sum(server.cpu_seconds() for server in servers)
        await asyncio.gather(*map(one, askers, readers, readings))
        cpu = sum(server.cpu_seconds() for server in servers) - before
        seconds = time.monotonic() - began
        load = (time.process_time() - ours) / seconds
        others = max(0.0, machine.busy() - load - cpu / seconds)
    return readings, figures(readings, cpu, load, others)


def figures(readings: Sequence[Reading], cpu: float = 0.0, load: float = 0.0, others: float = 0.0) -> Figures:
    delays = sorted(delay for reading in readings for delay in reading.delays)
    firsts = sorted(reading.first - reading.asked for reading in readings if reading.first)
    return Figures(
        streams=len(readings),
        chunks=len(delays),
        lost=sum(reading.lost for reading in readings),
        doubled=sum(reading.doubled for reading in readings),
        troubles=dict(Counter(reading.trouble for reading in readings if reading.trouble)),
        p50_ms=_at(delays, 0.5),
        p99_ms=_at(delays, 0.99),
        first_ms=statistics.median(firsts) / 1e6 if firsts else float("nan"),
        first_p95_ms=_at(firsts, 0.95),
        cpu_seconds=cpu,
        load=load,
        others=others,
    )


def _at(values: Sequence[int], part: float) -> float:
    return values[min(len(values) - 1, int(len(values) * part))] / 1e6 if values else float("nan")


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A pause of this process would count as the server's."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
