"""What a chunk costs and how long it takes: in rounds beside the bare relay, on a ladder, and between two processes."""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

from model_double import ModelDouble, model_double
from readers import PATIENCE_SECONDS, Figures, Reading, figures, open_sockets, stream
from servers import Machine, Server
from systems import ALL_CORES, Bench, Row, Served, row

ROUNDS = 3
LADDER = (50, 100, 200, 300, 400, 600, 800, 1000)
ASKED_ALONE = 10
QUIET_CORES, QUIET_SECONDS = 0.25, 15.0
TRIES_WHERE_NOISY = 3


async def run(bench: Bench, name: str, server: Server, streams: int, tokens: int = 80) -> Figures:
    """All sockets are open before the first asks."""
    places = bench.places(streams)
    await _quiet()
    sockets = await open_sockets(bench.http, server, places)
    await asyncio.sleep(0.5)
    _, found = await stream(sockets, sockets, [server], tokens=tokens)
    for socket in sockets:
        await socket.close()
    note(bench, name, found)
    return found


async def warm_up(bench: Bench, name: str, server: Server) -> None:
    if not (await run(bench, f"{name}, warm-up", server, 5, tokens=10)).chunks:
        sys.exit(f"Nothing streams through {name}: there is nothing to measure.")


def note(bench: Bench, name: str, found: Figures) -> None:
    told = {key: value for key, value in asdict(found).items() if value or key == "lost"}
    bench.note(name, told | {"cpu_per_10k": found.cpu_per_10k})
    print(
        f"  {name:<22} {found.streams:>4} streams  p50 {found.p50_ms:.2f}  p99 {found.p99_ms:.2f} ms  first "
        f"{found.first_ms:.1f} ms  lost {found.lost}  {found.cpu_per_10k:.2f} CPU s/10k  load {found.load:.2f}"
        f"  others {found.others:.2f}  {found.troubles or ''}",
        file=sys.stderr,
    )


async def _quiet() -> None:
    """Waits for a moment in which others use little of the machine, and not for long."""
    for _ in range(round(QUIET_SECONDS / 0.5)):
        machine = Machine()
        await asyncio.sleep(0.5)
        if machine.busy() < QUIET_CORES:
            return


async def rounds(bench: Bench) -> list[Row]:
    """Three times round all systems, never one three times on end: a slow minute of the machine hits all alike."""
    redis: dict[str, Callable[[], Served]] = {}
    if bench.redis_url:
        redis = {"uvicorn, Redis": lambda: bench.uvicorn(REDIS_URL=bench.redis_url)}
    systems: dict[str, Callable[[], Served]] = {
        "bare": bench.base, "uvicorn": bench.uvicorn, **redis, "daphne": bench.daphne,
    }  # fmt: skip
    at_100: dict[str, list[Figures]] = {name: [] for name in systems}
    at_200: dict[str, list[Figures]] = {name: [] for name in systems}
    alone: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(ROUNDS):
        for name, system in systems.items():
            async with system() as server:
                await warm_up(bench, name, server)
                alone[name].append(await _first_alone(bench, name, server))
                at_100[name].append(await run(bench, name, server, 100))
                at_200[name].append(await run(bench, name, server, 200))
    return _rows_of_rounds(at_100, at_200, alone)


def _rows_of_rounds(
    at_100: dict[str, list[Figures]], at_200: dict[str, list[Figures]], alone: dict[str, list[float]]
) -> list[Row]:
    def ratio(name: str, base: str) -> float:
        pairs = zip(at_100[name], at_100[base], strict=True)
        return statistics.median(one.cpu_per_10k / other.cpu_per_10k for one, other in pairs)

    rows = []
    for name in ("uvicorn", "daphne"):
        cost, p50, p99 = ratio(name, "bare"), middle(at_200[name], "p50_ms"), middle(at_200[name], "p99_ms")
        one, many = statistics.median(alone[name]), middle(at_200[name], "first_ms")
        lost = sum(found.lost for found in at_100[name] + at_200[name])
        barred = name == "uvicorn"
        rows += [
            row(f"CPU per chunk at 100 streams, × bare ASGI ({name})", f"{cost:.2f}", "≤ 2.0", cost <= 2, barred),
            Row(f"the same, CPU s per 10,000 chunks ({name})", f"{middle(at_100[name], 'cpu_per_10k'):.2f}"),
            row(f"p99 relay latency at 200 streams ({name})", f"{p99:.2f} ms", "≤ 3 ms", p99 <= 3, barred),
            Row(f"p50 relay latency at 200 streams ({name})", f"{p50:.2f} ms"),
            row(f"send → first chunk at 1 stream ({name})", f"{one:.1f} ms", "≤ 8 ms", one <= 8, barred),
            row(f"send → first chunk at 200 streams ({name})", f"{many:.1f} ms", "≤ 20 ms", many <= 20, barred),
            row(f"chunks lost in these rounds ({name})", str(lost), "0", lost == 0, True),
        ]
    bare = at_200["bare"]
    rows += [
        Row("bare ASGI: CPU s per 10,000 chunks at 100", f"{middle(at_100['bare'], 'cpu_per_10k'):.2f}"),
        Row("bare ASGI: p50 / p99 at 200", f"{middle(bare, 'p50_ms'):.2f} / {middle(bare, 'p99_ms'):.2f} ms"),
        Row(
            "bare ASGI: send → first chunk at 1 / 200",
            f"{statistics.median(alone['bare']):.1f} / {middle(bare, 'first_ms'):.1f} ms",
        ),
    ]
    if "uvicorn, Redis" in at_100:
        more = ratio("uvicorn, Redis", "uvicorn")
        rows.append(row("CPU with Redis, × without", f"{more:.2f}", "≤ 1.4", more <= 1.4, True))
        p99 = middle(at_200["uvicorn, Redis"], "p99_ms")
        rows.append(Row("p99 at 200 streams with Redis, own-process readers", f"{p99:.2f} ms"))
    else:
        rows.append(Row("CPU with Redis, × without", "not run: --redis-url", "≤ 1.4"))
    return rows


def middle(found: Sequence[Figures], name: str) -> float:
    return statistics.median(getattr(figures, name) for figures in found)


async def _first_alone(bench: Bench, name: str, server: Server) -> float:
    """Median milliseconds from the send to the first token, one after the other, nobody else there."""
    waits = []
    for place in bench.places(ASKED_ALONE):
        sockets = await open_sockets(bench.http, server, [place])
        await asyncio.sleep(0.2)
        _, found = await stream(sockets, sockets, [server], tokens=3)
        await sockets[0].close()
        waits.append(found.first_ms)
    bench.note(f"{name}, alone", waits)
    print(f"  {name:<22}    1 stream   first {statistics.median(waits):.1f} ms", file=sys.stderr)
    return statistics.median(waits)


async def ladder(bench: Bench) -> list[Row]:
    """Up to the first step that doesn't hold. Where others used the machine meanwhile, a step is tried again."""
    rows = []
    for name, system, bar in (("uvicorn", bench.uvicorn, 600), ("daphne", bench.daphne, 400)):
        most = 0
        async with system() as server:
            await warm_up(bench, name, server)
            for step in LADDER:
                for _ in range(TRIES_WHERE_NOISY):
                    found = await run(bench, f"{name} ladder", server, step)
                    if found.holds or found.others < QUIET_CORES:
                        break
                if not found.holds:
                    break
                most = step
        end = " (no more were tried)" if most == LADDER[-1] else ""
        rows.append(Row(f"most streams, p99 < 100 ms, none lost ({name})", f"{most}{end}", f"≥ {bar}", most >= bar))
    return rows


async def processes(bench: Bench) -> list[Row]:
    """Asked on one process, read on both. They may use all cores, which they share with the readers: one is too little.

    Either may write a reply. The second has a model double of its own, so that it is known which did.
    """
    what = "p99 at 200 streams, reader on another process"
    if not bench.redis_url or not bench.environment["DATABASE_URL"]:
        return [Row(what, "not run: --redis-url, --database-url", "≤ 100 ms")]
    async with (
        model_double() as other_model,
        bench.uvicorn(cores=ALL_CORES, REDIS_URL=bench.redis_url) as one,
        bench.uvicorn(cores=ALL_CORES, REDIS_URL=bench.redis_url, OLLAMA_URL=other_model.url) as other,
    ):
        await warm_up(bench, "two processes", one)
        tries = [await _asked_here_read_there(bench, one, other, other_model) for _ in range(ROUNDS)]
    crossed, at_home = [there for there, _ in tries], [here for _, here in tries]
    p99 = middle(crossed, "p99_ms")
    lost = sum(found.lost + sum(found.troubles.values()) for found in crossed)
    here = f"{middle(at_home, 'p50_ms'):.1f} / {middle(at_home, 'p99_ms'):.1f} ms"
    return [
        Row(what, f"{p99:.1f} ms", "≤ 100 ms", p99 <= 100),
        Row("the same, p50", f"{middle(crossed, 'p50_ms'):.1f} ms"),
        Row("the same, streams that went through Redis", f"{sum(found.streams for found in crossed)}"),
        Row("the same, chunks lost", str(lost), "0", lost == 0),
        Row("the same, p50 / p99 of readers on the reply's own process", here),
    ]


async def _asked_here_read_there(
    bench: Bench, one: Server, other: Server, other_model: ModelDouble
) -> tuple[Figures, Figures]:
    """Of the replies that the first wrote: as they were read on the second, and on the first."""
    places = bench.places(200)
    await _quiet()
    asking = await open_sockets(bench.http, one, places)
    reading = await open_sockets(bench.http, other, places)
    await asyncio.sleep(0.5)
    other_model.asked.clear()
    beside = [Reading(stream, 80) for stream in range(1, 201)]
    own = [asyncio.create_task(socket.read(one_of)) for socket, one_of in zip(asking, beside, strict=True)]
    readings, found = await stream(asking, reading, [one, other])
    await asyncio.wait(own, timeout=PATIENCE_SECONDS)
    note(bench, "two processes", found)
    written_here = {number for number in range(1, 201) if number not in other_model.asked}
    crossed = figures([reading for reading in readings if reading.stream in written_here])
    at_home = figures([reading for reading in beside if reading.stream in written_here])
    for socket in (*asking, *reading):
        await socket.close()
    return crossed, at_home
