"""What running replies have published, for whoever reads along: append at an offset, read after an offset, follow.

The truth about a running reply. The database has what was published at the latest two seconds ago; a socket is a view
of this log. This one is in memory, for one process. Entries outlive their reply by ten minutes, so that a reader who
comes back finds the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from chat import protocol

KEEP_SECONDS = 600.0


@dataclass(slots=True)
class _Log:
    """`frames` in the order of publication; chunks carry their own offset."""

    frames: list[protocol.Frame] = field(default_factory=list)
    length: int = 0
    fence: int = 0
    readers: set[asyncio.Event] = field(default_factory=set)
    ended_at: float | None = None

    @property
    def running(self) -> bool:
        return self.ended_at is None


class StaleFence(Exception):
    """The reply was claimed anew since: this writer has lost it."""


class MemoryStreamLog:
    """Lives on one event loop; no method may be called from another thread."""

    def __init__(self) -> None:
        self._logs: dict[str, _Log] = {}

    def open(self, reply_id: str) -> None:
        """From now on readers find the reply, though nobody writes it yet."""
        self._logs.setdefault(reply_id, _Log())

    def length(self, reply_id: str) -> int | None:
        """Code points published so far; None where nothing is buffered."""
        log = self._logs.get(reply_id)
        return log.length if log else None

    def is_running(self, reply_id: str) -> bool:
        log = self._logs.get(reply_id)
        return log is not None and log.running

    def append_text(self, reply_id: str, text: str, *, fence: int) -> int:
        """Publishes text and returns the offset behind it. Raises StaleFence."""
        log = self._writable(reply_id, fence)
        log.frames.append(protocol.Chunk(messageId=reply_id, data=text, offset=log.length))
        log.length += len(text)
        self._wake(log)
        return log.length

    def append(self, reply_id: str, *frames: protocol.Frame, fence: int) -> None:
        """Publishes what is not text. `done` ends the log. Raises StaleFence."""
        log = self._writable(reply_id, fence)
        if log.running:
            log.frames.extend(frames)
            if any(isinstance(frame, protocol.Done) for frame in frames):
                log.ended_at = time.monotonic()
            self._wake(log)

    def discard(self, reply_ids: Iterable[str]) -> None:
        """Forgets replies whose conversation is gone; their readers come to an end."""
        for reply_id in reply_ids:
            if log := self._logs.pop(reply_id, None):
                log.ended_at = time.monotonic()
                self._wake(log)

    async def follow(self, reply_id: str, offset: int = 0) -> AsyncIterator[list[protocol.Frame]]:
        """All that was published beyond `offset`, then what comes, until `done`. What waits comes joined.

        Frames that aren't text are given from the beginning: they are few, and taking one twice does no harm.
        """
        log = self._logs.get(reply_id)
        if log is None:
            return
        news = asyncio.Event()
        log.readers.add(news)
        try:
            index = 0
            while True:
                news.clear()
                waiting, index = log.frames[index:], len(log.frames)
                if frames := _beyond(waiting, offset):
                    yield frames
                if not log.running and index == len(log.frames):
                    return
                await news.wait() if index == len(log.frames) else None
        finally:
            log.readers.discard(news)

    def _writable(self, reply_id: str, fence: int) -> _Log:
        log = self._logs.setdefault(reply_id, _Log())
        if fence < log.fence:
            raise StaleFence
        log.fence = fence
        return log

    def _wake(self, log: _Log) -> None:
        for news in log.readers:
            news.set()

    def drop_old(self) -> None:
        """What ended longer ago than a reader may come back. For periodic work."""
        oldest = time.monotonic() - KEEP_SECONDS
        for reply_id in [id for id, log in self._logs.items() if log.ended_at is not None and log.ended_at < oldest]:
            del self._logs[reply_id]


def _beyond(frames: Iterable[protocol.Frame], offset: int) -> list[protocol.Frame]:
    """Cuts off text below the offset and joins chunks that follow one another."""
    joined: list[protocol.Frame] = []
    for frame in frames:
        if not isinstance(frame, protocol.Chunk):
            joined.append(frame)
            continue
        if frame.offset + len(frame.data) <= offset:
            continue
        known = max(0, offset - frame.offset)
        chunk = protocol.Chunk(messageId=frame.messageId, data=frame.data[known:], offset=frame.offset + known)
        if joined and isinstance(last := joined[-1], protocol.Chunk):
            joined[-1] = protocol.Chunk(messageId=last.messageId, data=last.data + chunk.data, offset=last.offset)
        else:
            joined.append(chunk)
    return joined


stream_log = MemoryStreamLog()
