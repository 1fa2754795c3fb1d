"""What a passage says, as ranking and rules look at it: words, what is named, the questions it answers. Pure.

Worked out when the index is built and kept with it: for the sixty passages of a question that takes longer than all
the rest of its search.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from pipeline.concepts import BABY, BREASTFEEDING, CHILDHOOD, OLD_AGE, PREGNANCY, Concept, Kind, Lexicon
from pipeline.intents import SAID_LESS_CLEARLY, intents_answered
from pipeline.types import Facts, Passage
from pipeline.words import stems

_MADE_BY = ("concepts.py", "facts.py", "intents.py", "words.py", "lexicon/*.json")
"""Files beside this one that decide what facts come out."""


_WORDS = ("own", "heading", "topic")
_CONCEPTS = ("about", "in_title", "in_heading", "in_first", "in_text", "concepts", "populations", "for_whom")


def to_json(facts: Facts) -> str:
    told: dict[str, object] = {name: sorted(getattr(facts, name)) for name in _WORDS}
    told |= {name: _named(getattr(facts, name)) for name in _CONCEPTS}
    told |= {"units": [_named(unit) for unit in facts.units], "intents": dict(facts.intents)}
    return json.dumps(told, separators=(",", ":"))


def from_json(text: str) -> Facts:
    told = json.loads(text)
    told |= {name: frozenset(told[name]) for name in _WORDS}
    told |= {name: _concepts(told[name]) for name in _CONCEPTS}
    told["units"] = tuple(map(_concepts, told["units"]))
    return Facts(**told)


def _named(concepts: Iterable[Concept]) -> list[str]:
    return [f"{concept.kind}:{concept.name}" for concept in sorted(concepts)]


def _concepts(named: Collection[str]) -> frozenset[Concept]:
    return frozenset(map(_concept, named)) if named else frozenset()


@lru_cache(maxsize=16_384)
def _concept(named: str) -> Concept:
    kind, _, name = named.partition(":")
    return Concept(Kind(kind), name)


@lru_cache(maxsize=1)
def maker() -> str:
    """Fingerprint of the code and the names that facts are made by: others would make others."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for pattern in _MADE_BY:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def facts_of(passage: Passage, lexicon: Lexicon) -> Facts:
    names = ", ".join((passage.title, *passage.names))
    heading = stems(passage.heading)
    in_title, in_heading = lexicon.find(passage.title), lexicon.find(passage.heading)
    units = _units_of(passage.text, lexicon)
    in_first = lexicon.find(_first_sentence(passage.text)) if "\n" in passage.text else units[0]
    in_text = frozenset[Concept]().union(*units)
    of_heading = _named_by_heading(in_heading)
    illness = {concept for concept in in_title if concept.kind is Kind.CONDITION}
    concepts = in_text | of_heading | illness
    populations = _populations(passage, in_first, in_title | of_heading)
    intents = intents_answered(passage.heading, passage.text)
    if any(concept.kind is Kind.MEDICINE for concept in concepts):
        intents.setdefault("medicines", SAID_LESS_CLEARLY)
    return Facts(
        own=frozenset((*heading, *stems(passage.text))),
        heading=frozenset(heading),
        topic=frozenset(stems(names)),
        about=lexicon.find(names) if passage.names else in_title,
        in_title=in_title,
        in_heading=in_heading,
        in_first=in_first,
        in_text=in_text,
        units=units,
        concepts=concepts,
        populations=populations,
        for_whom=populations | (in_first & {OLD_AGE}),
        intents=intents,
    )


def _named_by_heading(named: frozenset[Concept]) -> frozenset[Concept]:
    """A heading that lists several of a kind says nothing about one of its blocks."""
    return frozenset(one for one in named if sum(one.kind is other.kind for other in named - {BABY}) <= 1)


def _populations(passage: Passage, first: frozenset[Concept], around: frozenset[Concept]) -> frozenset[Concept]:
    if first & {PREGNANCY, BREASTFEEDING} and not re.search(r"\bchild", passage.text.casefold()):
        first -= {CHILDHOOD}  # the baby of a pregnancy is no child that is ill
    found = set(first | around)
    if passage.category == "children":
        found |= {CHILDHOOD}
    if passage.category == "pregnancy" or CHILDHOOD in found:
        found |= {BABY}
    return frozenset(concept for concept in found if concept.kind is Kind.POPULATION)


def _units_of(text: str, lexicon: Lexicon) -> tuple[frozenset[Concept], ...]:
    lead, *items = text.split("\n")
    units = [f"{lead} {item}" for item in items] if items else re.split(r"(?<=[.!?])\s+", text)
    return tuple(lexicon.find(unit) for unit in units)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s+|\n", text, maxsplit=1)[0]
