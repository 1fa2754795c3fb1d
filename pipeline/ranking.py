"""Which passages come first: how well each fits a question. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.concepts import BABY, Concept, Kind, Lexicon
from pipeline.query import Query
from pipeline.types import Facts, Hit, Passage
from pipeline.words import raw_words, stem

MOST_WEIGHT = 22.0
"""Of a question that names its topic: a long story isn't held against the passage."""
_LEAST_SHARED = 2
"""Words that a passage has in common with a question that doesn't name its topic."""
_NAMED, _INTENT, _OPENS_WITH_ALL, _OPENS_WITH_WHOM, _IN_HEADING = 0.25, 0.4, 0.3, 0.2, 0.2
_SPEAKS_TO_OTHERS, _LATER_ON, _UNSAID = 0.4, 0.004, 0.9
"""What counts for and against a passage, beside the question's words, which count up to 1."""
_CHATTER = 0.5
"""Of its weight, for a word that no topic has: where the topic is named, it isn't the subject."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a passage fits a question."""

    score: float
    coverage: float
    said: float
    """As in Hit."""


def fit(
    query: Query, passage: Passage, facts: Facts, weights: Mapping[str, float], unknown_weight: float, lexicon: Lexicon
) -> Fit:
    """Words that the block has count most, those of its topic less; the kind of question and the named topic add."""
    named = passage.document in query.documents
    words = _shared(query, named, facts, weights, unknown_weight, lexicon)
    total = min(words.total, MOST_WEIGHT) if named else words.total
    coverage = min(1.0, words.anywhere / total) if total else 0.0
    if words.shared < _LEAST_SHARED and not named and not query.of_kind(Kind.MEDICINE):
        coverage = 0.0  # one word in common is no subject
    score = 0.6 * min(1.0, words.own / total) + 0.4 * coverage if total else 0.0
    score += _NAMED * named - _LATER_ON * passage.position
    if query.intents:
        answered = [facts.intents.get(name, 0.0) for name in query.intents]
        score += _INTENT * (0.6 * max(answered) + 0.4 * sum(answered) / len(answered))
    what = [concept for concept in query.concepts if concept.kind is not Kind.POPULATION]
    if len(what) > 1:
        score += _OPENS_WITH_ALL * all(lexicon.covers(facts.opening, concept) for concept in what)
    who = set(query.of_kind(Kind.POPULATION))
    score += _OPENS_WITH_WHOM * len(who & (facts.opening | facts.for_whom - {BABY})) / max(1, len(who))
    score += _OPENS_WITH_WHOM * (BABY in who and BABY in facts.in_heading)
    score += _IN_HEADING * (min(1.0, words.in_heading / total) if total else 0.0)
    to_others = facts.for_whom - query.concepts and not facts.for_whom & query.concepts
    to_helpers = facts.intents.get("bystander") == 1.0 and "bystander" not in query.intents
    score -= _SPEAKS_TO_OTHERS * bool(to_others or to_helpers)
    return Fit(score, coverage, words.said / words.beyond if words.beyond else 1.0)


@dataclass(slots=True)
class _Shared:
    """Of the question's words, by their weight."""

    total: float = 0.0
    own: float = 0.0
    """What the block says itself."""
    anywhere: float = 0.0
    """And its topic."""
    in_heading: float = 0.0
    beyond: float = 0.0
    """What the topic's name doesn't have."""
    said: float = 0.0
    """Of those, what the block says."""
    shared: int = 0
    """How many words the block says itself."""


def _shared(
    query: Query,
    named: bool,
    facts: Facts,
    weights: Mapping[str, float],
    unknown_weight: float,
    lexicon: Lexicon,
) -> _Shared:
    meant: dict[str, list[Concept]] = {}
    for term, concept in query.meant:
        meant.setdefault(term, []).append(concept)
    words = _Shared()
    for term in query.terms:
        weight = weights.get(term, unknown_weight * (_CHATTER if named else 1.0))
        words.total += weight
        concepts = meant.get(term, ())
        of_topic = named and term in query.topic_terms & facts.topic
        words.in_heading += weight * (term in facts.heading and not of_topic)
        has = term in facts.own or any(lexicon.covers(facts.concepts, concept) for concept in concepts)
        if term not in facts.topic and not any(concept in facts.about for concept in concepts):
            words.beyond += weight
            words.said += weight * has
        if has:
            words.own += weight
            words.anywhere += weight
            words.shared += 1
        elif of_topic:
            words.own += _UNSAID * weight  # what the topic is about, each of its blocks is
            words.anywhere += weight
        elif term in facts.topic or any(lexicon.covers(facts.about, concept) for concept in concepts):
            words.anywhere += weight
    return words


def without_repeats(hits: Sequence[Hit]) -> list[Hit]:
    """Of passages that say the same, the first. One other word that means something, or a number, is not the same."""
    first: dict[frozenset[str], Hit] = {}
    for hit in hits:
        first.setdefault(frozenset(stem(word) for word in raw_words(hit.passage.text)), hit)
    return list(first.values())
