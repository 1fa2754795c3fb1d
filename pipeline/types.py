"""Values that the pipeline passes along. They know neither sockets nor users nor tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that a passage was checked against."""

    title: str
    publisher: str
    url: str
    read_on: date | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One block of a document: a paragraph, or a list with its lead-in. It is quoted whole or not at all."""

    id: str
    document: str
    title: str
    heading: str
    text: str
    position: int = 0
    """Its place in the document."""
    category: str = ""
    names: tuple[str, ...] = ()
    urgent: bool = False
    """Whether it says when to get help at once."""
    references: tuple[Reference, ...] = ()
    clinically_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    passage: Passage
    score: float
    """Of the ranking that found it; comparable within one search only."""
    coverage: float
    """How much of the question's weight of words the passage has, 0 to 1."""
    named: bool = False
    """Whether the question names the passage's topic."""


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as an answer cites it: `[n]`."""

    n: int
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    history: tuple[Turn, ...] = ()
    """Oldest first."""
    urgent: bool = False
    """Whether screening found that it tells of an emergency: its notice stands above the answer."""


AnswerKind = Literal["answer", "not_found"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an answerer is going to say: decided before the first word, so that the sources are known beforehand."""

    kind: AnswerKind
    sources: tuple[Source, ...] = ()
    text: str = ""
    """The whole answer, of answerers that know it beforehand."""


# What an answer is made of, in the order in which it comes


@dataclass(frozen=True, slots=True)
class StageStarted:
    stage: Literal["retrieving", "answering"]


@dataclass(frozen=True, slots=True)
class SourcesChosen:
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TextWritten:
    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    kind: AnswerKind
    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, int] = field(default_factory=dict)
    """Milliseconds from the start."""


AnswerEvent = StageStarted | SourcesChosen | TextWritten | AnswerEnded


@dataclass(frozen=True, slots=True)
class AnswererInfo:
    """Who answers, for the page and for `metadata`."""

    provider: str
    model: str | None
    language_model: bool
    label: str
    label_nothing_found: str
    """The same, under an answer that says that nothing was found."""

    def as_json(self) -> dict[str, Any]:
        return {"provider": self.provider, "language_model": self.language_model, "label": self.label}
