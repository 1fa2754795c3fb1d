"""Synchronous work of the event loop's own, beside what HTTP requests ask for."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import Any

from django.db import close_old_connections, connection

from chat.trace import trace, traced

NICER_BY = 10


def _give_way() -> None:
    """Where cores are few, replies that somebody reads go on before new questions are taken. Linux alone can do so."""
    if sys.platform == "linux":
        with suppress(OSError):
            nice = os.getpriority(os.PRIO_PROCESS, 0) + NICER_BY
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(nice, 19))


@cache
def _database_threads() -> ThreadPoolExecutor:
    """SQLite has one writer at a time: those who would wait for it in the database wait in line here, for no lock."""
    threads = 1 if connection.vendor == "sqlite" else 4
    return ThreadPoolExecutor(threads, thread_name_prefix="database", initializer=_give_way)


def in_thread(work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Short work on the database. Once begun it is done, also where nobody waits for it any more."""

    def run(*arguments: Any) -> Awaitable[Any]:
        work_here = partial(_tidily, trace(), work, *arguments)  # a thread doesn't inherit what is traced
        return asyncio.get_running_loop().run_in_executor(_database_threads(), work_here)

    return run


def aside(work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Long work, in whose way nothing stands and which stands in nobody's."""
    return partial(asyncio.to_thread, _tidily, {}, work)


def _tidily(ids: Mapping[str, str], work: Callable[..., Any], *arguments: Any) -> Any:
    try:
        with traced(**ids):
            return work(*arguments)
    finally:
        close_old_connections()  # behind each: who comes next finds none that is broken
