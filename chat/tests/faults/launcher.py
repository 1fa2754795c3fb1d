"""Starts Veda as `manage.py serve` or uvicorn would, with what a test wishes changed in it, as often as it is told to.

`python -m chat.tests.faults.launcher serve|uvicorn PORT`, with the wishes as JSON in FAULT_WISHES:

* `seconds`: other lengths for the names in `LENGTHS`, and `ping`: for how long a socket may be silent. A lease of 15 s
  and a store every 2 s are right for patients, and long for a test that kills a process at each of its steps.
* `trap`: a file in which a test writes the name of a step (`steps`) at which the process is to be killed.

Each line on the standard input starts it anew, as a fork of this process, which has read the whole application: what
would take seconds each time takes them once. A name that is gone from the product ends it with an error.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from functools import partialmethod
from pathlib import Path

from chat.tests.faults.names import find, replace
from chat.tests.faults.traps import set_traps

LENGTHS = {
    "lease": "chat.queue:LEASE",
    "store": "chat.runner:STORE_SECONDS",
    "poll": "chat.runner:POLL_SECONDS",
}
BORN, ENDED = "Started as process", "Ended with"


def main(kind: str, port: str) -> None:
    wishes = json.loads(os.environ["FAULT_WISHES"])
    import veda.asgi  # noqa: F401  (all that is to be changed)

    seconds = wishes.get("seconds", {})
    ping = seconds.pop("ping", None)
    for name, length in seconds.items():
        _set_length(LENGTHS[name], length)
    set_traps(Path(wishes["trap"]))
    run = {"serve": _run_daphne, "uvicorn": _run_uvicorn}[kind]
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            run(int(port), ping)
            return
        print(BORN, child, flush=True)  # noqa: T201
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(ENDED, code, flush=True)  # noqa: T201


def _run_uvicorn(port: int, ping: float | None) -> None:
    import uvicorn

    pings = {"ws_ping_interval": ping, "ws_ping_timeout": ping} if ping else {}
    uvicorn.run("veda.asgi:application", port=port, proxy_headers=False, **pings)


def _run_daphne(port: int, ping: float | None) -> None:
    from daphne.server import Server
    from django.core.management import execute_from_command_line

    if ping:
        Server.__init__ = partialmethod(Server.__init__, ping_interval=ping, ping_timeout=ping)
    execute_from_command_line(["manage.py", "serve", "--port", str(port)])


def _set_length(path: str, seconds: float) -> None:
    before = find(path)
    replace(path, timedelta(seconds=seconds) if isinstance(before, timedelta) else seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
