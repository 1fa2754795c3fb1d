"""Whether a block says what is asked of a medicine: what it does, how much, how often, with food, … Pure.

A topic on an illness names its medicines in a sentence or two. That the name is there doesn't answer what was asked.
"""

from __future__ import annotations

import re

from pipeline.concepts import Concept, Kind, Lexicon
from pipeline.doses import doses
from pipeline.query import Query
from pipeline.types import Facts, Hit
from pipeline.words import stems

_LEAST_SAID = 0.5
"""Of the weight of what is asked beyond the medicine's name and its topic's, in the block itself."""
_LEAST_SAID_OF_KIND = 0.2
"""The same, where the block gives the kind of answer that is wanted, or opens with some of it."""
_KINDS = frozenset({"amount", "avoid", "taking", "time"})
_CLEAR_KINDS = frozenset({"harm", "stopping"})
"""Kinds of questions that are wholly about the medicine, in any words."""
_ASKS_PURPOSE = re.compile(
    r"\bwhat (?:does|do|is|are|did)\b.*\b(?:do|for)\W*$|\bwhat\b.*\bused (?:for|to)\b|"
    r"\bwhy (?:do |should |would |must )?(?:i |we |you |people |one )?(?:take|taking|use|need)\b|"
    r"\bhow (?:do|does|it|they)\b.*\bworks?\b|\bwhat (?:good )?(?:effects?|benefits?)\b(?! .*\bside)",
    re.IGNORECASE,
)
_SAYS_PURPOSE = re.compile(
    r"\b(?:eases?|relieves?|lowers?|calms?|treats?|used (?:for|to|as)|prevents?|protects?|fights?|kills?|reduces?|"
    r"medicines? (?:for|that)|(?:can|may|often) help|helps? (?!right|at once|now))\b",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"\W*((?:[\w-]+ ){0,3}[\w-]+(?: \([^)]*\))?) (?:is|are) (?:an?|the|one)\b")
_ASKS_CLASS = re.compile(r"\b(?:what|which) (?:class|type|kind|sort|group|category|family)\b", re.IGNORECASE)
_ASKS_STRENGTH = re.compile(
    r"\b(?:what|which|how (?:many|much)|come|available|is there)\b.*\b(?:mgs?|mcg|milligrams?|strengths?|sizes?|"
    r"dos(?:es?|ages?))\b|\b(?:mgs?|mcg|milligrams?|strengths?|sizes?|dos(?:es?|ages?))\b.*\b(?:come|available)\b",
    re.IGNORECASE,
)
_ASKS_CONTENTS = re.compile(r"\b(?:contain\w*|ingredients?|made (?:of|from))\b", re.IGNORECASE)
_SAYS_HOW_LONG = re.compile(r"\b(?:shortest time|longer than|how long)\b", re.IGNORECASE)
_ASKS_FOR_MEDICINE_THAT_CAUSES = re.compile(
    r"\b(?:what|which|are there|any|do|does|can|could)\b[^.?!]*"
    r"\b(?:drugs?|medicines?|medications?|meds|pills?|tablets?)\b"
    r"[^.?!]*\b(?:caus(?:e[sd]?|ing)|raises?|raising|increases?|elevates?|leads? to|triggers?|brings? on|worsens?|"
    r"make[s]? .* worse)\b|"
    r"\b(?:after|since|from) (?:taking|using|starting|(?:i|he|she) (?:took|take|started)) (?:(?:an?|my|the|this|any) )?"
    r"(?:\w+ )?(?:drugs?|medicines?|medications?|meds|pills?|tablets?)\b",
    re.IGNORECASE,
)
_MEDICINE_CAUSES = re.compile(
    r"\b(?:causes?|raises?|increases?|leads? to|sets? off|triggers?|brings? on|worsens?)\b", re.IGNORECASE
)
_MEDICINE = re.compile(r"\b(?:drugs?|medicines?|medications?|pills?|tablets?)\b", re.IGNORECASE)


def says_what_is_asked(hit: Hit, facts: Facts, query: Query, lexicon: Lexicon) -> bool:
    """For a question about one medicine."""
    if _ASKS_PURPOSE.search(query.text):
        return bool(_SAYS_PURPOSE.search(hit.passage.text)) or defines(hit, query, lexicon)
    if _ASKS_CLASS.search(query.text):
        classes = {known for one in query.of_kind(Kind.MEDICINE) for known in lexicon.classes_of(one)}
        return not classes.isdisjoint(facts.in_first)
    if _ASKS_STRENGTH.search(query.text):
        return bool(doses(hit.passage.text))
    if _ASKS_CONTENTS.search(query.text):
        return bool(_ASKS_CONTENTS.search(hit.passage.text))
    said = set(facts.intents) | ({"time"} if _SAYS_HOW_LONG.search(hit.passage.text) else set())
    if clear := query.intents & _CLEAR_KINDS:
        return not clear.isdisjoint(said)
    if wanted := query.intents & _KINDS:
        return not wanted.isdisjoint(said) and hit.said >= _LEAST_SAID_OF_KIND
    return hit.said >= _LEAST_SAID or (hit.said >= _LEAST_SAID_OF_KIND and _opens_with_what_is_asked(hit, facts, query))


def defines(hit: Hit, query: Query, lexicon: Lexicon) -> bool:
    """Whether a sentence says what the medicine is: `Insulin is the hormone that …`."""
    medicines = query.of_kind(Kind.MEDICINE)
    sentences = re.split(r"(?<=[.!?])\s+|\n", hit.passage.text)
    subjects = [lexicon.find(found[1]) for sentence in sentences if (found := _DEFINES.match(sentence))]
    return any(medicine in subject for subject in subjects for medicine in medicines)


def _of_medicine(query: Query) -> set[str]:
    return {term for term, concept in query.meant if concept.kind is Kind.MEDICINE}


def _opens_with_what_is_asked(hit: Hit, facts: Facts, query: Query) -> bool:
    """`Muscle pain and statins: …` for a leg that aches."""
    opening = set(stems(re.split(r"(?<=[.!?:])\s+|\n", hit.passage.text, maxsplit=1)[0]))
    return not (set(query.terms) - _of_medicine(query) - facts.topic).isdisjoint(opening)


def asks_what_it_is(query: Query) -> bool:
    """Or what it is for: the opening of a topic on it says that best."""
    return bool(_ASKS_PURPOSE.search(query.text)) or query.intents == {"meaning"}


def asks_what_causes(query: Query) -> bool:
    """`Which medicines raise blood sugar?`: what treats it is no answer."""
    return not query.of_kind(Kind.MEDICINE) and bool(_ASKS_FOR_MEDICINE_THAT_CAUSES.search(query.text))


def says_that_a_medicine_causes(hit: Hit, conditions: list[Concept], lexicon: Lexicon) -> bool:
    """In one sentence: a medicine, that it causes, and then what."""
    for sentence in re.split(r"(?<=[.!?])\s+|\n", hit.passage.text):
        causes = _MEDICINE_CAUSES.search(sentence)
        if not causes:
            continue
        before, after = sentence[: causes.start()], lexicon.find(sentence[causes.end() :])
        named = any(concept.kind is Kind.MEDICINE for concept in lexicon.find(before))
        if (named or _MEDICINE.search(before)) and any(lexicon.covers(after, concept) for concept in conditions):
            return True
    return False
