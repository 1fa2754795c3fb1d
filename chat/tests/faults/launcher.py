"""Starts a process as `manage.py serve` or uvicorn would, with what a test wishes changed in it.

`python -m chat.tests.faults.launcher serve|uvicorn PORT`, with the wishes as JSON in FAULT_WISHES:

* `seconds`: other lengths for the names in `LENGTHS`, and `ping`: for how long a socket may be silent. A lease of 15 s
  and a store every 2 s are right for patients, and long for a test that kills a process at each of its steps.
* `trap`: a file in which a test writes the name of a step (`steps`) at which this process is to be killed.

A name that is gone from the product ends the process with an error: the tables here and in `steps` go with it.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partialmethod, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from chat.tests.faults.steps import STEPS

LENGTHS = {
    "lease": "chat.queue:LEASE",
    "store": "chat.runner:STORE_SECONDS",
}


def main(kind: str, port: str) -> None:
    wishes = json.loads(os.environ["FAULT_WISHES"])
    import veda.asgi  # noqa: F401  (all that is to be changed)

    seconds = wishes.get("seconds", {})
    for name, path in LENGTHS.items():
        if name in seconds:
            _set_length(path, seconds[name])
    _set_traps(Path(wishes["trap"]))
    if kind == "uvicorn":
        _run_uvicorn(int(port), seconds.get("ping"))
    else:
        _run_daphne(port, seconds.get("ping"))


def _run_uvicorn(port: int, ping: float | None) -> None:
    import uvicorn

    pings = {"ws_ping_interval": ping, "ws_ping_timeout": ping} if ping else {}
    uvicorn.run("veda.asgi:application", port=port, proxy_headers=False, **pings)


def _run_daphne(port: str, ping: float | None) -> None:
    from daphne.server import Server
    from django.core.management import execute_from_command_line

    if ping:
        Server.__init__ = partialmethod(Server.__init__, ping_interval=ping, ping_timeout=ping)
    execute_from_command_line(["manage.py", "serve", "--port", port])


def _set_length(path: str, seconds: float) -> None:
    holder, name = _find(path)
    before = getattr(holder, name)
    _put(name, before, timedelta(seconds=seconds) if isinstance(before, timedelta) else seconds, holder)


def _put(name: str, before: object, after: object, holder: object) -> None:
    """In its own place, and wherever it was imported by its name."""
    setattr(holder, name, after)
    for module in list(sys.modules.values()):
        if module.__dict__.get(name) is before:
            setattr(module, name, after)


def _find(path: str) -> tuple[Any, str]:
    """The module or class that has what `module:name` or `module:Class.name` names. Raises AttributeError."""
    module, _, dotted = path.partition(":")
    holder = import_module(module)
    *owners, name = dotted.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    getattr(holder, name)
    return holder, name


class _Trap:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._step = ""
        self._calls = 0

    def visit(self, function: str, moment: str, result: object = None) -> None:
        """Kills the process where this is the step that the file names, at its call."""
        with self._turn:
            named = self._file.read_text() if self._file.exists() else ""
            if named != self._step:
                self._step, self._calls = named, 0
            step = STEPS.get(named)
            if step is None or (step.function, step.moment) != (function, moment):
                return
            if step.with_result and not result:
                return
            self._calls += 1
            if self._calls == step.call:
                os.kill(os.getpid(), signal.SIGKILL)


def _set_traps(file: Path) -> None:
    trap = _Trap(file)
    for function in sorted({step.function for step in STEPS.values()}):
        holder, name = _find(function)
        original = getattr(holder, name)
        _put(name, original, _watched(function, original, trap), holder)


def _watched(function: str, original: Callable[..., Any], trap: _Trap) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(original):

        @wraps(original)
        async def later(*arguments: Any, **named: Any) -> Any:
            trap.visit(function, "before")
            result = await original(*arguments, **named)
            trap.visit(function, "after", result)
            return result

        return later

    @wraps(original)
    def at_once(*arguments: Any, **named: Any) -> Any:
        trap.visit(function, "before")
        result = original(*arguments, **named)
        trap.visit(function, "after", result)
        return result

    return at_once


if __name__ == "__main__":
    main(*sys.argv[1:])
