"""What one could ask next: the parts of the quoted topics that an answer doesn't show, by their headings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.concepts import Kind, Lexicon
from pipeline.facts import facts_of
from pipeline.types import Facts, Hit, Question, Source

_MOST = 3
_LEFT_ALONE = frozenset({"urgent", "first_aid", "mental_health"})
"""Categories whose words, sent as a question, may read as a cry for help."""
_ONE_BY_ONE = frozenset({Kind.POPULATION, Kind.MEDICINE})
"""A heading that names some of these beside its topic reads as a question about all of them together."""


def suggest(question: Question, hits: Iterable[Hit], sources: Sequence[Source], lexicon: Lexicon) -> tuple[str, ...]:
    """At most three, in the order of the topics. `hits`: of what may be quoted. Nobody in danger is led on."""
    if question.urgent or question.careful or question.under_age:
        return ()
    documents = list(dict.fromkeys(source.passage.document for source in sources))
    shown = {(source.passage.document, source.passage.heading) for source in sources}
    others = [hit for hit in hits if hit.passage.document in documents and _is_a_part(hit)]
    others.sort(key=lambda hit: (documents.index(hit.passage.document), hit.passage.position))
    asked = {text.strip().casefold() for text in (question.text, *(turn.question for turn in question.history))}
    found: dict[str, None] = {}
    for hit in others:
        facts = hit.facts or facts_of(hit.passage, lexicon)
        if (hit.passage.document, hit.passage.heading) not in shown and _can_be_asked(facts):
            found[_as_asked(hit, facts)] = None
    return tuple(text for text in found if text.casefold() not in asked)[:_MOST]


def _is_a_part(hit: Hit) -> bool:
    """Of a topic that Veda wrote: of those it is known that their headings are answered. "If …" tells of a case."""
    passage = hit.passage
    is_heading = bool(passage.heading) and not passage.heading.startswith("If ")
    return is_heading and not passage.from_outside and passage.category not in _LEFT_ALONE


def _can_be_asked(facts: Facts) -> bool:
    beside = facts.in_heading - facts.about - facts.in_title
    return not any(concept.kind in _ONE_BY_ONE for concept in beside)


def _as_asked(hit: Hit, facts: Facts) -> str:
    named = facts.in_heading & (facts.about | facts.in_title)
    names_topic = any(concept.kind is not Kind.POPULATION for concept in named)
    return hit.passage.heading if names_topic else f"{hit.passage.title}: {hit.passage.heading}"
