"""Measures streaming on this machine: what a chunk costs, how long it takes, how many streams there may be, memory.

    make bench-stream                                                   SQLite, one process
    make bench-stream ARGS="--redis-url redis://… --database-url postgresql://…"      and between two processes
    make bench-stream ARGS="--only rounds memory --json streams.json"

The server has one core; the model double and all readers, which are this process, have the other. Retrieval and
summary are off, stream log and storage are on. For Linux; about ten minutes, more where others use the machine. The
database that is named keeps what is written to it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import memory
import readers
import servers
import speed
import uvloop
from model_double import model_double
from systems import LOAD_CORE, Bench, Row

PARTS: dict[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "rounds": speed.rounds,
    "ladder": speed.ladder,
    "processes": speed.processes,
    "memory": memory.memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--database-url", default="")
    parser.add_argument("--redis-url", default="")
    parser.add_argument("--root", type=Path, default=servers.ROOT, help="another checkout, whose Veda is measured")
    parser.add_argument("--json", type=Path, help="a file for every figure")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    rows, details = uvloop.run(_measure(arguments))
    for row in rows:
        bar = f"   bar {row.bar}" if row.bar else ""
        print(f"{row.what:<62} {row.figure:>20}{bar}{'' if row.met is not False else '   MISSED'}")
    if arguments.json:
        table = [{"what": row.what, "figure": row.figure, "bar": row.bar, "met": row.met} for row in rows]
        arguments.json.write_text(json.dumps({"table": table, "details": details}, indent=1))


async def _measure(arguments: argparse.Namespace) -> tuple[list[Row], dict[str, list[object]]]:
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        async with model_double() as model, readers.session() as http:
            environment = {
                **servers.where_patients_come(folder, database_url=arguments.database_url),
                "LLM_PROVIDER": "ollama", "OLLAMA_URL": model.url, "SKIP_RAG": "true", "SKIP_SUMMARIZER": "true",
                "MAX_REPLIES_AT_ONCE": "2000", "RATE_MESSAGE_ACCOUNT": "", "RATE_MESSAGE_ADDRESS": "",
            }  # fmt: skip
            root = arguments.root.resolve()
            servers.set_up(root, environment)
            bench = Bench(root, http, model, environment, arguments.redis_url)
            rows = [row for part in arguments.only for row in await PARTS[part](bench)]
            return rows, bench.details


if __name__ == "__main__":
    main()
