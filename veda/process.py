"""What a web process does beside answering, from its start to its end, whichever server runs it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from accounts import mail
from chat import screening
from chat.open_sockets import open_sockets
from chat.runner import runner
from moderation.help import shipped_help
from pipeline.providers import streams
from veda import backups, garbage

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

SWITCH_SECONDS = 0.0005
"""Python's own 5 ms is how long a thread that asks the database may keep the words of all replies waiting.

Less than this costs more in turning from one thread to the other than it saves in waiting."""

RESTORE_UNFINISHED = "A restore into this database was broken off. Run it again: python manage.py restore."

_watching: set[asyncio.Task[None]] = set()


async def start() -> None:
    """Raises ImproperlyConfigured, ValueError: a broken file stops the start, under uvicorn too."""
    await asyncio.to_thread(_refuse_unfinished)
    shipped_help()
    _allow_many_files()
    await asyncio.to_thread(screening.make_ready)
    sys.setswitchinterval(SWITCH_SECONDS)
    streams.keep_connections()
    await runner.start()
    garbage.set_up()
    _watching.add(asyncio.create_task(open_sockets.keep_watch()))
    _watching.add(asyncio.create_task(garbage.collect_in_pauses(_is_quiet)))


async def stop() -> None:
    """Sends that come until the end are stored; another process answers them, or this one once it is back."""
    for task in _watching:
        task.cancel()
    _watching.clear()
    await open_sockets.close_idle()
    await runner.stop()
    await streams.close_connections()
    await open_sockets.close_all()
    await asyncio.to_thread(mail.drain)


def _is_quiet() -> bool:
    return not runner.is_writing and not open_sockets.is_read


def _refuse_unfinished() -> None:
    """Raises ImproperlyConfigured. A database that is away may come back."""
    with suppress(DatabaseError):
        if backups.is_unfinished():
            raise ImproperlyConfigured(RESTORE_UNFINISHED)


def _allow_many_files() -> None:
    """A reply holds three: its reader's socket, its model's, its journal. Systems begin with 1,024 and allow more."""
    if resource:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
