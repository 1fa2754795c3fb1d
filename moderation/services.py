"""Rules from their file, screening with them, and the record of what was decided."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from math import inf
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.db.models import Max

from moderation import embedding, policy
from moderation.classifier import Classifier
from moderation.help import shipped_help
from moderation.models import Decision, RuleBook
from moderation.rule_files import RuleError, read_rules
from moderation.training import sentences
from moderation.types import SAFEGUARDING, AnswerVerdict, Context, RuleSet, Severity, Verdict

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent


class ScreeningFailed(Exception):
    """The text could not be screened. It must not go to a model, nor be lost."""


@cache
def shipped_rules() -> RuleSet:
    """With the classifier. Raises RuleError, ClassifierError."""
    return replace(load_rules(_HERE / "rules" / "en.json"), classifier=embedding.shipped_classifier())


@cache
def answer_rules() -> RuleSet:
    """Of what is held against answers. Raises RuleError."""
    return load_rules(_HERE / "rules" / "answers.en.json")


def load_rules(path: Path) -> RuleSet:
    """Raises RuleError that names the file, the rule and the place."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name} can't be read: {error}") from None
    return read_rules(text, path.name)


def name_of_author(book: RuleBook) -> str:
    """This app knows users only by what they are in Django."""
    author = get_user_model().objects.filter(pk=book.author_id).first() if book.author_id else None
    return str(getattr(author, "name", "")) or "an account that is gone"


def current_rules() -> RuleSet:
    """What messages are screened with just now: the newest version that staff stored, or the rules that ship."""
    return stored.newest() or shipped_rules()


def rules_of_version(text: str, *, within: float = inf) -> RuleSet:
    """With the classifier. Raises RuleError, ClassifierError."""
    return replace(read_rules(text, "rules", within=within), classifier=embedding.shipped_classifier())


def not_heard_by(rules: RuleSet) -> int:
    """How many examples of danger these rules miss that those that ship hear, all without the classifier."""
    return sum(not _hears(rules, example) for example in examples_of_danger())


@cache
def examples_of_danger() -> tuple[str, ...]:
    """One of each training pattern of the classifier's, where the rules that ship hear it, too."""
    patterns = [pattern for pattern in sentences.read(sentences.FOLDER) if pattern.label != sentences.NONE]
    examples = [sentences.expand(pattern, 1, 0)[0] for pattern in patterns]
    return tuple(example for example in examples if _hears(shipped_rules(), example))


def _hears(rules: RuleSet, text: str) -> bool:
    verdict = policy.screen(text, rules)
    return verdict.severity is Severity.HIGH or verdict.category == SAFEGUARDING


def shipped_text() -> str:
    return (_HERE / "rules" / "en.json").read_text(encoding="utf-8")


class StoredRules:
    """The newest stored version, looked for every other second, so that all processes follow within five."""

    LOOKED_FOR_EVERY = 2.0

    def __init__(self) -> None:
        self._number: int | None = None
        self._rules: RuleSet | None = None
        self._failing = False
        self.looked_at = -inf
        """By the monotonic clock"""
        self._looking = Lock()

    @property
    def in_force(self) -> RuleSet | None:
        """As it was last seen: an answer is screened on the event loop, where nothing is looked for."""
        return self._rules

    def newest(self) -> RuleSet | None:
        """None where there is none. What can't be read leaves the last good version in force."""
        if monotonic() - self.looked_at >= self.LOOKED_FOR_EVERY and self._looking.acquire(blocking=False):
            try:
                self.looked_at = monotonic()
                self._look()
            finally:
                self._looking.release()
        return self._rules

    def _look(self) -> None:
        try:
            number, text = _outside_of_loops(self._read)
            if number == self._number:
                return
            rules = replace(rules_of_version(text), version=str(number)) if number else None
        except (DatabaseError, RuleError) as error:
            if not self._failing:  # once, not every other second
                logger.error("The stored rules can't be read, the last ones stay: %s", type(error).__name__)
            self._failing = True
            return
        self._failing = False
        self._number, self._rules = number, rules

    def _read(self) -> tuple[int | None, str]:
        """The newest number, with its text where it is another one than is in force."""
        stayed_open = connection.connection is not None
        try:
            number = RuleBook.objects.aggregate(newest=Max("number"))["newest"]
            if number is None or number == self._number:
                return number, ""
            return number, RuleBook.objects.get(number=number).text
        finally:
            if not stayed_open:  # a thread that has none of its own keeps none
                connection.close()


def _outside_of_loops(read: Callable[[], tuple[int | None, str]]) -> tuple[int | None, str]:
    """A command that screens on its event loop may not ask the database there."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return read()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(read).result()


stored = StoredRules()


def make_ready() -> Classifier:
    """Reads what a first message would wait for: each of the threads that screen would read it, and they stand back.

    Raises RuleError, ClassifierError, and whatever the embedder does.
    """
    classifier = embedding.make_ready()
    policy.screen("", shipped_rules())
    policy.screen_answer("", answer_rules())
    return classifier


def screen(text: str, context: Context = Context()) -> Verdict:  # noqa: B008
    """Raises ScreeningFailed, whatever went wrong."""
    try:
        return policy.screen(text, current_rules(), context, embedding.embed())
    except Exception as error:
        logger.error("Screening failed: %s", type(error).__name__)
        raise ScreeningFailed from error


def screen_answer(text: str) -> AnswerVerdict:
    """Of an answer, or of its text so far. Raises ScreeningFailed, whatever went wrong."""
    try:
        verdict = policy.screen_answer(text, answer_rules())
        if verdict.withdraw or stored.in_force is None:
            return verdict
        of_staff = policy.screen_answer(text, stored.in_force)
        return of_staff if of_staff.withdraw or of_staff.notice else verdict
    except Exception as error:
        logger.error("Screening of an answer failed: %s", type(error).__name__)
        raise ScreeningFailed from error


def record_decision(
    *,
    verdict: Verdict | None,
    patient_id: uuid.UUID,
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    action: Decision.Action,
    about: Decision.About = Decision.About.MESSAGE,
) -> Decision:
    """Without a verdict: the text could not be screened, which staff see as high."""
    decision = Decision.objects.create(
        patient_id=patient_id,
        conversation_id=conversation_id,
        message_id=message_id,
        severity=(verdict and verdict.severity) or Severity.HIGH,
        category=verdict.category if verdict else "unscreened",
        rule=verdict.rule if verdict else "",
        rules_version=verdict.rules_version if verdict else "",
        action=action,
        about=about,
        # A picture's words are kept nowhere.
        spans=[list(span) for span in verdict.spans] if verdict and about != Decision.About.PICTURE else [],
    )
    logger.info(
        "Decision %s: %s %s, %s (conversation %s)",
        decision.id, decision.severity, decision.category, decision.action, conversation_id,
    )  # fmt: skip
    return decision


def resources(country: str = "") -> dict[str, Any]:
    """Whom to call there, as in the `flag` frame: `{country, countries, international}`.

    Where the country isn't known, `country` is empty and `countries` are all of which numbers are known.
    """
    return shipped_help().resources(country)


def safe_reply(
    category: str,
    *,
    country: str = "",
    about_other: bool = False,
    under_age: bool = False,
    about_child: bool = False,
    sexual: bool = False,
) -> str:
    """The fixed text for a category with the numbers of a country, in Markdown; `other` serves those that have none."""
    return shipped_help().reply(
        category, country, about_other=about_other, under_age=under_age, about_child=about_child, sexual=sexual
    )


def reminder(category: str, *, country: str = "", about_other: bool = False) -> str:
    """What opens replies while a concern stands: one line of the fixed text."""
    return shipped_help().reminder(category, country, about_other=about_other)
