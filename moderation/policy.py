"""Screens a text against phrase rules. Pure: no Django, no I/O; the caller brings the rules.

Whole words only, after normalising what people and keyboards do to them: case, Unicode forms, curly quotes, zero-width
characters, spacing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from moderation.types import Rule, RuleSet, Severity, Verdict

_INVISIBLE = dict.fromkeys((173, 8203, 8204, 8205, 8288, 65279))
_QUOTES = str.maketrans("‘’‛ʼ´`", "''''''")
_ORDER = [Severity.HIGH, Severity.MEDIUM, Severity.LOW]


def screen(text: str, rules: RuleSet) -> Verdict | None:
    """The gravest rule that matches, or None. Among equals one that blocks comes first."""
    folded = normalise(text)
    found = [rule for rule in rules.rules if _matches(rule, folded)]
    if not found:
        return None
    rule = min(found, key=gravity)
    return Verdict(rule.severity, rule.category, rule.id, rules.version, rule.emergency, rule.blocks)


def gravity(found: Rule | Verdict) -> tuple[int, bool]:
    """Sorts the gravest first; among equals one that blocks."""
    return _ORDER.index(found.severity), not found.blocks


def normalise(text: str) -> str:
    text = text.translate(_INVISIBLE).translate(_QUOTES)  # NFKC would make a space of some quotes
    text = unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES)
    return re.sub(r"\s+", " ", text.replace("'", ""))


def _matches(rule: Rule, folded: str) -> bool:
    for place in _pattern(rule.phrases).finditer(folded):
        if not rule.exceptions or not _cancelled(rule, folded, place.span()):
            return True
    return False


def _cancelled(rule: Rule, folded: str, span: tuple[int, int]) -> bool:
    """Whether an exception covers this very place; elsewhere the rule goes on holding."""
    return any(
        exception.start() <= span[0] and span[1] <= exception.end()
        for exception in _pattern(rule.exceptions).finditer(folded)
    )


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One alternation for a rule. `…` in a phrase stands for up to four words."""
    alternatives = []
    for phrase in sorted(phrases, key=len, reverse=True):
        parts = [re.escape(normalise(part.strip())).replace("\\ ", " ") for part in phrase.split(" … ")]
        alternatives.append(r"[^\w\s]* (?:\S+ ){0,4}".join(parts))
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)")
