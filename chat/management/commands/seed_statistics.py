"""Makes up conversations of many days, to see the statistics and to measure them. For databases without patients.

The accounts are made-up-…@statistics.example; nobody can sign in with them. What is made up is the same each time,
for the same numbers.
"""

from __future__ import annotations

import random
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from chat.day_counts import days_to_count, store
from chat.models import Conversation, Feedback, Message
from moderation.models import Decision

PATIENTS_FOR_EACH = 3
"""For each conversation of a day: everybody comes about every third day."""
MOST_DAYS, MOST_A_DAY = 3653, 20_000
AT_ONCE = 2000
QUESTION = "This question was made up to fill the statistics. "
ANSWER = "This answer was made up to fill the statistics. " * 12
CATEGORIES = {"medication_risk": 5, "self_harm_crisis": 3, "medical_emergency": 3, "abuse": 2, "violence": 1}


@dataclass(slots=True)
class Rows:
    """What is made up of one day."""

    conversations: list[Conversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def store(self) -> None:
        with transaction.atomic(), ExitStack() as dated:
            for model, rows in (
                (Conversation, self.conversations),
                (Message, self.messages),
                (Feedback, self.feedback),
                (Decision, self.decisions),
            ):
                dated.enter_context(_dated_as_given(model))
                model._default_manager.bulk_create(rows, batch_size=AT_ONCE)  # type: ignore[arg-type]


@contextmanager
def _dated_as_given(model: type[Model]) -> Iterator[None]:
    """The time of creation isn't the clock's."""
    created_at: Any = model._meta.get_field("created_at")
    created_at.auto_now_add = False
    try:
        yield
    finally:
        created_at.auto_now_add = True


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=365, help="up to today (365)")
        parser.add_argument("--conversations-per-day", type=int, default=1000, help="on average (1000)")
        parser.add_argument("--among-patients", action="store_true", help="though there are patients in this database")

    def handle(
        self,
        *args: Any,
        days: int,
        conversations_per_day: int,
        among_patients: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        if not 1 <= days <= MOST_DAYS or not 1 <= conversations_per_day <= MOST_A_DAY:
            raise CommandError(f"From 1 to {MOST_DAYS} days, and from 1 to {MOST_A_DAY:,} conversations a day, please.")
        real = User.objects.filter(role=User.Role.PATIENT, deleted_at=None).exclude(email_key__endswith=".example")
        if not among_patients and (count := real.count()):
            raise CommandError(
                f"This database has patients ({count:,}): their numbers would be mixed with made-up ones. "
                "With --among-patients it is done all the same."
            )
        dice = random.Random(1)
        patients = _patients(conversations_per_day * PATIENTS_FOR_EACH)
        now = timezone.now()
        first = now.astimezone(UTC).date() - timedelta(days=days - 1)
        quiet = not (verbosity and sys.stderr.isatty())
        messages = 0
        for number in tqdm(range(days), desc="making up", unit="day", leave=False, disable=quiet):
            rows = _day(first + timedelta(days=number), patients, conversations_per_day, now, dice)
            rows.store()
            messages += len(rows.messages)
        for day in tqdm(days_to_count(first, again=True), desc="counting", unit="day", leave=False, disable=quiet):
            store(day)
        with connection.cursor() as cursor:
            cursor.execute(
                "ANALYZE"
            )  # the database knows how many rows there are now, also where it doesn't look itself
        if verbosity:
            self.stdout.write(f"Made up {messages:,} messages of {days:,} days.")


@transaction.atomic
def _patients(count: int) -> list[User]:
    for number in range(count):
        email = f"made-up-{number}@statistics.example"
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email=email, name="Made up", is_active=False)
    return list(User.objects.filter(email__endswith="@statistics.example").order_by("email"))


def _day(day: date, patients: list[User], mean: int, now: datetime, dice: random.Random) -> Rows:
    """Fewer at weekends, and more from month to month."""
    rows = Rows()
    weekend = 0.7 if day.weekday() >= 5 else 1.12
    for _ in range(round(mean * weekend * dice.uniform(0.85, 1.15))):
        begin = datetime.combine(day, time(), UTC) + timedelta(hours=dice.triangular(0, 23.9, 15))
        if begin < now:
            _add_conversation(rows, dice.choice(patients), begin, dice)
    return rows


def _add_conversation(rows: Rows, patient: User, begin: datetime, dice: random.Random) -> None:
    exchanges = dice.choice((1, 1, 2, 2, 3))
    conversation = Conversation(
        user=patient, title="Made up", last_position=2 * exchanges, created_at=begin, updated_at=begin
    )
    rows.conversations.append(conversation)
    for place in range(exchanges):
        asked = Message(
            conversation=conversation, position=2 * place + 1, sender=Message.Sender.USER, created_at=begin,
            status=Message.Status.SENT, content=QUESTION,
        )  # fmt: skip
        reply = Message(
            conversation=conversation, position=2 * place + 2, sender=Message.Sender.ASSISTANT, created_at=begin,
            status=Message.Status.DONE, content=ANSWER, reply_to=asked, metadata=_metadata(dice),
        )  # fmt: skip
        rows.messages += [asked, reply]
        if dice.random() < 0.08:
            rating = Feedback.Rating.UP if dice.random() < 0.8 else Feedback.Rating.DOWN
            rows.feedback.append(Feedback(message=reply, rating=rating, created_at=begin))
        if dice.random() < 0.01:
            rows.decisions.append(_decision(asked, dice))


def _metadata(dice: random.Random) -> dict[str, Any]:
    retrieved = round(dice.lognormvariate(3.5, 0.4))
    first_text = retrieved + round(dice.lognormvariate(6.4, 0.6))
    metadata: dict[str, Any] = {
        "kind": "not_found" if dice.random() < 0.06 else "answer",
        "provider": "made up",
        "counts": {"hits": 9, "sources": 3, "prompt_tokens": dice.randint(600, 1800),
                   "completion_tokens": dice.randint(40, 400)},
        "timings": {"retrieved": retrieved, "first_text": first_text,
                    "written": first_text + round(dice.lognormvariate(8.2, 0.5))},
        "sources": [{"n": number, "title": "Made up", "excerpt": ANSWER[:300]} for number in (1, 2)],
    }  # fmt: skip
    if dice.random() < 0.003:
        metadata["withdrawn"] = True
    return metadata


def _decision(asked: Message, dice: random.Random) -> Decision:
    """Reviewed already: the queue stays as it is."""
    [category] = dice.choices(list(CATEGORIES), list(CATEGORIES.values()))
    return Decision(
        id=uuid.uuid4(), patient_id=asked.conversation.user_id, conversation_id=asked.conversation_id,
        message_id=asked.id, severity="high", category=category, rule="made up", action=Decision.Action.FLAGGED,
        review=Decision.Review.DISMISSED, created_at=asked.created_at,
    )  # fmt: skip
