"""Begins a coroutine where it is called, without a turn of the event loop: hardly any send to a socket has to wait.

Python's own eager tasks came with 3.12, and make a task of each, also where nothing waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


def begin(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """None: it is through. Else the task that goes on with it. Raises what it raises before its first wait.

    Up to there it belongs to no task, or to that of whoever calls: it mustn't ask for the current one, as a time-out
    does.
    """
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    task = asyncio.create_task(_go_on(work, awaited))
    task.add_done_callback(lambda _: work.close())  # where it was cancelled before its first step
    return task


@coroutine
def _go_on(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """As `yield from`, of one that has already given out what it waits for."""
    while True:
        thrown: BaseException | None = None
        try:
            yield awaited
        except BaseException as error:
            thrown = error
        try:
            awaited = work.throw(thrown) if thrown else work.send(None)
        except StopIteration:
            return
