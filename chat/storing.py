"""What is written to the database most often: a send, what was published of all replies of a process, a reply's end.

What was published goes there while it is written, in one transaction every two seconds.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from chat.models import Message

LEASE = timedelta(seconds=15)
"""How long a process may be silent before its replies are taken for dead."""

# In SQL, since each reply needs them: the ORM takes longer to write them than the database to do them.
_INSERT = """
    INSERT INTO chat_message (id, conversation_id, position, sender, type, content, status, metadata, client_message_id,
        reply_to_id, created_at, lease_holder, lease_until, fence)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s),
        (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_STORE = "UPDATE chat_message SET content = %s, metadata = %s WHERE id = %s AND fence = %s AND status = 'streaming'"
_END = """
    UPDATE chat_message SET content = %s, metadata = %s, status = %s, lease_holder = '', lease_until = NULL
    WHERE id = %s AND fence = %s AND status = 'streaming'
"""


@dataclass(frozen=True, slots=True)
class Published:
    """Of one reply. `changed`: since it was stored last."""

    fence: int
    text: str
    metadata: dict[str, Any]
    changed: bool


@dataclass(frozen=True, slots=True)
class Stored:
    lost: set[uuid.UUID]
    """Replies that another process has ended."""
    stop: set[uuid.UUID]
    """Those that their patient wants stopped."""


def insert_with_reply(message: Message, reply: Message) -> None:
    """Both are new. Raises IntegrityError, where the message was sent before among others."""
    message.created_at = reply.created_at = timezone.now()
    as_stored = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*_row(message, as_stored), *_row(reply, as_stored)])
    for stored in (message, reply):
        stored._state.adding, stored._state.db = False, connection.alias


def _row(message: Message, as_stored: Callable[[datetime | None], Any]) -> list[Any]:
    return [
        message.id,
        message.conversation_id,
        message.position,
        message.sender,
        message.type,
        message.content,
        message.status,
        json.dumps(message.metadata),
        message.client_message_id,
        message.reply_to_id,
        as_stored(message.created_at),
        message.lease_holder,
        as_stored(message.lease_until),
        message.fence,
    ]


def store_published(holder: str, replies: Mapping[uuid.UUID, Published]) -> Stored:
    """Stores what changed and renews the leases of the holder."""
    mine = Message.objects.unfinished().filter(lease_holder=holder, status=Message.Status.STREAMING)
    with transaction.atomic():
        mine.update(lease_until=timezone.now() + LEASE)
        rows: list[list[Any]] = [
            [reply.text, json.dumps(reply.metadata), reply_id, reply.fence]
            for reply_id, reply in replies.items()
            if reply.changed
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_STORE, rows)
        leased = {row[0]: row[1:] for row in mine.values_list("id", "fence", "stop_requested_at")}
    lost = {reply_id for reply_id, reply in replies.items() if leased.get(reply_id, (0,))[0] != reply.fence}
    return Stored(lost, {reply_id for reply_id, (_, stop_at) in leased.items() if stop_at and reply_id in replies})


def store_end(reply: Message, published: str, metadata: dict[str, Any], status: Message.Status) -> Message | None:
    """The reply as it was stored; others may still read the one given. None: another process ended it, or it's gone."""
    with connection.cursor() as cursor:
        cursor.execute(_END, [published, json.dumps(metadata), status, reply.id, reply.fence])
        written = bool(cursor.rowcount)
    # Where it wasn't, an earlier try may have been stored though its answer was lost with the connection.
    if not written:
        ended = Message.objects.filter(id=reply.id, fence=reply.fence).exclude(status=Message.Status.STREAMING)
        if not ended.exists():
            return None
    stored = copy.copy(reply)
    stored.content, stored.metadata, stored.status = published, metadata, status
    return stored
