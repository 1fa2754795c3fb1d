"""Values that the pipeline passes along. They know neither sockets nor users nor tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pipeline.concepts import Concept

FIRST_AID_HEADING = "First aid"
"""Begins the headings of what to do until help is there."""


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
    review_due: date | None = None
    """After this day its doses aren't quoted."""
    from_outside: bool = False
    """Until it is clinically reviewed, its doses aren't quoted."""
    created_at: date | None = None
    """When its document came into the knowledge base."""

    @property
    def first_aid(self) -> bool:
        """Whether it says what to do until help is there, and somebody has checked that against its sources."""
        return self.heading.startswith(FIRST_AID_HEADING) and (not self.from_outside or self.clinically_reviewed)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a passage says, as ranking and rules look at it."""

    own: frozenset[str]
    """Stems of heading and text."""
    heading: frozenset[str]
    """Stems of the heading."""
    topic: frozenset[str]
    """Stems of title and lay names."""
    about: frozenset[Concept]
    """What title and lay names name."""
    in_title: frozenset[Concept]
    in_heading: frozenset[Concept]
    in_first: frozenset[Concept]
    """What the first sentence names."""
    in_text: frozenset[Concept]
    units: tuple[frozenset[Concept], ...]
    """What each sentence names; and each item of a list, with its lead-in."""
    concepts: frozenset[Concept]
    """What the block itself names; its heading, where that isn't a list; and the illness of its topic."""
    populations: frozenset[Concept]
    """Of whom the whole block speaks: by its topic, its first sentence, or a heading that names one group only."""
    for_whom: frozenset[Concept]
    """The people it speaks to above all."""
    intents: Mapping[str, float]
    """Kinds of questions that it answers, and how clearly."""

    @property
    def opening(self) -> frozenset[Concept]:
        return self.in_heading | self.in_first


@dataclass(frozen=True, slots=True)
class Hit:
    passage: Passage
    score: float
    """Of the ranking that found it; comparable within one search only."""
    coverage: float
    """How much of the question's weight of words the passage has, 0 to 1."""
    named: bool = False
    """Whether the question names the passage's topic."""
    said: float = 1.0
    """Of the weight of the question's words that don't name the passage's topic, how much the block itself has."""
    facts: Facts | None = field(default=None, repr=False, compare=False)
    """None: of an index that keeps none; they are worked out then."""


@dataclass(frozen=True, slots=True)
class Found:
    hits: list[Hit]
    """Best first."""
    by_words_alone: bool = False
    """Whether meaning couldn't be compared: the embedder or its vectors are away, or don't belong together."""


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
    position: int = 0
    """Its place in the conversation; grows with time."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a patient sent to be looked at: decoded and encoded anew, without metadata."""

    data: bytes = field(repr=False)
    mime_type: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a model says that pictures show, and the writing that it read in them."""

    text: str
    model: str
    failed: bool = False
    """The model was asked, and failed."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer of before, that is wanted in plainer words."""

    text: str
    sources: tuple[Source, ...]


AgeBand = Literal["", "under_3_months", "3_to_23_months", "2_to_11", "12_to_17", "18_to_64", "65_or_over"]
Pregnancy = Literal["", "no", "pregnant", "breastfeeding"]


@dataclass(frozen=True, slots=True)
class HealthProfile:
    """What a patient says of the person whom questions are about. Empty: not said."""

    about: Literal["me", "other"] = "me"
    age_band: AgeBand = ""
    pregnancy: Pregnancy = ""
    medicines: tuple[str, ...] = ()
    allergies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    history: tuple[Turn, ...] = ()
    """Oldest first; those before it are told in `summary`."""
    urgent: bool = False
    """Whether screening found that it tells of an emergency: its notice stands above the answer."""
    careful: bool = False
    """Whether somebody may come to harm by it: the answer gives no methods, doses or quantities."""
    under_age: bool = False
    """Whether who asks is no adult: the answer gives no doses."""
    summary: str = ""
    """What was said before `history`, where the conversation is long."""
    pictures: tuple[Picture, ...] = ()
    description: Description | None = None
    """Of the pictures, once a model has looked at them and screening has read what it says."""
    simplifies: GivenAnswer | None = None
    """What is to be told again in plainer words, and nothing else."""
    profile: HealthProfile | None = None
    """Of whom it is about, as far as the question itself says nothing else."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """How a model's stream ended, which is its last item."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cut_off: bool = False
    """Whether the model stopped at the limit of tokens and not of itself."""


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote an answer in the end, and what it cost."""

    info: AnswererInfo
    counts: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """Fixed lines of the text that tell about it."""


AnswerKind = Literal["answer", "not_found"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an answerer is going to say: decided before the first word, so that the sources are known beforehand."""

    kind: AnswerKind
    sources: tuple[Source, ...] = ()
    text: str = ""
    """The whole answer, of answerers that know it beforehand."""
    notes: tuple[str, ...] = ()
    """What Veda says itself above any quote or model's words: how it read the question, what it didn't find."""
    closed: bool = False
    """Whether the question was understood and may not be answered from what there is: a combination that no source
    names. Asking in other words must not open it."""
    prompt: tuple[ChatMessage, ...] = ()
    """What a model is asked. Empty: `text` is the whole answer."""
    suggestions: tuple[str, ...] = ()
    """What one could ask next, and be answered."""


# What an answer is made of, in the order in which it comes


@dataclass(frozen=True, slots=True)
class StageStarted:
    stage: Literal["describing", "summarizing", "retrieving", "answering"]


@dataclass(frozen=True, slots=True)
class SummaryWritten:
    """A new running summary of the conversation, to be kept for its next question."""

    text: str
    up_to: int
    """Position of the last turn that it tells."""


@dataclass(frozen=True, slots=True)
class SourcesChosen:
    sources: tuple[Source, ...]


@dataclass(slots=True)
class TextWritten:  # not frozen: there is one for each word, and freezing it costs more than all that is done with it
    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    kind: AnswerKind
    answered_by: AnswererInfo
    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, int] = field(default_factory=dict)
    """Milliseconds from the start."""
    own_words: tuple[str, ...] = ()
    """Paragraphs of the text that are Veda's own, and drawn from no source."""
    by_words_alone: bool = False
    """Whether passages were looked for, and meaning couldn't be compared."""
    suggestions: tuple[str, ...] = ()
    """What one could ask next, and be answered."""


AnswerEvent = StageStarted | SummaryWritten | SourcesChosen | TextWritten | AnswerEnded


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
        return {
            "provider": self.provider,
            "model": self.model,
            "language_model": self.language_model,
            "label": self.label,
        }


# Speech


@dataclass(frozen=True, slots=True)
class Recording:
    """Speech as every recogniser takes it: 16 kHz, mono, 16 bit little endian."""

    samples: bytes = field(repr=False)

    @property
    def seconds(self) -> float:
        return len(self.samples) / 32_000


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    language: str | None
    """ISO 639-1, where the recogniser says it."""
    seconds: float
    """Of the recording."""


# The model host


@dataclass(frozen=True, slots=True)
class HostState:
    """What a model host was last seen to be."""

    reachable: bool
    version: str = ""
    models: frozenset[str] = frozenset()
    """Names with their tags, as `llama3.2:latest`."""
    capabilities: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of the models that were asked about: `completion`, `vision`, `audio`, `embedding`, …"""
    problem: str = ""
    """For the operator, where something is amiss: what, and how to mend it."""

    def has(self, model: str) -> bool:
        return with_tag(model) in self.models

    def can(self, model: str, capability: str) -> bool:
        return self.has(model) and capability in self.capabilities.get(with_tag(model), frozenset())


def with_tag(model: str) -> str:
    """A model's name as the host lists it."""
    return model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"
