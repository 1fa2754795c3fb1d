"""Ends replies whose writer is gone, so that none is written for ever.

A writer renews its leases every two seconds. One that is seen unchanged for as long as a lease holds is dead; time is
this process's own, counted only while the database could be asked. So neither a clock that was set nor two machines
whose clocks differ end a reply that lives.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import F

from chat import protocol, queue
from chat.models import Message

LONGEST_GAP_SECONDS = 3.0
"""Between two looks; what lies beyond isn't counted: while nobody could look, leases couldn't be renewed either."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A reply as it was last seen."""

    reply_id: uuid.UUID
    fence: int
    lease_until: datetime | None


class Reaper:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked_at: float | None = None
        self._unchanged: dict[Dead, float] = {}
        """Seconds for which each lease was seen as it is."""

    def look(self) -> list[Dead]:
        """Those that are dead by now. Asked about once a second."""
        rows = Message.objects.unfinished().filter(status=Message.Status.STREAMING)
        leases = [Dead(*row) for row in rows.values_list("id", "fence", "lease_until")]
        now = self._clock()
        passed = min(now - self._looked_at, LONGEST_GAP_SECONDS) if self._looked_at is not None else 0.0
        self._looked_at = now
        seen = self._unchanged
        self._unchanged = {lease: seen[lease] + passed if lease in seen else 0.0 for lease in leases}
        return [lease for lease, age in self._unchanged.items() if age >= queue.LEASE.total_seconds()]


def end_dead(dead: Dead, published: Iterable[protocol.Frame]) -> Message | None:
    """Marks it incomplete with all that was shown of it. None: its writer lives after all, or another was first.

    `published`: what is known beyond the row, of journals and streams.
    """
    reply = Message.objects.filter(id=dead.reply_id).first()
    if reply is None:
        return None
    text, metadata = _shown(published)
    if len(text) > len(reply.content) or "withdrawn" in metadata:
        reply.content = text
    reply.metadata = {**reply.metadata, **metadata, "incomplete": True, "reason": "interrupted"}
    won = Message.objects.filter(
        id=dead.reply_id, status=Message.Status.STREAMING, fence=dead.fence, lease_until=dead.lease_until
    ).update(
        status=Message.Status.INCOMPLETE,
        content=reply.content,
        metadata=reply.metadata,
        lease_holder="",
        lease_until=None,
        fence=F("fence") + 1,
    )
    if not won:
        return None
    reply.refresh_from_db()
    return reply


def _shown(published: Iterable[protocol.Frame]) -> tuple[str, dict[str, Any]]:
    """The text, and what else of the frames belongs to the message."""
    text = ""
    metadata: dict[str, Any] = {}
    for frame in published:
        match frame:
            case protocol.Chunk(data=data, offset=offset) if offset <= len(text) < offset + len(data):
                text += data[len(text) - offset :]
            case protocol.Withdrawn(content=content):
                return content, {"withdrawn": True, "sources": []}
            case protocol.Sources(sources=cards):
                metadata["sources"] = msgspec.to_builtins(cards)
            case _:
                pass
    return text, metadata
