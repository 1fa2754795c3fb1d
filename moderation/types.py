"""Plain values of screening; they know neither tables nor sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

SELF_HARM_CRISIS = "self_harm_crisis"
MEDICAL_EMERGENCY = "medical_emergency"
VIOLENCE = "violence"
ABUSE = "abuse"
SAFEGUARDING = "safeguarding"
"""Violence at home, sexual violence or harm to a child that somebody tells of: never blocked."""
MEDICATION_RISK = "medication_risk"

CATEGORY_NAMES = {
    SELF_HARM_CRISIS: "self-harm or suicide",
    MEDICAL_EMERGENCY: "medical emergency",
    VIOLENCE: "violence",
    ABUSE: "abusive message",
    SAFEGUARDING: "safeguarding",
    MEDICATION_RISK: "medication risk",
    "unscreened": "could not be screened",
    "foreign_language": "another language",
}


def name_of_category(category: str) -> str:
    """For a person; staff may have made categories of their own."""
    return CATEGORY_NAMES.get(category) or category.replace("_", " ")


Span = tuple[int, int]
"""From the first to behind the last code point of a place."""

Embed = Callable[[Sequence[str]], Any]
"""Texts to an array with a row for each."""


class Severity(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AnswerAction(StrEnum):
    """What a rule about answers does with one."""

    NOTICE = "notice"
    """The emergency notice is raised, the answer isn't touched."""
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Rule:
    """`phrases` are taken word for word, with `…` for up to four words; `patterns` and `exceptions` are written in the
    language of `moderation.patterns`."""

    id: str
    severity: Severity
    category: str
    phrases: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    emergency: bool = False
    blocks: bool = False
    patterns: tuple[str, ...] = ()
    about_other: bool | None = None
    """Whether it tells of another person; None: the words around the place tell."""
    while_standing: str = ""
    """A category of concern that must stand for the rule to hold: "tonight" alone says nothing."""
    answer: AnswerAction | None = None
    """Set on rules about answers; such a rule isn't held against what a patient writes."""
    language: str = "en"
    note: str = ""


class Finding(Protocol):
    """A place in which a classifier heard a category."""

    @property
    def label(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Classifier(Protocol):
    def findings(self, text: str, embed: Embed) -> Sequence[Finding]: ...


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Compared by identity: what policy makes of a rule set to search with is kept with it."""

    version: str
    rules: tuple[Rule, ...] = ()
    lists: Mapping[str, Any] = field(default_factory=dict)
    """What patterns may name: compiled by `moderation.patterns`."""
    classifier: Classifier | None = None


@dataclass(frozen=True, slots=True)
class Context:
    standing: frozenset[str] = frozenset()
    """Categories of concern that stand with this patient."""
    earlier: tuple[str, ...] = ()
    """The patient's last messages, oldest first."""
    of_person: str = ""
    """What was said before of the person whom it is about, as sentences: an emergency may hang on it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a screening found. `blocks`: the model isn't called, the fixed reply is given instead."""

    severity: Severity | None
    """None: nothing was found."""
    category: str = ""
    rule: str = ""
    """`classifier:<category>` where the classifier raised it."""
    rules_version: str = ""
    emergency: bool = False
    blocks: bool = False
    about_other: bool = False
    """Worry about another person: the same help, worded for a helper."""
    spans: tuple[Span, ...] = ()
    """Where in the raw text, in code points."""
    foreign: bool = False
    """Seems to be in a language that has no rules."""
    foreign_danger: bool = False
    """And has a word for dying, killing or not breathing: no more is known of it."""


@dataclass(frozen=True, slots=True)
class AnswerVerdict:
    """What a screening found in an answer, or in its text so far."""

    notice: bool = False
    withdraw: bool = False
    category: str = ""
    rule: str = ""
    rules_version: str = ""
    spans: tuple[Span, ...] = ()
