"""Kills the process at the step that a file names."""

from __future__ import annotations

import inspect
import os
import signal
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from chat.tests.faults.names import find, replace
from chat.tests.faults.steps import ALL_STEPS


def set_traps(file: Path) -> None:
    """At all steps of the table; which of them kills is read at each call. Raises AttributeError: a name is gone."""
    trap = _Trap(file)
    for function in sorted({step.function for step in ALL_STEPS.values()}):
        replace(function, _watched(function, find(function), trap))


class _Trap:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._step = ""
        self._calls = 0

    def visit(self, function: str, moment: str, result: object = None) -> None:
        with self._turn:
            named = self._file.read_text() if self._file.exists() else ""
            if named != self._step:
                self._step, self._calls = named, 0
            step = ALL_STEPS.get(named)
            if step is None or (step.function, step.moment) != (function, moment):
                return
            if step.with_result and not result:
                return
            self._calls += 1
            if self._calls == step.call:
                os.kill(os.getpid(), signal.SIGKILL)


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
