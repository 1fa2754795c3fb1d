"""A question that follows others: whether it means what the one before was about, and what it keeps of it. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.concepts import BREASTFEEDING, CHILDHOOD, PREGNANCY, Kind
from pipeline.query import Query
from pipeline.topic_names import TopicNames
from pipeline.words import raw_words

_STARTS_LEANING = re.compile(
    r"^(?:ok |okay |yes |no |thanks |thank you )*"
    r"(and|but|or|so|then|also|what about|how about|what if|how long|how often|how much|why|any other|anything else|"
    r"is that|is it|does it|can it|will it|what else|when should i)\b"
)
_POINTS_BACK = re.compile(r"\b(it|its|that|this|they|them|these|those|he|she|him|his|her|both|one)\b")
_WITH_ANOTHER_INSTEAD = re.compile(r"^(?:ok |okay )*(?:and|or|what about|how about|but) with\b")
_ANOTHER_INSTEAD = re.compile(r"^(?:ok |okay )*(?:and|or|what about|how about|but|what if)\b")
_NOT_OF_A_MEDICINE = frozenset({"doctor", "signs", "causes", "prevent"})
"""Kinds of questions that go back to the illness, where a medicine was talked of in between."""
_MOTHERS = frozenset({PREGNANCY, BREASTFEEDING})
_TAKEN_TOGETHER = re.compile(
    r"\b(with (?:it|that|this|them|both)|together|both|as well|too|also|on it|at the same time)\b"
)
_ABOUT_SOMEBODY_ELSE = re.compile(
    r"\bmy (?:\w+ )?(?:husband|partner|boyfriend|dad|father|grand\w+|mum|mom|mother|brother|uncle|friend|boss|"
    r"neighbou?r|"
    r"sister|aunt|nan|son|daughter|child|kid|kids|boy|girl|toddler|teen\w*|\w+ year old)\b"
)  # fmt: skip


def leans_back(text: str, query: Query, topics: TopicNames) -> bool:
    """Whether the question means what the one before was about."""
    folded = " ".join(raw_words(text))
    points_back = bool(_STARTS_LEANING.search(folded) or _POINTS_BACK.search(folded))
    meant = {term for term, _ in query.meant}
    unknown = [term for term in query.terms if term not in topics.vocabulary and term not in meant]
    if len(unknown) > (1 if _POINTS_BACK.search(folded) else 0):
        return False  # a subject of its own, that the knowledge base doesn't have
    if query.documents or any(concept.kind is not Kind.POPULATION for concept in query.concepts):
        return points_back and len(query.terms) <= 5  # "what about ibuprofen?", "can I take ibuprofen for it?"
    return (points_back or bool(query.intents or query.concepts)) and len(query.terms) <= 5


def carry(before: Query, query: Query, text: str) -> Query:
    """The subject of the question before goes along, but for what this question names in its place; its intent too,
    where this one has none."""
    folded = " ".join(raw_words(text))
    kept = set(before.concepts)
    medicines = list(dict.fromkeys(c for _, c in before.meant if c.kind is Kind.MEDICINE and c not in before.told))
    if query.of_kind(Kind.MEDICINE) and not _TAKEN_TOGETHER.search(folded):
        kept -= set(medicines[-1:] if _WITH_ANOTHER_INSTEAD.search(folded) else medicines[:1])
    elif query.intents & _NOT_OF_A_MEDICINE and before.of_kind(Kind.CONDITION):
        kept -= set(medicines)
    if query.of_kind(Kind.CONDITION) and _ANOTHER_INSTEAD.search(folded) and not query.of_kind(Kind.MEDICINE):
        kept -= set(before.of_kind(Kind.CONDITION))
    gone = before.concepts - kept
    meant = tuple((term, concept) for term, concept in before.meant if concept in kept)
    lost = {term for term, concept in before.meant if concept in gone} - {term for term, _ in meant}
    same_subject = not (query.documents and gone)
    carried = [term for term in before.terms if term not in lost] if same_subject else []
    return replace(
        query,
        terms=tuple(dict.fromkeys((*query.terms, *carried))),
        concepts=query.concepts | kept,
        documents=query.documents | (before.documents if same_subject else frozenset()),
        topic_terms=query.topic_terms | (before.topic_terms if same_subject else frozenset()),
        intents=query.intents - {"meaning"} or before.intents,
        meant=(*query.meant, *meant),
    )


def keep_in_mind(before: Query, query: Query, text: str) -> Query:
    """Who is pregnant or breast-feeding stays so, until somebody else is asked about; and a child stays a child where
    a medicine is asked for."""
    folded = " ".join(raw_words(text))
    if not (query.terms or query.concepts) or _ABOUT_SOMEBODY_ELSE.search(folded):
        return query
    kept = before.told if query.of_kind(Kind.MEDICINE) or "medicines" in query.intents else frozenset()
    if query.of_kind(Kind.POPULATION):
        return replace(query, concepts=query.concepts | kept - _MOTHERS, told=query.told | before.told)
    kept |= before.concepts & _MOTHERS
    if query.of_kind(Kind.MEDICINE) and not re.search(
        r"\b(i|me|my|i'm|myself)\b", re.sub(r"\b(can|should) i give\b", "", folded)
    ):
        kept |= before.concepts & {CHILDHOOD}
    return replace(query, concepts=query.concepts | kept, told=query.told | before.told)
