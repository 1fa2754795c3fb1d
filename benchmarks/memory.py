"""What the server keeps in memory: at rest, for a socket that says nothing, and for a reader who doesn't read."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from model_double import prompt
from readers import PATIENCE_SECONDS, Reading, Socket, open_sockets
from systems import Bench, Row, Served, row

IDLE_SOCKETS = 500
SETTLE_SECONDS = 2.0
SLOW_READERS, SLOW_TOKENS, SLOW_RATE, SLOW_PAD = 20, 1000, 200.0, 880
"""Replies of 0.9 MB: more than the kernel's buffers take, and less than the 1 MiB that Daphne lets a frame have."""


async def memory(bench: Bench) -> list[Row]:
    rows = []
    for name, system in (("uvicorn", bench.uvicorn), ("daphne", bench.daphne)):
        barred = name == "uvicorn"
        rest, idle = await _idle(bench, system)
        quick = await _growth(bench, system, slow=False)
        slow = await _growth(bench, system, slow=True)
        more = (slow - quick) / SLOW_READERS
        bench.note(f"memory, {name}", {"rest_kb": rest, "idle_kb": idle, "quick_kb": quick, "slow_kb": slow})
        size = f"{SLOW_TOKENS * SLOW_PAD / 1e6:.1f} MB"
        rows += [
            row(f"memory at rest ({name})", f"{rest / 1024:.0f} MB", "≤ 140 MB", rest <= 140 * 1024, barred),
            row(f"memory for an idle socket ({name})", f"{idle:.0f} kB", "≤ 50 kB", idle <= 50, barred),
            Row(f"each reader of {size} who doesn't read, beyond one who does ({name})", f"{more:.0f} kB"),
        ]
    return rows


async def _idle(bench: Bench, system: Callable[..., Served]) -> tuple[int, float]:
    """kB at rest, and for each idle socket."""
    async with system() as server:
        await asyncio.sleep(SETTLE_SECONDS)
        rest = server.resident_kb()
        warm = await open_sockets(bench.http, server, bench.places(20))
        await asyncio.sleep(SETTLE_SECONDS)
        before = server.resident_kb()
        sockets = await open_sockets(bench.http, server, bench.places(IDLE_SOCKETS))
        await asyncio.sleep(SETTLE_SECONDS)
        idle = (server.resident_kb() - before) / IDLE_SOCKETS
        for one in (*warm, *sockets):
            await one.close()
    return rest, idle


async def _growth(bench: Bench, system: Callable[..., Served], *, slow: bool) -> int:
    """kB by which the server grew when long replies were written, to readers who read or who don't yet."""
    connector = aiohttp.TCPConnector(limit=0, socket_factory=_small_socket)
    room = {"ANSWER_MAX_TOKENS": "1000000", "MODEL_CONTEXT_TOKENS": "2000000"}
    async with system(**room) as server, aiohttp.ClientSession(connector=connector) as http:
        sockets = await open_sockets(http, server, bench.places(SLOW_READERS))
        readings = [Reading(stream, SLOW_TOKENS) for stream in range(1, SLOW_READERS + 1)]
        before = server.resident_kb()
        bench.model.written.clear()
        for one, reading in zip(sockets, readings, strict=True):
            await one.ask(prompt(reading.stream, SLOW_TOKENS, SLOW_RATE, SLOW_PAD))
        if not slow:
            await _read_all(sockets, readings)
        await _until_written(bench)
        await asyncio.sleep(SETTLE_SECONDS)
        grown = server.resident_kb() - before
        if slow:
            await _read_all(sockets, readings)
        for one in sockets:
            await one.close()
    for reading in readings:
        if reading.lost or reading.trouble:
            print(
                f"  a {'slow' if slow else 'quick'} reader lost {reading.lost} tokens {reading.trouble}",
                file=sys.stderr,
            )
    return grown


async def _until_written(bench: Bench) -> None:
    """Where readers slowed the model itself down, not all are: what the server has grown to by then counts."""
    try:
        async with asyncio.timeout(SLOW_TOKENS / SLOW_RATE + PATIENCE_SECONDS):
            for stream in range(1, SLOW_READERS + 1):
                await bench.model.written[stream].wait()
    except TimeoutError:
        print("  a reader who didn't read held the model up", file=sys.stderr)


async def _read_all(sockets: Sequence[Socket], readings: Sequence[Reading]) -> None:
    async def one(socket: Socket, reading: Reading) -> None:
        try:
            async with asyncio.timeout(SLOW_TOKENS / SLOW_RATE + PATIENCE_SECONDS):
                await socket.read(reading)
        except TimeoutError:
            reading.trouble = "never done"

    await asyncio.gather(*map(one, sockets, readings))


def _small_socket(address: Any) -> socket.socket:
    """The kernel takes little for a reader who doesn't read."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    made.setblocking(False)
    return made
