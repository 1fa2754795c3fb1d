"""Whose turn it is. The rows are the queue; limits count the leases in it, so that they hold over all processes.

A reply is claimed with a lease and a fencing token that grows with each claim. One process chooses at a time, under a
row lock that is held for a few statements.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from chat import health_profiles
from chat.models import Message, RowLock
from chat.screening import calls_for_help
from chat.selectors import said_lately, turns_before
from chat.storing import LEASE as LEASE
from moderation.age import is_under_age
from moderation.types import MEDICAL_EMERGENCY
from pipeline.types import GivenAnswer, Passage, Question, Reference, Source, Turn
from veda.errors import Busy, TooManyRequests

REPLIES_PER_CONVERSATION = 1
WAITING_PER_PATIENT = 10
"""Replies of one patient that may wait at once: nobody fills the queue alone."""
TOO_MANY_OF_YOURS = (
    f"{WAITING_PER_PATIENT} of your questions are waiting for their answer, so this one wasn't taken. "
    "If somebody is in danger, call your emergency number now."
)
SECONDS_A_REPLY = 20
"""About what a model takes for one: for the guess how long somebody has to wait."""
POSITIONS_TOLD = 1000

Status = Message.Status


@dataclass(frozen=True, slots=True)
class Claim:
    reply: Message
    question: Question


def admit(reply: Message, holder: str, said: Sequence[str], *, urgent: bool) -> Claim | None:
    """Gives a reply that is about to be stored its lease or a place in the queue, in the transaction that stores it.

    `holder`: of the lease; empty where this process claims nothing. `said`: the patient's messages of this day.
    `urgent`: no full queue keeps it out. None: it waits. Raises Busy, TooManyRequests.
    """
    _choose_alone()
    load = _load_beside(reply)
    if holder and load.has_room:
        reply.status, reply.lease_holder, reply.lease_until = Status.STREAMING, holder, timezone.now() + LEASE
        reply.fence += 1
        return Claim(reply, question_of(reply, said))
    if not urgent:
        load.refuse_one_too_many()
    return None


def retry_after(waiting: int) -> int:
    """Seconds until about half of those who wait have had their turn."""
    rounds: float = waiting / 2 / settings.MAX_REPLIES_AT_ONCE
    return min(300, max(5, math.ceil(rounds * SECONDS_A_REPLY)))


_LOAD = """
    SELECT COUNT(*) FILTER (WHERE status = 'streaming'),
           COUNT(*) FILTER (WHERE status = 'streaming' AND conversation_id = %(conversation)s),
           COUNT(*) FILTER (WHERE status = 'streaming' AND conversation_id IN (
               SELECT id FROM chat_conversation WHERE user_id = %(user)s)),
           COUNT(*) FILTER (WHERE status = 'queued'),
           COUNT(*) FILTER (WHERE status = 'queued' AND conversation_id IN (
               SELECT id FROM chat_conversation WHERE user_id = %(user)s))
    FROM chat_message
    WHERE status IN ('queued', 'streaming')
"""
"""In SQL, since every send asks it: the ORM takes longer to write it than the database to answer it."""


@dataclass(frozen=True, slots=True)
class _Load:
    """Of all replies that are written or wait, how many there are: of all patients, here, and of this patient."""

    writing: int
    writing_here: int
    writing_for_them: int
    waiting: int
    waiting_for_them: int

    @property
    def has_room(self) -> bool:
        return (
            self.waiting == 0
            and self.writing < settings.MAX_REPLIES_AT_ONCE
            and self.writing_here < REPLIES_PER_CONVERSATION
            and self.writing_for_them < settings.MAX_REPLIES_PER_USER
        )

    def refuse_one_too_many(self) -> None:
        """Raises Busy, TooManyRequests."""
        if self.waiting >= settings.MAX_REPLIES_QUEUED:
            raise Busy(retry_after(self.waiting))
        if self.waiting_for_them >= WAITING_PER_PATIENT:
            raise TooManyRequests(retry_after(self.waiting_for_them), TOO_MANY_OF_YOURS)


def _load_beside(reply: Message) -> _Load:
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, {"conversation": reply.conversation_id, "user": reply.conversation.user_id})
        return _Load(*cursor.fetchone())


def claim_replies(holder: str) -> tuple[list[Claim], bool]:
    """The oldest waiting replies that fit under the limits, and whether others wait still."""
    if not Message.objects.unfinished().filter(status=Status.QUEUED).exists():
        return [], False
    with transaction.atomic():
        _choose_alone()
        chosen, some_wait = _choose()
        return [claim for reply_id in chosen if (claim := _claim(reply_id, holder))], some_wait


def _choose_alone() -> None:
    if connection.features.has_select_for_update:  # else a transaction has the database for itself
        RowLock.objects.select_for_update().get_or_create(name="claims")


def _choose() -> tuple[list[uuid.UUID], bool]:
    """All that wait are looked at: the backlog of one patient must not hide the others behind it."""
    unfinished = Message.objects.unfinished().filter(conversation__deleted_at=None)
    rows = list(
        unfinished.order_by("created_at", "position").values_list(
            "status", "id", "conversation_id", "conversation__user_id", "position"
        )
    )
    free = settings.MAX_REPLIES_AT_ONCE - sum(status == Status.STREAMING for status, *_ in rows)
    by_conversation: Counter[uuid.UUID] = Counter()
    by_user: Counter[uuid.UUID] = Counter()
    first: dict[uuid.UUID, int] = {}
    """In a conversation the first question comes first, whatever the clock said then."""
    for status, _, conversation_id, user_id, position in rows:
        if status == Status.STREAMING:
            by_conversation[conversation_id] += 1
            by_user[user_id] += 1
        else:
            first[conversation_id] = min(position, first.get(conversation_id, position))
    chosen: list[uuid.UUID] = []
    for status, reply_id, conversation_id, user_id, position in rows:
        if len(chosen) >= free:
            break
        if status != Status.QUEUED or position != first[conversation_id]:
            continue
        if by_conversation[conversation_id] >= REPLIES_PER_CONVERSATION:
            continue
        if by_user[user_id] >= settings.MAX_REPLIES_PER_USER:
            continue
        chosen.append(reply_id)
        by_conversation[conversation_id] += 1
        by_user[user_id] += 1
    return chosen, sum(status == Status.QUEUED for status, *_ in rows) > len(chosen)


def _claim(reply_id: uuid.UUID, holder: str) -> Claim | None:
    claimed = Message.objects.filter(id=reply_id, status=Status.QUEUED).update(
        status=Status.STREAMING, lease_holder=holder, lease_until=timezone.now() + LEASE, fence=F("fence") + 1
    )
    if not claimed:
        return None
    reply = Message.objects.select_related("reply_to", "conversation").get(id=reply_id)
    return Claim(reply, question_of(reply, said_lately(reply.conversation.user_id)))


def question_of(reply: Message, said: Sequence[str]) -> Question:
    """What the pipeline is asked: the patient's message, and what was said before; `said`: by them, on this day."""
    assert reply.reply_to
    conversation = reply.conversation
    turns = turns_before(_first_asked(reply), after=conversation.summarized_to)
    flag, care = reply.metadata.get("flag") or {}, reply.metadata.get("care") or {}
    return Question(
        reply.reply_to.content,
        tuple(Turn(question, answer, position) for question, answer, position in turns),
        urgent=calls_for_help(flag) and flag["category"] == MEDICAL_EMERGENCY,
        careful="concern" in care,
        under_age="under_age" in care or is_under_age(*said),
        summary=conversation.summary,
        simplifies=_given_answer(reply),
        profile=health_profiles.from_json(reply.metadata.get("health_profile")),
    )


def _first_asked(reply: Message) -> Message:
    """The patient's message; where it asks the same once more, the first that did: its answer isn't built on."""
    if repeated := reply.metadata.get("repeats"):
        reply = Message.objects.select_related("reply_to").get(id=repeated["id"], conversation_id=reply.conversation_id)
    assert reply.reply_to
    return reply.reply_to


def _given_answer(reply: Message) -> GivenAnswer | None:
    """The answer that a reply is to tell again, with the sources as its patient has seen them."""
    if not (told := reply.metadata.get("simplifies")):
        return None
    given = Message.objects.get(id=told["id"], conversation_id=reply.conversation_id)
    return GivenAnswer(given.content, tuple(map(_as_source, given.metadata["sources"])))


def _as_source(card: dict[str, Any]) -> Source:
    page = Reference(card["title"], card["source"], card["url"]) if card["url"] else None
    passage = Passage(
        id=f"{card['n']}",
        document=card["title"],
        title=card["title"],
        heading=card.get("heading", ""),
        text=card["excerpt"],
        references=(page,) if page else (),
        clinically_reviewed=card["clinically_reviewed"],
    )
    return Source(card["n"], passage, card["score"])


def positions() -> list[tuple[uuid.UUID, int]]:
    """Of those who wait, from the first on: the reply and its place, from 1."""
    waiting = Message.objects.unfinished().filter(status=Status.QUEUED, conversation__deleted_at=None)
    ids = waiting.order_by("created_at", "position").values_list("id", flat=True)[:POSITIONS_TOLD]
    return [(reply_id, place) for place, reply_id in enumerate(ids, 1)]
