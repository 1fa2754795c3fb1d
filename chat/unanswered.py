"""What patients asked and nothing was found on: as numbers, as terms of the lexicon, and where staff may read it.

Terms are taken only from questions whose patients allowed their use for improvement, only such that the lexicon has,
and only where several people asked: nobody's words are shown here. A question itself is read in its conversation, for a
reason and on record.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts import consents
from accounts.models import Consent
from chat.models import Message
from pipeline import wiring

DAYS = 30
LEAST_PATIENTS = 3
"""Who asked for a term, for it to be named."""
MOST_LINKS = 100
_MOST_QUESTIONS = 5_000


@dataclass(frozen=True, slots=True)
class Unanswered:
    days: list[tuple[date, int]]
    """The newest first."""
    terms: list[tuple[str, int]]
    """With how many patients asked for each, most first."""
    rarer: int
    """Terms that fewer asked for."""
    readable: list[tuple[uuid.UUID, datetime]]
    """Conversations, and when."""


def unanswered() -> Unanswered:
    first = timezone.now().astimezone(UTC).date() - timedelta(days=DAYS - 1)
    replies = Message.objects.filter(
        sender=Message.Sender.ASSISTANT,
        created_at__gte=datetime.combine(first, time(), UTC),
        metadata__kind="not_found",
        conversation__deleted_at=None,
    ).order_by("-created_at")
    days = Counter(at.astimezone(UTC).date() for at in replies.values_list("created_at", flat=True).iterator())
    usable = replies.filter(conversation__user__in=consents.who_gave(Consent.Purpose.IMPROVEMENT))
    askers = _askers_by_term(usable)
    terms = [(term, len(patients)) for term, patients in askers.items() if len(patients) >= LEAST_PATIENTS]
    readable = usable.filter(conversation__user__in=consents.who_gave(Consent.Purpose.STAFF_READING))
    return Unanswered(
        sorted(days.items(), reverse=True),
        sorted(terms, key=lambda term: (-term[1], term[0])),
        len(askers) - len(terms),
        list(readable.values_list("conversation_id", "created_at")[:MOST_LINKS]),
    )


def _askers_by_term(replies: QuerySet[Message]) -> dict[str, set[uuid.UUID]]:
    lexicon = wiring.lexicon()
    askers: dict[str, set[uuid.UUID]] = defaultdict(set)
    questions = replies.values_list("conversation__user_id", "reply_to__content")[:_MOST_QUESTIONS]
    for patient_id, question in questions.iterator():
        for concept in lexicon.find(question or ""):
            askers[concept.name].add(patient_id)
    return askers
