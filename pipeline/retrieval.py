"""Understands a question in its conversation, and judges which passages may answer it. Pure.

Three rules come before any ranking:

* A medicine together with another medicine, an illness, pregnancy, breast-feeding or childhood is answered only from
  passages that name both.
* A question about a child, pregnancy or breast-feeding isn't answered with what holds for others.
* Where the words of the question weigh too little in the best passages, nothing was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from rapidfuzz.distance import OSA

from pipeline.concepts import BREASTFEEDING, CHILDHOOD, PREGNANCY, Concept, Kind, Lexicon
from pipeline.types import Hit, Passage, Question
from pipeline.words import content_stems, raw_words, stem, stems

LEAST_COVERAGE = 0.6
"""Of the question's weight of words, in a passage whose topic the question doesn't name."""
LEAST_COVERAGE_NAMED = 0.25
"""The same, where it does."""

_TURNS_LOOKED_BACK = 6

_INTENTS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), headings)
    for pattern, headings in (
        (
            r"\b(helps?|treat|treated|treatment|relie[fv]\w*|cures?|remed\w+|rid of|ease|can i do|should i do|to do|"
            r"make it better|feel better|stop it)\b",
            "what helps do treatment first aid ease care medicines",
        ),
        (r"\b(causes?|caused|why|triggers?|sets? off|how come)\b", "causes why triggers set off"),
        (r"\b(symptoms?|signs?|what is|what are|feels? like|how do i know|have i got|mean)\b", "signs symptoms"),
        (r"\b(prevent\w*|avoid\w*|keep from|stop getting|lower (?:my|the) risk)\b", "prevent avoid lower risk"),
        (
            r"\b(see (?:a|the|my) (?:doctor|gp|nurse)|call (?:a|the|my) doctor|how long|worr\w+|serious|dangerous|gp|"
            r"appointment)\b",
            "see doctor when call",
        ),
        (r"\b(side effects?|harm|risks?)\b", "side effects harm"),
        (r"\b(how (?:much|many|often)|dose|doses|dosage|take|taking)\b", "dose how take taking medicines"),
    )
]
"""Kinds of questions, and words of the headings that answer them."""

_LEANS_ON_WHAT_WENT_BEFORE = re.compile(
    r"^\W*(and|but|or|so|then|also|what about|how about|what if|why|when|how long|how often)\b"
)
_POINTS_BACK = re.compile(r"\b(it|its|that|this|they|them|these|those|he|she|him|her|there)\b")
_JOINS = re.compile(
    r"\b(?:with|and|plus|while (?:on|taking)|together with|along with|after|before|mixed? with)\s+([a-z0-9]+)"
)


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    terms: tuple[str, ...]
    """Stems to search for, with those carried over from earlier questions."""
    concepts: frozenset[Concept]
    documents: frozenset[str] = frozenset()
    """Documents whose topic is named."""
    heading_terms: frozenset[str] = frozenset()
    """Stems that headings have which answer this kind of question."""
    corrections: tuple[tuple[str, str], ...] = ()
    """What was written, and as what it was read."""

    def of_kind(self, kind: Kind) -> list[Concept]:
        return sorted(concept for concept in self.concepts if concept.kind is kind)


@dataclass(frozen=True, slots=True)
class TopicNames:
    """Which names mean which documents; and their words, to which misspelt ones are mended."""

    documents: Mapping[tuple[str, ...], frozenset[str]]
    titles: Mapping[str, str]
    words: Sequence[str]
    vocabulary: frozenset[str]
    """Stems of all that the index holds."""

    @classmethod
    def of(cls, topics: Iterable[tuple[str, str, Iterable[str]]], vocabulary: frozenset[str]) -> TopicNames:
        """`topics`: document, title, lay names."""
        documents: dict[tuple[str, ...], set[str]] = {}
        titles: dict[str, str] = {}
        words: set[str] = set()
        for document, title, names in topics:
            titles[document] = title
            for name in (title, *names):
                if key := tuple(stems(name)):
                    documents.setdefault(key, set()).add(document)
            words.update(word for word in raw_words(title) if len(word) >= 5)
        return cls({key: frozenset(value) for key, value in documents.items()}, titles, sorted(words), vocabulary)

    def find(self, text: str) -> frozenset[str]:
        keys = stems(text)
        longest = max((len(key) for key in self.documents), default=0)
        return frozenset(
            document
            for place in range(len(keys))
            for length in range(1, min(longest, len(keys) - place) + 1)
            for document in self.documents.get(tuple(keys[place : place + length]), ())
        )


def understand(question: Question, lexicon: Lexicon, topics: TopicNames) -> Query:
    query = _understand_alone(question.text, lexicon, topics)
    if not question.history:
        return query
    before = understand(
        Question(question.history[-1].question, question.history[-_TURNS_LOOKED_BACK:-1]), lexicon, topics
    )
    if _leans_back(question.text, query, topics):
        query = _carry(before, query, topics)
    if query.of_kind(Kind.MEDICINE):
        query = replace(query, concepts=query.concepts | (before.concepts & {PREGNANCY, BREASTFEEDING}))
    return query


def _understand_alone(text: str, lexicon: Lexicon, topics: TopicNames) -> Query:
    mended, corrections = mend_spelling(text, lexicon, topics)
    folded = " ".join(raw_words(mended))
    concepts = lexicon.find(mended)
    if any(concept.kind is Kind.MEDICINE for concept in concepts):
        concepts |= _unknown_partners(folded, lexicon, topics)
    headings = {stem(word) for pattern, words in _INTENTS if pattern.search(folded) for word in words.split()}
    return Query(mended, tuple(content_stems(mended)), concepts, topics.find(mended), frozenset(headings), corrections)


def _unknown_partners(folded: str, lexicon: Lexicon, topics: TopicNames) -> frozenset[Concept]:
    """`ibuprofen with zorblax`: a word that nobody knows, joined to a medicine, may be a medicine too."""
    return frozenset(
        Concept(Kind.MEDICINE, word)
        for word in _JOINS.findall(folded)
        if len(word) > 4 and stem(word) not in topics.vocabulary and not lexicon.knows(word) and content_stems(word)
    )


def mend_spelling(text: str, lexicon: Lexicon, topics: TopicNames) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Unknown words that are one slip (two in long ones) from just one name are read as that name.

    Two medicines that look alike are never mended into one another: both are known.
    """
    corrections = []
    for word in dict.fromkeys(raw_words(text)):
        if len(word) < 5 or not word.isalpha() or stem(word) in topics.vocabulary or lexicon.knows(word):
            continue
        slips = 1 if len(word) < 8 else 2
        near = {
            name
            for name in (*topics.words, *lexicon.medicine_words)
            if name[0] == word[0] and OSA.distance(word, name, score_cutoff=slips) <= slips
        }
        if len({stem(name) for name in near}) == 1:
            name = min(near)
            corrections.append((word, name))
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, text, flags=re.IGNORECASE)
    return text, tuple(corrections)


def _leans_back(text: str, query: Query, topics: TopicNames) -> bool:
    """Whether the question means what the one before was about."""
    folded = " ".join(raw_words(text))
    points_back = bool(_LEANS_ON_WHAT_WENT_BEFORE.search(folded) or _POINTS_BACK.search(folded))
    if query.documents or any(concept.kind is not Kind.POPULATION for concept in query.concepts):
        return points_back and len(query.terms) <= 4  # "what about ibuprofen?", "can I take ibuprofen for it?"
    unknown = [term for term in query.terms if term not in topics.vocabulary]
    if len(unknown) * 2 >= max(1, len(query.terms)) and query.terms:
        return False  # a subject of its own, that the knowledge base doesn't have
    return points_back or len(query.terms) <= 3


def _carry(before: Query, query: Query, topics: TopicNames) -> Query:
    """The subject of the question before goes along; its intent too, where this one has none."""
    subject = [
        *(concept.name for concept in sorted(before.concepts)),
        *(topics.titles[d] for d in before.documents),
    ]
    carried = [term for name in subject for term in content_stems(name) if term in before.terms]
    return replace(
        query,
        terms=tuple(dict.fromkeys((*query.terms, *carried))),
        concepts=query.concepts | before.concepts,
        documents=query.documents | before.documents,
        heading_terms=query.heading_terms or before.heading_terms,
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    hits: tuple[Hit, ...]
    missing: tuple[tuple[Concept, Concept], ...] = field(default=())
    """Combinations that are asked about and that no passage names."""


def judge(query: Query, hits: Sequence[Hit], lexicon: Lexicon) -> Judgement:
    """Which hits may be quoted, best first."""
    named = {hit.passage.id: concepts_of(hit.passage, lexicon) for hit in hits}
    pairs = _pairs(query)
    if pairs:
        return _judge_combination(query, hits, named, pairs)
    hits = [hit for hit in hits if _fits_population(query, hit, named[hit.passage.id])]
    if medicines := query.of_kind(Kind.MEDICINE):
        hits = [hit for hit in hits if named[hit.passage.id] & set(medicines)]
    hits = [hit for hit in hits if hit.coverage >= (LEAST_COVERAGE_NAMED if hit.named else LEAST_COVERAGE)]
    if any(hit.named for hit in hits):
        hits = [hit for hit in hits if hit.named]
    return Judgement(tuple(hits))


def _pairs(query: Query) -> list[tuple[Concept, Concept]]:
    """Combinations that the question asks about: a medicine with anything else."""
    return [
        (one, other) if one.kind is Kind.MEDICINE else (other, one)
        for one, other in combinations(sorted(query.concepts), 2)
        if Kind.MEDICINE in (one.kind, other.kind)
    ]


def _judge_combination(
    query: Query,
    hits: Sequence[Hit],
    named: Mapping[str, frozenset[Concept]],
    pairs: Sequence[tuple[Concept, Concept]],
) -> Judgement:
    covered = {hit.passage.id: [pair for pair in pairs if set(pair) <= named[hit.passage.id]] for hit in hits}
    found = {pair for these in covered.values() for pair in these}
    missing = tuple(pair for pair in pairs if pair not in found)
    # What a medicine is taken for may go unnamed; who takes it, and what else they take, may not.
    if not found or any(other.kind is not Kind.CONDITION for _, other in missing):
        return Judgement((), missing)
    populations = set(query.of_kind(Kind.POPULATION))
    fitting = [
        hit for hit in hits
        if any(not populations or other in populations for _, other in covered[hit.passage.id])
    ]  # fmt: skip
    fitting.sort(key=lambda hit: (-len(covered[hit.passage.id]), -hit.score))
    return Judgement(tuple(fitting), missing)


def _fits_population(query: Query, hit: Hit, named: frozenset[Concept]) -> bool:
    asked = set(query.of_kind(Kind.POPULATION))
    if asked:
        return asked <= named
    # Without word of a child or a pregnancy, what holds only for them is quoted only where it is the topic itself.
    return hit.passage.category not in {"children", "pregnancy"} or hit.named


def concepts_of(passage: Passage, lexicon: Lexicon) -> frozenset[Concept]:
    """What the block itself, with its heading, names; of whom it speaks, its topic may say too.

    The baby of a pregnancy or of breast-feeding is no child that is ill.
    """
    own = lexicon.find(f"{passage.heading}. {passage.text}")
    if own & {PREGNANCY, BREASTFEEDING} and not lexicon.find(passage.heading) & {CHILDHOOD}:
        own -= {CHILDHOOD}
    about = lexicon.find(passage.title)
    if passage.category == "children":
        about |= {CHILDHOOD}
    return own | {concept for concept in about if concept.kind is Kind.POPULATION}
