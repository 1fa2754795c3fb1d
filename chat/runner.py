"""Writes replies: one runner in each process claims them from the queue, runs them and stores what they publish.

A runner that dies leaves its leases to run out, and whoever notices first ends those replies.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import math
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer
from django.conf import settings

from chat import generation as generations
from chat import journal, news, protocol, queue
from chat.attachments import pictures_of, remove_leftovers, remove_unsent
from chat.generation import Generation
from chat.journal import Journal
from chat.models import Message
from chat.queue import Claim
from chat.reaper import Dead, Reaper, end_dead
from chat.selectors import replies_by_id
from chat.storing import Published, store_published
from chat.stream_log import StreamLog, stream_log
from chat.threads import aside, in_thread
from chat.trace import trace, traced
from pipeline import wiring

if TYPE_CHECKING:
    from chat.relay import RedisRelay

logger = logging.getLogger(__name__)

STORE_SECONDS = 2.0
POLL_SECONDS = 1.0
SILENCE_SECONDS = 2.0
"""After which a reply that is read here and written elsewhere is looked up in the database."""
DRAIN_SECONDS = 20.0
REJOIN_SECONDS = 60.0
TIDY_SECONDS = 3600.0
WATCH_SECONDS = 10.0
CHOOSE_SECONDS = 10.0


class Runner:
    def __init__(self, log: StreamLog) -> None:
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._log = log
        self._relay: RedisRelay | None = None
        self._reaper = Reaper()
        self._running: dict[uuid.UUID, Generation] = {}
        self._told_positions: dict[uuid.UUID, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._claiming = False
        self._some_wait = False
        """As the queue was last seen: whose reply ends asks at once for the next."""
        self._choosers = 0
        self._gate = threading.Condition()
        self.tidying: list[Callable[[], object]] = [remove_unsent, remove_leftovers, journal.remove_old]
        """What is done every hour: files that no send named, or whose conversation is gone, and what others add."""
        self.watching: list[Callable[[], object]] = []
        """What is looked after every few seconds."""

    @property
    def is_running(self) -> bool:
        return bool(self._tasks)

    @property
    def is_writing(self) -> bool:
        return bool(self._running)

    @contextlib.contextmanager
    def claiming(self) -> Iterator[str]:
        """The holder of leases; empty: this process takes none. What is claimed within is begun within. In a thread."""
        with self._gate:
            holder = self.holder if self._claiming else ""
            self._choosers += 1
        try:
            yield holder
        finally:
            with self._gate:
                self._choosers -= 1
                self._gate.notify_all()

    def _wait_for_choosers(self) -> None:
        """Those who are choosing have begun what they chose."""
        with self._gate:
            self._gate.wait_for(lambda: not self._choosers, timeout=CHOOSE_SECONDS)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._news = asyncio.Event()
        await asyncio.to_thread(wiring.warm_up)
        if settings.REDIS_URL:
            from chat.relay import RedisRelay  # here: a process without Redis needs none of its memory

            self._relay = self._log.relay = RedisRelay(settings.REDIS_URL, self._log, self.holder)
            await self._relay.start()
        news.send_on(self._loop)
        self._claiming = True
        self._tasks = [
            asyncio.create_task(self._forever("claim", self._claim_next)),
            asyncio.create_task(self._forever("store", self._store_published)),
            asyncio.create_task(self._forever("look after replies", self._look_after_replies)),
            asyncio.create_task(self._forever("listen", self._listen)),
            *(asyncio.create_task(self._forever("tidy up", partial(_do, work, TIDY_SECONDS))) for work in self.tidying),
            *(asyncio.create_task(self._forever("watch", partial(_do, work, WATCH_SECONDS))) for work in self.watching),
        ]

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Claims no more, lets running replies end for a while, then breaks them off with their text kept."""
        self._claiming = False
        await asyncio.to_thread(self._wait_for_choosers)
        writing = [running.task for running in self._running.values() if running.task]
        if writing:
            await asyncio.wait(writing, timeout=drain_seconds)
        for running in self._running.values():
            running.hurried = True
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await asyncio.to_thread(journal.remove_spare)
        if self._relay:
            await self._relay.stop()
            self._relay = self._log.relay = None

    def wake(self) -> None:
        """There is something in the queue. From any thread."""
        self._some_wait = True
        if self._loop and self._news and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def begin(self, claims: Iterable[Claim]) -> None:
        """Begins what this process has claimed. From any thread but that of the loop."""
        assert self._loop
        for claim in claims:
            opened = Journal(str(claim.reply.id), claim.reply.fence)
            # Not in the context of this thread: asgiref marks it as one that mustn't wait for other threads.
            self._loop.call_soon_threadsafe(self._begin, claim, opened, trace(), context=self._context)

    async def _forever(self, name: str, work: Any) -> None:
        """A part of the runner outlives what goes wrong in it: a database that is away comes back."""
        failure = ""
        while True:
            try:
                await work()
                failure = ""
            except Exception as error:
                if failure != type(error).__name__:  # told once, not every second
                    failure = type(error).__name__
                    logger.error("Runner can't %s: %s", name, failure)
                await asyncio.sleep(POLL_SECONDS)

    # Claiming

    async def _claim_next(self) -> None:
        """At once where a reply here has ended, or was sent and has to wait; else what others left, once a second."""
        assert self._news
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._news.wait()
        self._news.clear()
        await in_thread(self._claim)()
        if self._log.mirrored():  # replies that wait are among them
            await self._tell_positions()

    def _claim(self) -> None:
        with self.claiming() as holder:
            if holder:
                claims, self._some_wait = queue.claim_replies(holder)
                self.begin(claims)

    def _begin(self, claim: Claim, opened: Journal, ids: Mapping[str, str]) -> None:
        reply = claim.reply
        self._told_positions.pop(reply.id, None)
        asked = reply.reply_to
        assert asked
        running = Generation(
            reply,
            claim.question,
            journal=opened,
            load_pictures=partial(pictures_of, asked.id) if asked.type == Message.Type.IMAGE else None,
        )
        self._running[reply.id] = running
        self._log.open(str(reply.id))
        with traced(**{**ids, "conversation_id": str(reply.conversation_id)}):
            running.task = asyncio.create_task(generations.run(running, wiring.pipeline(), self._log))
        running.task.add_done_callback(lambda _: self._ended(running))

    def _ended(self, running: Generation) -> None:
        self._running.pop(running.reply_id, None)
        if self._news and self._some_wait:
            self._news.set()

    async def _tell_positions(self) -> None:
        """Readers of waiting replies hear their place where it changed."""
        waiting = await in_thread(queue.positions)()
        for reply_id, position in waiting:
            key = str(reply_id)
            if self._log.is_running(key) and self._told_positions.get(reply_id) != position:
                self._log.tell(key, protocol.Stage(messageId=key, stage="queued", position=position))
                self._told_positions[reply_id] = position
        gone = self._told_positions.keys() - {reply_id for reply_id, _ in waiting}
        for reply_id in gone:
            del self._told_positions[reply_id]

    # Storing

    async def _store_published(self) -> None:
        await asyncio.sleep(STORE_SECONDS)
        running = list(self._running.values())
        if not running:
            return
        replies = {
            generation.reply_id: Published(
                generation.fence,
                generation.published,
                dict(generation.metadata),
                changed=len(generation.published) != generation.stored,
            )
            for generation in running
        }
        stored = await in_thread(store_published)(self.holder, replies)
        for generation in running:
            generation.stored = len(replies[generation.reply_id].text)
            if generation.reply_id in stored.lost and not generation.ending:
                logger.warning("Reply %s is no longer this process's", generation.reply_id)
                self._log.give_up(generation.key)
                generation.abandon()
            elif generation.reply_id in stored.stop:
                generation.stop()

    # Replies of other processes

    async def _look_after_replies(self) -> None:
        await asyncio.sleep(POLL_SECONDS)
        for dead in await in_thread(self._reaper.look)():
            await self._end(dead)
        await self._read_silent_ones()
        self._log.drop_old()

    async def _end(self, dead: Dead) -> None:
        key = str(dead.reply_id)
        known = [await aside(journal.read)(key, dead.fence)]
        if self._relay:
            known.append(await self._relay.recover(key))
        ended = await in_thread(end_dead)(dead, max(known, key=_text_length))
        if ended:
            logger.warning("Reply %s had lost its writer and was ended", key)
            told = self._log.length(key) or 0
            rest = []
            if "withdrawn" in ended.metadata:
                self._log.withdraw(key, ended.content, fence=ended.fence)
            elif ended.content[told:]:
                rest = [protocol.Chunk(messageId=key, data=ended.content[told:], offset=told)]
            self._log.append(key, *rest, *generations.last_frames(ended), fence=ended.fence)
            journal.remove(key, dead.fence)

    async def _read_silent_ones(self) -> None:
        """What no other process brings: Redis is away, there is none, or the news of an end was lost."""
        silent = self._log.silent_mirrors(SILENCE_SECONDS)
        if not silent:
            return
        replies = await in_thread(replies_by_id)(silent)
        for key in silent:
            reply = replies.get(key)
            if reply is None:
                self._log.discard([key])
            elif reply.status == Message.Status.STREAMING:
                self._log.mirror(key, [protocol.Chunk(messageId=key, data=reply.content, offset=0)])
            elif reply.status != Message.Status.QUEUED:
                self._log.mirror(key, generations.last_frames(reply))

    # Stops from other processes

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        try:
            while True:
                await layer.group_add(
                    news.RUNNERS_GROUP, channel
                )  # anew: the layer forgets members after a day or a flush
                try:
                    async with asyncio.timeout(REJOIN_SECONDS):
                        event = await layer.receive(channel)
                except TimeoutError:
                    continue
                self._on_news(event["type"], event["reply_ids"])
        finally:
            await layer.group_discard(news.RUNNERS_GROUP, channel)

    def _on_news(self, what: str, reply_ids: Sequence[str]) -> None:
        for reply_id in map(uuid.UUID, reply_ids):
            if running := self._running.get(reply_id):
                running.stop()
        if what == "forget":
            self._log.discard(reply_ids)


async def _do(work: Callable[[], object], pause: float) -> None:
    await aside(work)()
    await asyncio.sleep(pause)


def _text_length(frames: list[protocol.Frame]) -> float:
    """What was taken back is known better than any text."""
    if any(isinstance(frame, protocol.Withdrawn) for frame in frames):
        return math.inf
    return max((frame.offset + len(frame.data) for frame in frames if isinstance(frame, protocol.Chunk)), default=0)


runner = Runner(stream_log)
