"""Queries of the database that took long, in the log: their SQL with its placeholders, never what stood in them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

logger = logging.getLogger(__name__)

SLOW_SECONDS = 0.5
_MOST_CHARS = 2000


def watch_connections() -> None:
    connection_created.connect(_on_connection, dispatch_uid="slow_queries")


def _on_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if told_if_slow not in connection.execute_wrappers:
        connection.execute_wrappers.append(told_if_slow)


def told_if_slow(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    started = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - started
        if seconds > SLOW_SECONDS:
            logger.warning("A query took %.2f s: %s", seconds, " ".join(sql[:_MOST_CHARS].split()))
