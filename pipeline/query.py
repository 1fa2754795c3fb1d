"""What a question was understood as: what search, the gates and the answerers are given. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.concepts import Concept, Kind


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    terms: tuple[str, ...]
    """Stems to search for, with those carried over from earlier questions."""
    concepts: frozenset[Concept]
    documents: frozenset[str] = frozenset()
    """Documents whose topic is named."""
    intents: frozenset[str] = frozenset()
    """Kinds of questions that it is."""
    corrections: tuple[tuple[str, str], ...] = ()
    """What was written, and as what it was read."""
    topic_terms: frozenset[str] = frozenset()
    """Terms that name those documents."""
    meant: tuple[tuple[str, Concept], ...] = ()
    """Terms that name a concept: a passage that names it by another word has the term too."""
    told: frozenset[Concept] = frozenset()
    """What the asker has, takes or is: it stays in mind."""
    unknown: frozenset[str] = frozenset()
    """Words of what it asks that neither the index nor the lexicon has."""
    unheard: bool = False
    """Whether its first sentence has such a word, and the index has nearly every word: it is what is asked about."""
    past: frozenset[str] = frozenset()
    """Documents that are named only for what was years ago."""
    urgent: bool = False
    """Whether the question was found to tell of an emergency."""
    given: frozenset[Concept] = frozenset()
    """What was said of the person before, and this question doesn't name."""
    taken: frozenset[Concept] = frozenset()
    """Medicines that the person was said to take, whether it names them or not."""

    def of_kind(self, kind: Kind) -> list[Concept]:
        return sorted(concept for concept in self.concepts if concept.kind is kind)
