"""SQLite makes a table anew for some changes, and then refuses to rename it while a trigger of another table names it.

That is so for `chat_conversation`, which the triggers of `chat_message` count in, forwards and backwards.
"""

from __future__ import annotations

from typing import Any

from django.db import connections


def let_tables_be_renamed(using: str, **_: Any) -> None:
    """Before migrations: as SQLite renamed tables before version 3.25, without a look at triggers."""
    _set(using, "ON")


def look_at_triggers_again(using: str, **_: Any) -> None:
    _set(using, "OFF")


def _set(using: str, to: str) -> None:
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            cursor.execute(f"PRAGMA legacy_alter_table = {to}")
