"""Which first aid is told under the notice of an emergency. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.concepts import Kind, Lexicon
from pipeline.facts import facts_of
from pipeline.query import Query
from pipeline.types import Facts, Hit, Passage
from pipeline.words import stems

EMERGENCIES = frozenset({"first_aid", "urgent"})
"""Categories of topics that are an emergency themselves."""
OF_SOME_PEOPLE = frozenset({"children", "pregnancy"})
"""Categories of topics that hold for them alone."""
_BABIES = "babies"
_NEAR_THE_NEAREST = 0.85
"""A further topic's section is at least this near, beside the nearest one's."""

_Section = tuple[str, str]
"""Document and heading."""


def nearest_sections(passages: Sequence[Passage], query: Query, hits: Sequence[Hit], lexicon: Lexicon) -> list[Passage]:
    """Of each document the section that is nearest to the question, whole; the nearest document's first.

    Nearness is told by words: not each block is among the hits where there are many documents.
    """
    told = {*query.terms, *(term for term, _ in query.meant)}
    scores = {hit.passage.id: hit.score for hit in hits}
    sections: dict[_Section, list[Passage]] = {}
    words: dict[_Section, set[str]] = {}
    of_topic: dict[str, frozenset[str]] = {}
    for passage in passages:
        facts = facts_of(passage, lexicon)
        if not _is_meant(passage, facts, query, lexicon):
            continue
        key = (passage.document, passage.heading)
        sections.setdefault(key, []).append(passage)
        words.setdefault(key, set()).update(told & facts.own)
        of_topic[passage.document] = facts.topic

    def nearness(key: _Section) -> tuple[int, int, float]:
        score = max(scores.get(passage.id, 0.0) for passage in sections[key])
        return len(words[key] | told & of_topic[key[0]]), len(words[key]), score

    nearest: dict[str, _Section] = {}
    for key in sorted(sections, key=nearness, reverse=True):
        nearest.setdefault(key[0], key)
    least = _NEAR_THE_NEAREST * max((nearness(key)[0] for key in sections), default=0)
    near = [sections[key] for key in nearest.values() if nearness(key)[0] >= least]
    return [passage for section in near for passage in _for_whom_is_asked(section, query, lexicon)]


def _for_whom_is_asked(section: Sequence[Passage], query: Query, lexicon: Lexicon) -> list[Passage]:
    """The whole section; what says in its first line that it is for whom the question names comes first."""
    people = set(query.of_kind(Kind.POPULATION))
    if _BABIES in {concept.name for concept in people}:  # of "my baby boy" what is for children says less
        people = {concept for concept in people if concept.name == _BABIES}

    def is_for_others(passage: Passage) -> bool:
        named = {
            concept for mention in lexicon.mentions(passage.text.partition("\n")[0]) for concept in mention.concepts
        }
        return people.isdisjoint(named)

    return sorted(section, key=is_for_others)


def _is_meant(passage: Passage, facts: Facts, query: Query, lexicon: Lexicon) -> bool:
    """The question must name the topic, or where that isn't an emergency itself, what the section is for: of somebody
    who has the illness, another thing may be the emergency."""
    people = set(query.of_kind(Kind.POPULATION))
    asked = query.concepts - people
    if passage.category in OF_SOME_PEOPLE and people.isdisjoint(facts.populations):
        return False
    if passage.category not in EMERGENCIES:
        return not asked.isdisjoint(facts.in_heading)
    if not asked.isdisjoint(facts.about):
        return True
    return passage.document in query.documents and not _is_within_another(facts, query, lexicon)


def _is_within_another(facts: Facts, query: Query, lexicon: Lexicon) -> bool:
    """Whether the topic's illness stands in the question only within another's name: a heat stroke is no stroke."""
    names = [set(stems(concept.name)) for concept in facts.about]
    others = [mention for mention in lexicon.mentions(query.text) if mention.concepts.isdisjoint(facts.about)]
    return any(name < set(stems(" ".join(mention.words))) for mention in others for name in names)
