"""Carries the logs of running replies between processes, through Redis Streams.

Each reply has a stream. What all replies of this process published within a tick is appended by one call; one blocking
read follows all replies of other processes that somebody here reads. Nobody waits for Redis: while it is away replies
are read where they are written, and once it is back, also empty, it is told all that it missed.

An entry's id is made of the reply's offset and its count of frames behind the entry, so that appending twice is
noticed; it carries the fencing token, and an older one is refused. A running stream is never trimmed: the length of a
reply bounds it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chat import protocol
from chat.stream_log import KEEP_SECONDS, Log, StreamLog, beyond

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.025
"""Between two calls that append: half of what a word takes, at 20 a second."""
READ_PAUSE_SECONDS = 0.01
"""After a read that found something: what comes meanwhile is read together."""
BLOCK_SECONDS = 5.0
CALL_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 5.0
REPLIES_A_CALL = 100
"""Redis does nothing else during a call."""
STREAM_KEPT_SECONDS = 3600.0
"""Behind the last entry of a reply that nobody ended; one that ended is kept as long as its log."""

_START = "0-0"
_STALE = "stale"
_APPEND = """
local answers = {}
for i, key in ipairs(KEYS) do
    local fence, previous, id, kept, frames = unpack(ARGV, i * 5 - 4, i * 5)
    local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
    local at, held = '0-0', 0
    if last then at, held = last[1], tonumber(last[2][2]) end
    if held > tonumber(fence) then
        answers[i] = 'stale'
    elseif at ~= previous then
        answers[i] = at
    else
        redis.call('XADD', key, id, 'fence', fence, 'frames', frames)
        redis.call('PEXPIRE', key, kept)
        answers[i] = id
    end
end
return answers
"""
"""For each stream: the id that its last entry has now, unless a newer claim has written there."""

_AWAY = (RedisError, OSError, TimeoutError)


def _key(reply_id: str) -> str:
    return f"veda:stream:{reply_id}"


class RedisRelay:
    def __init__(self, url: str, log: StreamLog, name: str) -> None:
        """`name`: of this process; no other has it."""
        # No time-out of redis-py's own: it would write within `wait_for`, which on Python 3.11 loses cancellations.
        self._redis = redis.asyncio.Redis.from_url(
            url, socket_timeout=None, socket_connect_timeout=CALL_SECONDS, retry=Retry(NoBackoff(), 1)
        )
        self._append = self._redis.register_script(_APPEND)
        self._log = log
        self._wake_key = f"veda:wake:{name}"
        self._dirty: set[str] = set()
        self._forgotten: set[str] = set()
        self._cleared: set[str] = set()
        """Their streams go before anything else is told: a stream that is gone is told all of its log."""
        self._news = asyncio.Event()
        self._last_ids: dict[str, str] = {}
        """Of own replies: their streams' last entries, as far as this process knows."""
        self._wanted = asyncio.Event()
        self._read_to: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._forever("append", self._publish)),
            asyncio.create_task(self._forever("read", self._follow)),
            asyncio.create_task(self._forever("wake the reader", self._wake_reader)),
        ]

    async def stop(self) -> None:
        """What is still to be told is told, if Redis takes it at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._share(self._dirty)
        except _AWAY as error:
            logger.warning("The last words of replies aren't in Redis: %s", type(error).__name__)
        await self._redis.aclose()

    # What the log asks for

    def has_news(self, reply_id: str) -> None:
        self._dirty.add(reply_id)
        self._news.set()

    def wants(self, reply_id: str) -> None:
        self._wanted.set()

    def clear(self, reply_id: str) -> None:
        self._cleared.add(reply_id)
        self.has_news(reply_id)

    def forget(self, reply_id: str) -> None:
        self._forgotten.add(reply_id)
        self._last_ids.pop(reply_id, None)
        self._news.set()

    async def recover(self, reply_id: str) -> list[protocol.Frame]:
        """All that was published of a reply, as far as Redis has it; nothing where it is away."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                entries: Any = await self._redis.xrange(_key(reply_id))
        except _AWAY as error:
            logger.warning("What a dead reply published can't be read: %s", type(error).__name__)
            return []
        return [frame for _, fields in entries for frame in _frames_of(fields)]

    # Appending

    async def _publish(self) -> None:
        await self._news.wait()
        self._news.clear()
        dirty, self._dirty = self._dirty, set()
        forgotten, self._forgotten = self._forgotten, set()
        cleared, self._cleared = self._cleared, set()
        try:
            if cleared:
                async with asyncio.timeout(CALL_SECONDS):
                    await self._redis.delete(*map(_key, cleared))
            await self._share(dirty)
            if forgotten:
                async with asyncio.timeout(CALL_SECONDS):
                    await self._redis.delete(*map(_key, forgotten))
        except BaseException:
            self._dirty |= dirty
            self._forgotten |= forgotten
            self._cleared |= cleared
            self._news.set()
            raise
        await asyncio.sleep(TICK_SECONDS)

    async def _share(self, reply_ids: Iterable[str]) -> None:
        """Appends what others can't read yet. Raises what Redis raises; asking again is harmless."""
        waiting = [(reply_id, log) for reply_id in reply_ids if (log := self._log.own(reply_id))]
        waiting = [(reply_id, log) for reply_id, log in waiting if log.shared < len(log.frames)]
        for start in range(0, len(waiting), REPLIES_A_CALL):
            batch = waiting[start : start + REPLIES_A_CALL]
            arguments: list[str | int | bytes] = []
            for reply_id, log in batch:
                last_id = self._last_ids.setdefault(reply_id, _START)
                kept = STREAM_KEPT_SECONDS if log.running else KEEP_SECONDS
                frames = protocol.encode_bytes(beyond(log.frames[log.shared :], 0))
                arguments += [log.fence, last_id, _next_id(log, last_id), round(kept * 1000), frames]
            counts = [len(log.frames) for _, log in batch]
            async with asyncio.timeout(CALL_SECONDS):
                answers = await self._append([_key(reply_id) for reply_id, _ in batch], arguments)
            for (reply_id, log), count, asked, answer in zip(batch, counts, arguments[2::5], answers, strict=True):
                self._note(reply_id, log, count, asked, answer.decode())

    def _note(self, reply_id: str, log: Log, count: int, asked: object, answer: str) -> None:
        if answer == _STALE:
            self._last_ids.pop(reply_id, None)
            log.shared = len(log.frames)  # the writer finds out with its next store
            return
        self._last_ids[reply_id] = answer
        if answer == asked:
            log.shared = count
        elif answer == _START:  # Redis came back empty
            log.shared = 0
        # Else somebody wrote there before, or an earlier answer was lost: what comes twice is passed over by readers.
        if log.shared < len(log.frames):
            self.has_news(reply_id)
        elif not log.running:
            self._last_ids.pop(reply_id, None)

    # Following

    async def _follow(self) -> None:
        wanted = self._log.mirrored()
        for reply_id in self._read_to.keys() - wanted - {self._wake_key}:
            del self._read_to[reply_id]
        streams: dict[Any, Any] = {_key(reply_id): self._read_to.setdefault(reply_id, _START) for reply_id in wanted}
        streams[self._wake_key] = self._read_to.setdefault(self._wake_key, _START)
        async with asyncio.timeout(BLOCK_SECONDS + CALL_SECONDS):
            found: Any = await self._redis.xread(streams, block=round(BLOCK_SECONDS * 1000))
        for key, entries in found or ():
            name = key.decode()
            reply_id = name if name == self._wake_key else name.removeprefix("veda:stream:")
            if reply_id in self._read_to:
                self._read_to[reply_id] = entries[-1][0].decode()
            if reply_id != self._wake_key:
                self._log.mirror(reply_id, [frame for _, fields in entries for frame in _frames_of(fields)])
        if found:
            await asyncio.sleep(READ_PAUSE_SECONDS)

    async def _wake_reader(self) -> None:
        """The reader blocks until something comes: an entry in a stream of its own tells it to look what is wanted."""
        await self._wanted.wait()
        self._wanted.clear()
        try:
            async with asyncio.timeout(CALL_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                pipeline.xadd(self._wake_key, {"w": ""}, maxlen=1)
                pipeline.expire(self._wake_key, round(STREAM_KEPT_SECONDS))
                await pipeline.execute()
        except BaseException:
            self._wanted.set()
            raise

    async def _forever(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        pause = 0.0
        failed_at = 0.0
        while True:
            try:
                await work()
            except Exception as error:
                if not pause:
                    failed_at = time.monotonic()
                    logger.error("Redis is away, can't %s: %s", what, type(error).__name__)
                    self._read_to.pop(self._wake_key, None)
                pause = min(max(0.25, pause * 2), LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(pause)
            else:
                if pause:
                    logger.warning("Redis is back after %.0f s: can %s", time.monotonic() - failed_at, what)
                pause = 0.0


def _next_id(log: Log, last_id: str) -> str:
    """Greater than the last one, as Redis wants it."""
    length, frames = map(int, last_id.split("-"))
    if log.length > length:
        return f"{log.length}-{len(log.frames)}"
    return f"{length}-{max(frames + 1, len(log.frames))}"


def _frames_of(fields: dict[bytes, bytes]) -> list[protocol.Frame]:
    try:
        return [*protocol.parse_server_frames(fields[b"frames"])]
    except (KeyError, protocol.InvalidFrame) as error:
        logger.error("An entry of a stream can't be read: %s", type(error).__name__)
        return []
