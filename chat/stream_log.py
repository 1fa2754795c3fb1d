"""What running replies have published, for whoever reads along: append at an offset, read after an offset, follow.

The truth about a running reply. The database has what was published at the latest two seconds ago; a socket is a view
of this log. It lives in the memory of one process: replies that are written here, and mirrors of those that are written
in another process, as far as somebody here reads them (`relay` brings their frames). Logs outlive their reply by ten
minutes, so that a reader who comes back finds the end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chat import protocol
from chat.eager import begin
from chat.journal import Journal

logger = logging.getLogger(__name__)

KEEP_SECONDS = 600.0


class Relay(Protocol):
    """Carries logs between processes, where there are several."""

    def has_news(self, reply_id: str) -> None:
        """A reply of this process published something."""

    def wants(self, reply_id: str) -> None:
        """Somebody here reads a reply of another process."""

    def clear(self, reply_id: str) -> None:
        """What others can read of it is taken back; what its log has by then is told anew."""

    def forget(self, reply_id: str) -> None:
        """Nothing may be left of it."""


@dataclass(slots=True, eq=False)
class Log:
    """`frames` in the order of publication; chunks carry their own offset."""

    frames: list[protocol.Frame] = field(default_factory=list)
    length: int = 0
    """Code points of text."""
    fence: int = 0
    own: bool = False
    """Written in this process; else a mirror."""
    shared: int = 0
    """Of an own one: how many of the frames other processes can read, or needn't."""
    journal: Journal | None = None
    readers: set[Reader] = field(default_factory=set)
    ended_at: float | None = None
    heard_at: float = field(default_factory=time.monotonic)
    """Of a mirror: when something last happened, its reader's coming included."""

    @property
    def running(self) -> bool:
        return self.ended_at is None


Take = Callable[[protocol.Frame], Awaitable[None]]
AtEnd = Callable[[], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Reader:
    """Reads a log. Where it has room, it takes what is published within the step that publishes it."""

    log: Log
    offset: int
    take: Take
    at_end: AtEnd
    leave: Callable[[Reader], None]
    done: bool = False
    _index: int = 0
    _giving: bool = False
    _waiting: asyncio.Task[None] | None = None
    """Where it has no room: what comes meanwhile comes joined afterwards."""

    def wake(self) -> None:
        """There is something for it, or the log is over."""
        if not self._giving and not self.done:
            self._waiting = begin(self._give())

    def stop(self) -> None:
        if self._waiting:
            self._waiting.cancel()
        self._go()

    async def _give(self) -> None:
        log = self.log
        self._giving = True
        try:
            while self._index < len(log.frames):
                waiting, self._index = log.frames[self._index :], len(log.frames)
                for frame in beyond(waiting, self.offset):
                    if not isinstance(frame, protocol.Withdrawn):  # `done` says what stands in its place
                        await self.take(frame)
            if log.ended_at is None:
                return
            await self.at_end()
        except OSError as error:
            logger.info("A reader is gone: %s", type(error).__name__)
        except Exception as error:  # whoever writes, and all others who read, go on
            logger.error("A reader broke: %s", type(error).__name__)
        finally:
            self._giving = False
        self._go()

    def _go(self) -> None:
        if not self.done:
            self.done = True
            self.leave(self)


class StaleFence(Exception):
    """The reply was claimed anew since: this writer has lost it."""


class StreamLog:
    """Lives on one event loop; no method may be called from another thread."""

    def __init__(self) -> None:
        self._logs: dict[str, Log] = {}
        self._mirrored: set[str] = set()
        """Replies of other processes that somebody here reads."""
        self.relay: Relay | None = None

    # Of both kinds

    def open(self, reply_id: str) -> None:
        """From now on readers find the reply, though nobody writes it yet."""
        self._logs.setdefault(reply_id, Log())

    def length(self, reply_id: str) -> int | None:
        """Code points published so far; None where nothing is buffered."""
        log = self._logs.get(reply_id)
        return log.length if log else None

    def is_running(self, reply_id: str) -> bool:
        log = self._logs.get(reply_id)
        return log is not None and log.running

    def follow(self, reply_id: str, offset: int = 0, *, take: Take, at_end: AtEnd) -> Reader:
        """From its first `wake` on it is given all that was published beyond `offset`, then what comes, until the log
        is over. What waits comes joined.

        Frames that aren't text are given from the beginning: they are few, and taking one twice does no harm.
        """
        self.open(reply_id)
        log = self._logs[reply_id]

        def leave(reader: Reader) -> None:
            log.readers.discard(reader)
            if not log.readers and self._logs.get(reply_id) is log:
                self._mirrored.discard(reply_id)

        reader = Reader(log, offset, take, at_end, leave)
        self._add_reader(reply_id, log, reader)
        return reader

    def discard(self, reply_ids: Iterable[str]) -> None:
        """Forgets replies whose conversation is gone; their readers come to an end."""
        for reply_id in reply_ids:
            if log := self._logs.pop(reply_id, None):
                self._end(log)
                self._mirrored.discard(reply_id)
                self._wake(log)
            if self.relay:
                self.relay.forget(reply_id)

    def drop_old(self) -> None:
        """What ended longer ago than a reader may come back, and mirrors that nobody reads. For periodic work."""
        oldest = time.monotonic() - KEEP_SECONDS
        for reply_id, log in list(self._logs.items()):
            unread = not log.own and not log.readers and log.heard_at < oldest
            if unread or (log.ended_at is not None and log.ended_at < oldest):
                del self._logs[reply_id]

    # Of replies that are written here

    def begin(self, reply_id: str, journal: Journal | None = None, *, fence: int) -> None:
        """This process writes it from now on. What readers were told before stays here."""
        log = self._writable(reply_id, fence)
        log.journal = journal

    def append_text(self, reply_id: str, text: str, *, fence: int) -> int:
        """Publishes text and returns the offset behind it. Raises StaleFence."""
        log = self._writable(reply_id, fence)
        self._publish(reply_id, log, (protocol.Chunk(messageId=reply_id, data=text, offset=log.length),))
        return log.length

    def append(self, reply_id: str, *frames: protocol.Frame, fence: int) -> None:
        """Publishes what is not text. `done` ends the log. Raises StaleFence."""
        log = self._writable(reply_id, fence)
        if log.running:
            self._publish(reply_id, log, frames)

    def withdraw(self, reply_id: str, text: str, *, fence: int) -> None:
        """Takes all text back, here, in the journal and from other processes; `done` brings what stands in its place.

        `text`: that, for whoever ends the reply should this process die before. Raises StaleFence.
        """
        log = self._writable(reply_id, fence)
        if log.journal:
            log.journal.clear()
        if self.relay:
            self.relay.clear(reply_id)
        self._publish(reply_id, log, (protocol.Withdrawn(messageId=reply_id, content=text),))

    def give_up(self, reply_id: str) -> None:
        """Another process has ended the reply, and brings its end. What it left here, others will read there."""
        if (log := self._logs.get(reply_id)) and log.own and log.running:
            self._close_journal(log, remove=False)
            log.own = False
            log.heard_at = time.monotonic()
            if log.readers:
                self._mirror(reply_id)

    def own(self, reply_id: str) -> Log | None:
        """For the relay: the log of a reply that was written here."""
        log = self._logs.get(reply_id)
        return log if log and log.own else None

    def _writable(self, reply_id: str, fence: int) -> Log:
        log = self._logs.get(reply_id)
        if log is None:
            log = self._logs[reply_id] = Log()
        if fence < log.fence:
            raise StaleFence
        log.fence = fence
        if not log.own:
            log.own = True
            log.shared = len(log.frames)  # others got these from where they came
            self._mirrored.discard(reply_id)
        return log

    def _publish(self, reply_id: str, log: Log, frames: Sequence[protocol.Frame]) -> None:
        if log.journal:
            log.journal.write(frames)
        self._take(log, frames)
        if self.relay:
            self.relay.has_news(reply_id)
        self._wake(log)

    # Of replies that are written elsewhere

    def mirrored(self) -> set[str]:
        """Those that somebody here reads."""
        return self._mirrored

    def silent_mirrors(self, seconds: float) -> list[str]:
        """Those of which nothing was heard for so long."""
        oldest = time.monotonic() - seconds
        logs = ((reply_id, self._logs[reply_id]) for reply_id in self._mirrored)
        return [reply_id for reply_id, log in logs if log.running and log.heard_at < oldest]

    def mirror(self, reply_id: str, frames: Iterable[protocol.Frame]) -> None:
        """Takes what another process published. What is known already is passed over, and so is what leaves a gap."""
        log = self._logs.get(reply_id)
        if log is None or log.own or not log.running:
            return
        fresh: list[protocol.Frame] = []
        length = log.length
        for frame in frames:
            if isinstance(frame, protocol.Chunk):
                known = length - frame.offset
                if known < 0 or known >= len(frame.data):
                    continue
                frame = protocol.Chunk(messageId=reply_id, data=frame.data[known:], offset=length)
                length += len(frame.data)
            elif frame in log.frames:
                continue
            fresh.append(frame)
        if fresh:
            self._take(log, fresh)
            self._wake(log)

    def tell(self, reply_id: str, frame: protocol.Frame) -> None:
        """Tells readers here what concerns a reply that nobody writes yet."""
        log = self._logs.get(reply_id)
        if log and log.running and not log.own:
            self._take(log, [frame])
            self._wake(log)

    def _add_reader(self, reply_id: str, log: Log, reader: Reader) -> None:
        log.readers.add(reader)
        log.heard_at = time.monotonic()
        if log.running and not log.own:
            self._mirror(reply_id)

    def _mirror(self, reply_id: str) -> None:
        if reply_id not in self._mirrored:
            self._mirrored.add(reply_id)
            if self.relay:
                self.relay.wants(reply_id)

    # Inside

    def _take(self, log: Log, frames: Iterable[protocol.Frame]) -> None:
        if not log.own:
            log.heard_at = time.monotonic()
        for frame in frames:
            log.frames.append(frame)
            if isinstance(frame, protocol.Chunk):
                log.length += len(frame.data)
            elif isinstance(frame, protocol.Withdrawn):
                _forget_text(log)
            elif isinstance(frame, protocol.Done):
                self._end(log)

    def _end(self, log: Log) -> None:
        """Of a reply that is over, or gone: `done` is told after its row was written."""
        log.ended_at = time.monotonic()
        self._close_journal(log, remove=True)

    def _close_journal(self, log: Log, *, remove: bool) -> None:
        if log.journal:
            log.journal.close(remove=remove)
            log.journal = None

    def _wake(self, log: Log) -> None:
        for reader in [*log.readers]:  # whoever has reached the end leaves
            reader.wake()


def _forget_text(log: Log) -> None:
    """The frames stay in number: readers know how many they have."""
    for place, frame in enumerate(log.frames):
        if isinstance(frame, protocol.Chunk):
            log.frames[place] = protocol.Chunk(messageId=frame.messageId, data="", offset=0)


def beyond(frames: Sequence[protocol.Frame], offset: int) -> Sequence[protocol.Frame]:
    """Cuts off text below the offset and joins chunks that follow one another."""
    if len(frames) == 1 and isinstance(only := frames[0], protocol.Chunk) and only.data and only.offset >= offset:
        return frames  # as nearly always
    joined: list[protocol.Frame] = []
    parts: list[str] = []

    def join() -> None:
        if len(parts) > 1:
            first = joined[-1]
            assert isinstance(first, protocol.Chunk)
            joined[-1] = protocol.Chunk(messageId=first.messageId, data="".join(parts), offset=first.offset)
        parts.clear()

    for frame in frames:
        if not isinstance(frame, protocol.Chunk):
            join()
            joined.append(frame)
        elif (known := offset - frame.offset) < len(frame.data):
            data = frame.data[known:] if known > 0 else frame.data
            if not parts:
                joined.append(protocol.Chunk(messageId=frame.messageId, data=data, offset=max(offset, frame.offset)))
            parts.append(data)
    join()
    return joined


stream_log = StreamLog()
