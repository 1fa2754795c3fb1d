"""Makes up a month of a small clinic, to look at and to show: patients, conversations, thumbs, decisions for staff.

The questions are written, the answers quoted from the health topics, as Veda would give them. Everything is marked:
accounts are demo-…@demo.example and can't be signed in to, titles begin with "Demo:". The same seed makes the same, for
the same day.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from argparse import ArgumentParser
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import User
from chat.day_counts import days_to_count, store
from chat.management.commands.seed_statistics import Rows
from chat.models import Conversation, Feedback, Message
from chat.screening import Screening
from chat.source_cards import source_card
from moderation.models import Decision
from pipeline import wiring
from pipeline.answering import Pipeline, answer
from pipeline.errors import ProviderError
from pipeline.types import AnswerEnded, Question, SourcesChosen, TextWritten

DOMAIN = "@demo.example"
QUESTIONS = (
    ("Headache since yesterday", "I have had a headache since yesterday. What helps?"),
    ("Migraine", "What helps against a migraine?"),
    ("Hay fever", "My hay fever is bad this week. What can I take?"),
    ("Sore throat", "How long does a sore throat last?"),
    ("Fever of my child", "My child is four and has a fever. When should I call a doctor?"),
    ("Back pain", "Should I stay in bed with back pain?"),
    ("Heartburn", "What can I do about heartburn at night?"),
    ("Sleep", "I can't fall asleep. What helps without pills?"),
    ("Blood pressure", "What can I do myself about high blood pressure?"),
    ("Ibuprofen", "How many ibuprofen may I take a day?"),
    ("Warfarin and ibuprofen", "Can I take ibuprofen with warfarin?"),
    ("Burn", "I burned my hand on the stove. What do I do first?"),
    ("Diarrhea", "What should I drink with diarrhea?"),
    ("Something else", "How do I mend a bicycle chain?"),
)
DANGERS = (
    ("Chest pain", "I have a crushing pain in my chest and my left arm feels numb"),
    ("Bad days", "I don't want to live any more"),
)
COMMENTS = ("Clear, thank you.", "I would have liked it shorter.", "")


@dataclass(frozen=True, slots=True)
class Said:
    """A question and what Veda says to it."""

    title: str
    question: str
    reply: str
    metadata: dict[str, Any]
    screening: Screening


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another one makes another month (1)")
        parser.add_argument("--yes", action="store_true", help="off DEBUG, too: demo data among what is real")

    def handle(self, *args: Any, seed: int, yes: bool, verbosity: int, **options: Any) -> None:
        if not settings.DEBUG and not yes:
            raise CommandError("Demo data is made in DEBUG only. With --yes it is made among what is real.")
        if User.objects.filter(email__startswith="demo-", email__endswith=DOMAIN).exists():
            raise CommandError("There is demo data already: delete its accounts (demo-…@demo.example) first.")
        try:
            calm, danger = (asyncio.run(_asked(questions)) for questions in (QUESTIONS, DANGERS))
        except ProviderError as error:
            raise CommandError(f"{error.message} {error.detail}") from None
        now, dice = timezone.now(), random.Random(seed)
        with transaction.atomic():
            patients = [_patient(number, dice) for number in range(1, 13)]
            rows = Rows()
            first = now.astimezone(UTC).date() - timedelta(days=30)
            for number in range(31):
                for _ in range(dice.randint(2, 7)):
                    begin = datetime.combine(first + timedelta(days=number), time(), UTC)
                    begin += timedelta(hours=dice.triangular(0, 23.5, 15))
                    if begin < now - timedelta(minutes=10):
                        grave = dice.random() < 0.05
                        _add(rows, dice.choice(patients), begin, dice.choice(danger if grave else calm), dice)
            _add(rows, patients[0], now - timedelta(hours=2), danger[0], dice)  # there is always one to look at
            rows.store()
        for day in days_to_count(first):
            store(day)
        if verbosity:
            self.stdout.write(
                f"Made up {len(patients)} patients, {len(rows.conversations)} conversations and "
                f"{len(rows.decisions)} decisions of 31 days."
            )


async def _asked(questions: tuple[tuple[str, str], ...]) -> list[Said]:
    """Raises ProviderError."""
    return [await _ask(title, question) for title, question in questions]


async def _ask(title: str, text: str) -> Said:
    screening = await asyncio.to_thread(Screening.of, text)
    metadata: dict[str, Any] = {"demo": True}
    if screening.flag:
        metadata["flag"] = screening.flag
    if screening.keeps_from_model:
        return Said(title, text, screening.safe_reply, metadata | {"kind": "safety"}, screening)
    written = [f"{screening.opening}\n\n"] if screening.opening else []
    pipeline = Pipeline(wiring.embedded_index(), wiring.quoting(beside_a_model=False, at_once=True))
    async with aclosing(answer(Question(text, urgent=bool(screening.opening)), pipeline)) as events:
        async for event in events:
            match event:
                case TextWritten(words):
                    written.append(words)
                case SourcesChosen(sources):
                    metadata["sources"] = [msgspec.to_builtins(source_card(source)) for source in sources]
                case AnswerEnded():
                    info = event.answered_by
                    metadata |= {"kind": event.kind, "counts": event.counts, "provider": info.provider,
                                 "model": info.model, "label": info.label}  # fmt: skip
    return Said(title, text, "".join(written), metadata, screening)


def _patient(number: int, dice: random.Random) -> User:
    user = User(
        id=_id(dice), email=f"demo-{number}{DOMAIN}",
        name=f"Demo patient {number}", year_of_birth=dice.randint(1940, 2004),
        country="GB", is_active=False,
    )  # fmt: skip
    user.set_unusable_password()
    user.save(force_insert=True)
    consents.give(user=user, version=agreement_version())
    return user


def _add(rows: Rows, patient: User, begin: datetime, said: Said, dice: random.Random) -> None:
    conversation = Conversation(
        id=_id(dice), user=patient, title=f"Demo: {said.title}", last_position=2, created_at=begin, updated_at=begin
    )
    asked = Message(
        id=_id(dice), conversation=conversation, position=1, sender=Message.Sender.USER, created_at=begin,
        status=Message.Status.SENT, content=said.question,
    )  # fmt: skip
    retrieved = dice.randint(8, 40)
    timings = {"retrieved": retrieved, "first_text": retrieved + 2, "written": retrieved + dice.randint(3, 30)}
    reply = Message(
        id=_id(dice), conversation=conversation, position=2, sender=Message.Sender.ASSISTANT, created_at=begin,
        status=Message.Status.DONE, content=said.reply, reply_to=asked, metadata=said.metadata | {"timings": timings},
    )  # fmt: skip
    rows.conversations.append(conversation)
    rows.messages += [asked, reply]
    if dice.random() < 0.2:
        rating = Feedback.Rating.UP if dice.random() < 0.8 else Feedback.Rating.DOWN
        rows.feedback.append(
            Feedback(message=reply, rating=rating, comment=dice.choice(COMMENTS), created_at=begin, updated_at=begin)
        )
    if said.screening.flag:
        recent = begin > timezone.now() - timedelta(days=2)
        rows.decisions.append(
            Decision(
                id=_id(dice),
                patient_id=patient.id,
                conversation_id=conversation.id,
                message_id=asked.id,
                severity=said.screening.flag["severity"],
                category=said.screening.flag["category"],
                rule="demo",
                action=Decision.Action.BLOCKED if said.screening.keeps_from_model else Decision.Action.NOTICE,
                review=Decision.Review.OPEN if recent else Decision.Review.CONFIRMED,
                acknowledged_at=begin,
                created_at=begin,  # nobody is called about it
            )
        )


def _id(dice: random.Random) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128), version=4)
