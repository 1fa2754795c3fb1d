"""Takes replies from the queue and writes them: one runner in each process.

The queue is the rows. A reply is claimed with a lease and a fencing token that grows with each claim; the lease is
renewed with each store of what was published. A runner that dies leaves its leases to run out, and whoever notices
first ends those replies.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import os
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from chat import generation as generations
from chat import protocol
from chat.attachments import pictures_of, remove_leftovers, remove_unsent
from chat.generation import Generation
from chat.models import Message, RowLock
from chat.selectors import turns_before
from chat.serializers import message_as_json
from chat.stream_log import MemoryStreamLog, stream_log
from chat.threads import in_thread
from moderation.types import MEDICAL_EMERGENCY
from pipeline import wiring
from pipeline.types import Question, Turn

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
STORE_SECONDS = 2.0
POLL_SECONDS = 1.0
DRAIN_SECONDS = 20.0
REJOIN_SECONDS = 60.0
TIDY_SECONDS = 3600.0
REPLIES_PER_CONVERSATION = 1

RUNNERS_GROUP = "runners"
"""What concerns replies of any process goes to this group of the channel layer: `stop`, and `forget` where no more
will be written or read."""

Status = Message.Status


@dataclass(frozen=True, slots=True)
class _Claim:
    reply: Message
    question: Question


class Runner:
    def __init__(self, log: MemoryStreamLog) -> None:
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._log = log
        self._running: dict[uuid.UUID, Generation] = {}
        self._told_positions: dict[uuid.UUID, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._claiming = False
        self._choosing = threading.Lock()
        self.tidying: list[Callable[[], object]] = [remove_unsent, remove_leftovers]
        """What is done every hour: files that no send named, or whose conversation is gone, and what others add."""

    @property
    def is_running(self) -> bool:
        return bool(self._tasks)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._news = asyncio.Event()
        await asyncio.to_thread(wiring.warm_up)
        self._claiming = True
        self._tasks = [
            asyncio.create_task(self._forever("claim", self._claim_next)),
            asyncio.create_task(self._forever("store", self._store_published)),
            asyncio.create_task(self._forever("listen", self._listen)),
            *(asyncio.create_task(self._forever("tidy up", partial(_tidy, work))) for work in self.tidying),
        ]

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Claims no more, lets running replies end for a while, then breaks them off with their text kept."""
        self._claiming = False
        await asyncio.to_thread(self._claim)  # claims nothing any more, and waits for who does: that has begun then
        writing = [running.task for running in self._running.values() if running.task]
        if writing:
            await asyncio.wait(writing, timeout=drain_seconds)
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def wake(self) -> None:
        """There is something in the queue. From any thread."""
        if self._loop and self._news and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def begin_at_once(self, reply: Message) -> None:
        """Claims a reply that was just stored, in the thread that stored it: a patient waits for no other thread.

        Where it has to wait for its turn, or the database is away, the runner goes on as with any other.
        """
        if reply.status != Status.QUEUED:
            return
        try:
            claimed = self._claim(reply)
        except DatabaseError as error:
            logger.error("A reply can't be claimed at once: %s", type(error).__name__)
            claimed = set()
        if reply.id not in claimed:
            self.wake()

    def stop_here(self, reply_id: uuid.UUID) -> bool:
        """Whether this process was writing the reply."""
        running = self._running.get(reply_id)
        if running:
            running.stop()
        return running is not None

    async def _forever(self, name: str, work: Any) -> None:
        """A part of the runner outlives what goes wrong in it: a database that is away comes back."""
        while True:
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.error("Runner can't %s: %s", name, type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)

    # Claiming

    async def _claim_next(self) -> None:
        assert self._news
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._news.wait()
        woken = self._news.is_set()
        self._news.clear()
        await in_thread(self._claim)()
        if not woken:
            for ended in await in_thread(end_dead_replies)():
                self._tell_end(ended)
            self._log.drop_old()
        await self._tell_positions()

    def _claim(self, fresh: Message | None = None) -> set[uuid.UUID]:
        """In a thread, one at a time; the replies begin on the loop. `fresh`: one that was just stored.

        A sender doesn't wait for its turn: it holds a database connection, which whoever chooses may be waiting for.
        """
        if not self._choosing.acquire(blocking=fresh is None):
            return set()
        try:
            if not self._claiming or not self._loop:
                return set()
            claims = claim_replies(self.holder, fresh)
            # Not in the context of this thread: asgiref marks it as one that mustn't wait for other threads.
            self._loop.call_soon_threadsafe(self._begin_all, claims, context=self._context)
            return {claim.reply.id for claim in claims}
        finally:
            self._choosing.release()

    def _begin_all(self, claims: list[_Claim]) -> None:
        for claim in claims:
            self._begin(claim)

    def _begin(self, claim: _Claim) -> None:
        reply = claim.reply
        self._told_positions.pop(reply.id, None)
        asked = reply.reply_to
        assert asked
        running = Generation(
            reply.id,
            reply.fence,
            claim.question,
            dict(reply.metadata),
            conversation_id=reply.conversation_id,
            patient_id=reply.conversation.user_id,
            message_id=asked.id,
            load_pictures=partial(pictures_of, asked.id) if asked.type == Message.Type.IMAGE else None,
        )
        self._running[reply.id] = running
        self._log.open(str(reply.id))
        running.task = asyncio.create_task(generations.run(running, wiring.pipeline(), self._log))
        running.task.add_done_callback(lambda _: self._ended(running))

    def _ended(self, running: Generation) -> None:
        self._running.pop(running.reply_id, None)
        if self._news:
            self._news.set()

    def _tell_end(self, reply: Message) -> None:
        key = str(reply.id)
        self._log.append(
            key,
            generations.interrupted(key),
            protocol.Done(message=message_as_json(reply)),
            fence=reply.fence,
        )

    async def _tell_positions(self) -> None:
        """Readers of waiting replies hear their place where it changed."""
        waiting = await in_thread(queued_replies)()
        for position, (reply_id, fence) in enumerate(waiting, 1):
            key = str(reply_id)
            if self._log.is_running(key) and self._told_positions.get(reply_id) != position:
                self._log.append(key, protocol.Stage(messageId=key, stage="queued", position=position), fence=fence)
                self._told_positions[reply_id] = position

    # Storing

    async def _store_published(self) -> None:
        await asyncio.sleep(STORE_SECONDS)
        running = list(self._running.values())
        if not running:
            return
        texts = {generation.reply_id: generation.published for generation in running}
        lost = await in_thread(store_published)(running, texts)
        for generation in running:
            generation.stored = len(texts[generation.reply_id])
            if generation.reply_id in lost and not generation.ending:
                logger.warning("Reply %s is no longer this process's", generation.reply_id)
                self._log.discard([str(generation.reply_id)])
                if generation.task:
                    generation.task.cancel()

    # Stops from other processes

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        try:
            while True:
                await layer.group_add(RUNNERS_GROUP, channel)  # anew: the layer forgets members after a day or a flush
                try:
                    async with asyncio.timeout(REJOIN_SECONDS):
                        event = await layer.receive(channel)
                except TimeoutError:
                    continue
                self._on_news(event["type"], event["reply_ids"])
        finally:
            await layer.group_discard(RUNNERS_GROUP, channel)

    def _on_news(self, what: str, reply_ids: Sequence[str]) -> None:
        for reply_id in map(uuid.UUID, reply_ids):
            self.stop_here(reply_id)
            if what == "forget":
                self._told_positions.pop(reply_id, None)
        if what == "forget":
            self._log.discard(reply_ids)


async def _tidy(work: Callable[[], object]) -> None:
    await in_thread(work)()
    await asyncio.sleep(TIDY_SECONDS)


def claim_replies(holder: str, fresh: Message | None = None) -> list[_Claim]:
    """The oldest waiting replies that fit under the limits. One process chooses at a time.

    `fresh`: a reply that waits, as it was just stored, so that it needn't be read again.
    """
    if not fresh and not Message.objects.filter(status=Status.QUEUED).exists():
        return []
    with transaction.atomic():
        return _claim(holder, fresh)


def _claim(holder: str, fresh: Message | None) -> list[_Claim]:
    if connection.features.has_select_for_update:  # else a transaction has the database for itself
        RowLock.objects.select_for_update().get_or_create(name="claims")
    unfinished = Message.objects.filter(status__in=[Status.QUEUED, Status.STREAMING], conversation__deleted_at=None)
    rows = list(
        unfinished.order_by("created_at", "position").values_list(
            "status", "id", "conversation_id", "conversation__user_id"
        )
    )
    writing = [row for row in rows if row[0] == Status.STREAMING]
    free = settings.MAX_REPLIES_AT_ONCE - len(writing)
    by_conversation = Counter(conversation_id for _, _, conversation_id, _ in writing)
    by_user = Counter(user_id for _, _, _, user_id in writing)
    claims = []
    # All that wait are looked at: the backlog of one patient must not hide the others behind it.
    for status, reply_id, conversation_id, user_id in rows:
        if status != Status.QUEUED:
            continue
        if free <= 0:
            break
        if by_conversation[conversation_id] >= REPLIES_PER_CONVERSATION:
            continue
        if by_user[user_id] >= settings.MAX_REPLIES_PER_USER:
            continue
        claimed = Message.objects.filter(id=reply_id, status=Status.QUEUED).update(
            status=Status.STREAMING, lease_holder=holder, lease_until=timezone.now() + LEASE, fence=F("fence") + 1
        )
        if not claimed:
            continue
        if fresh and fresh.id == reply_id:
            reply = fresh
            reply.status, reply.fence = Status.STREAMING, reply.fence + 1
        else:
            reply = Message.objects.select_related("reply_to", "conversation").get(id=reply_id)
        claims.append(_Claim(reply, _question_of(reply)))
        free -= 1
        by_conversation[conversation_id] += 1
        by_user[user_id] += 1
    return claims


def _question_of(reply: Message) -> Question:
    assert reply.reply_to
    conversation = reply.conversation
    turns = turns_before(reply.reply_to, after=conversation.summarized_to)
    flag = reply.metadata.get("flag") or {}
    return Question(
        reply.reply_to.content,
        tuple(Turn(question, answer, position) for question, answer, position in turns),
        urgent=flag.get("category") == MEDICAL_EMERGENCY,
        summary=conversation.summary,
    )


def queued_replies() -> list[tuple[uuid.UUID, int]]:
    rows = Message.objects.filter(status=Status.QUEUED).order_by("created_at", "position")
    return list(rows.values_list("id", "fence")[:1000])


@transaction.atomic
def store_published(running: Iterable[Generation], texts: Mapping[uuid.UUID, str]) -> set[uuid.UUID]:
    """Writes what was published since the last time, renews the leases, and returns the replies that weren't there."""
    lost = set()
    until = timezone.now() + LEASE
    for generation in running:
        text = texts[generation.reply_id]
        rows = Message.objects.filter(id=generation.reply_id, fence=generation.fence, status=Status.STREAMING)
        fresh = {} if len(text) == generation.stored else {"content": text}
        if not rows.update(lease_until=until, **fresh):
            lost.add(generation.reply_id)
    return lost


def end_dead_replies() -> list[Message]:
    """Replies whose lease ran out become incomplete, with the text that was stored; one caller gets each."""
    ended = []
    dead = Message.objects.filter(status=Status.STREAMING, lease_until__lt=timezone.now())
    for reply in dead[:100]:
        reply.metadata |= {"incomplete": True, "reason": "interrupted"}
        won = Message.objects.filter(
            Q(lease_until__lt=timezone.now()), id=reply.id, status=Status.STREAMING, fence=reply.fence
        ).update(
            status=Status.INCOMPLETE,
            metadata=reply.metadata,
            lease_holder="",
            lease_until=None,
            fence=F("fence") + 1,
        )
        if won:
            reply.refresh_from_db()
            ended.append(reply)
    return ended


runner = Runner(stream_log)
