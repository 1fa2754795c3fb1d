"""Rules from their file, screening with them, and the record of what was decided."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from moderation import embedding, policy
from moderation.help import shipped_help
from moderation.models import Decision
from moderation.rule_files import RuleError, read_rules
from moderation.types import AnswerVerdict, Context, RuleSet, Severity, Verdict

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


def current_rules() -> RuleSet:
    """What messages are screened with just now."""
    return shipped_rules()


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
        return policy.screen_answer(text, answer_rules())
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


def safe_reply(category: str, *, country: str = "", about_other: bool = False, under_age: bool = False) -> str:
    """The fixed text for a category with the numbers of a country, in Markdown; `other` serves those that have none."""
    return shipped_help().reply(category, country, about_other=about_other, under_age=under_age)


def reminder(category: str, *, country: str = "", about_other: bool = False) -> str:
    """What opens replies while a concern stands: one line of the fixed text."""
    return shipped_help().reminder(category, country, about_other=about_other)
