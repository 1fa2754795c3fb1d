"""Synchronous work of the event loop's own, beside what requests ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from django.db import close_old_connections


def in_thread(work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """In a thread that doesn't stand in line with what all sockets ask of the database."""

    def run(*arguments: Any) -> Any:
        close_old_connections()
        try:
            return work(*arguments)
        finally:
            close_old_connections()

    return partial(asyncio.to_thread, run)
