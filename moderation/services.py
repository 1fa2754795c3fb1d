"""Rules from their file, screening with them, and the record of what was decided."""

from __future__ import annotations

import json
import logging
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from moderation import policy
from moderation.help import shipped_help
from moderation.models import Decision
from moderation.types import Rule, RuleSet, Severity, Verdict

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent


class ScreeningFailed(Exception):
    """The text could not be screened. It must not go to a model, nor be lost."""


@cache
def shipped_rules() -> RuleSet:
    return load_rules(_HERE / "rules" / "en.json")


def load_rules(path: Path) -> RuleSet:
    """Raises ValueError that names the file and the rule."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version, entries = str(data["version"]), list(data["rules"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} isn't a rule file: {error}") from None
    rules = []
    for place, entry in enumerate(entries, 1):
        name = entry.get("id") if isinstance(entry, dict) else None
        try:
            rules.append(_rule(entry))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}, rule {name or place}: {error}") from None
    return RuleSet(version=version, rules=tuple(rules))


def _rule(entry: dict[str, Any]) -> Rule:
    """Raises ValueError, KeyError, TypeError."""
    return Rule(
        id=entry["id"],
        severity=Severity(entry["severity"]),
        category=entry["category"],
        phrases=_phrases(entry["phrases"]),
        exceptions=_phrases(entry["exceptions"]) if entry.get("exceptions") else (),
        emergency=entry.get("emergency", False),
        blocks=entry.get("blocks", False),
    )


def _phrases(given: Any) -> tuple[str, ...]:
    """Raises ValueError. An empty phrase would match everything."""
    if not isinstance(given, list) or not given or not all(map(_is_phrase, given)):
        raise ValueError("a rule wants a list of phrases, and none of them empty")
    return tuple(given)


def _is_phrase(given: Any) -> bool:
    return isinstance(given, str) and bool(policy.normalise(given).strip())


SLICE_CHARS, OVERLAP_CHARS = 4_000, 300


def screen(text: str) -> Verdict | None:
    """The gravest verdict on any part. Raises ScreeningFailed, whatever went wrong.

    In slices that overlap, so that a text of any length lets other threads run in between.
    """
    try:
        slices = (text[start : start + SLICE_CHARS + OVERLAP_CHARS] for start in range(0, len(text), SLICE_CHARS))
        verdicts = [verdict for part in slices if (verdict := policy.screen(part, shipped_rules()))]
        return min(verdicts, key=policy.gravity, default=None)
    except Exception as error:
        logger.error("Screening failed: %s", type(error).__name__)
        raise ScreeningFailed from error


def record_decision(
    *,
    verdict: Verdict | None,
    patient_id: uuid.UUID,
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    action: Decision.Action,
) -> Decision:
    """Without a verdict: the text could not be screened, which staff see as high."""
    decision = Decision.objects.create(
        patient_id=patient_id,
        conversation_id=conversation_id,
        message_id=message_id,
        severity=verdict.severity if verdict else Severity.HIGH,
        category=verdict.category if verdict else "unscreened",
        rule=verdict.rule if verdict else "",
        rules_version=verdict.rules_version if verdict else "",
        action=action,
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
