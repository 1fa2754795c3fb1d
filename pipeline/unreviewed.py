"""Which passages of documents that no clinician has read may be quoted for a question. Pure.

A collection from outside has a page on nearly everything, and most of them are on a rarer thing than was asked: another
form of the illness, other people, another part of the subject. Quoted, that is worse than nothing. So they answer only
where the question names the whole of their subject, asks for what the block says, and has no word that nobody knows.
"""

from __future__ import annotations

import re

from pipeline.concepts import BABY, Concept, Kind, Lexicon, Mention
from pipeline.query import Query
from pipeline.types import Facts, Hit
from pipeline.words import is_content, raw_words, stem, stems, words_of

_LEAST_SAID = 0.5
"""Of the weight of what is asked beyond the subject's name, in the block itself."""
_LEAST_SAID_OF_KIND = 0.3
"""The same, where it is known what kind of answer is wanted, and the block gives it."""
_LITTLE_ELSE = 3
"""Words."""
_FORMS = words_of(
    "woman women man men male female boy girl old older elderly adult new newborn late early first second"
)
"""Words that narrow a subject, though they mean little elsewhere."""
_TOLD_BY_WHO = frozenset({"bystander", "doctor"})
"""Kinds of questions that are told by who is spoken of, and not by what is asked."""
_BESIDE_SUBJECT = re.compile(
    r"\s*\((?:[A-Z][A-Z.]+|(?i:what|how|who|why|when|which|should|do|does|is|are|can)\b.*)\).*|\s*:.*|"
    r"^What I need to know about\s+"
)
"""An abbreviation, what a page on the subject asks, and what stands before or behind the subject itself."""
_ASKS_FOR_DOSE = re.compile(
    r"\b(?:how (?:much|many|often)|dos(?:e|es|age)|again|boosters?|(?:another|second|next) (?:one|shot|dose)|"
    r"repeat\w*|mgs?)\b",
    re.IGNORECASE,
)
_ASKS_IN_GENERAL = re.compile(
    r"\b(?:learn|know|information|info|informed|read|hear|literature|details|tell me|explain)\b", re.IGNORECASE
)
_DEFINES = re.compile(
    r"\b(?:is|are) (?:an?|the|one|caused|when|not|also)\b|\b(?:means?|refers? to|happens? when|occurs? when)\b"
)
_SIGNPOST = re.compile(
    r"\b(?:these resources|resources? (?:below|above|listed)|following (?:links?|resources?|list of signs)|"
    r"links? (?:below|to|will)|"
    r"medlineplus|genetic testing registry|gene ?review|pubmed|searchable database|click|web ?(?:site|page)s?|"
    r"on this page|(?:visit|see|read|contact|call) (?:the|our|us|more)\b|(?:to )?(?:learn|read|find|get) (?:out )?more|"
    r"for more (?:information|details)|more information (?:about|on|is)|"
    r"(?:is|are) (?:listed|available) (?:here|below|online|at)|"
    r"clinicaltrials|national library of medicine|human phenotype ontology|health ?topics? page|"
    r"(?:in|see) the (?:section|chapter|table)s?|table below|fact ?sheets?|toll[- ]free)\b",
    re.IGNORECASE,
)
"""Shows the way to another page."""
_LEANS_ON_WHAT_STOOD_BEFORE = re.compile(
    r"\W*(?:(?:they|it|these|this|those|such|he|she|its|their|however|but|and|both)\b|(?:[\w'’]+ ){1,5}also\b)",
    re.IGNORECASE,
)
"""Of a page cut into blocks: who `they` are stands in the one before."""
_MOST_SIGNPOSTS = 0.34
"""Of a block's sentences."""


def may_be_quoted(hit: Hit, facts: Facts, query: Query, lexicon: Lexicon) -> bool:
    passage = hit.passage
    if not passage.from_outside or passage.clinically_reviewed:
        return True
    return (
        not query.unknown
        and (hit.named or not query.documents)  # else another document's subject is nearer
        and not (query.of_kind(Kind.MEDICINE) and _ASKS_FOR_DOSE.search(query.text))
        and not facts.populations - query.concepts - {BABY}  # what holds for children, holds for babies too
        and all(lexicon.covers(facts.concepts | facts.about, concept) for concept in query.of_kind(Kind.CONDITION))
        and any(_names_subject(query, name, lexicon) for name in (passage.title, *passage.names))
        and _answers(hit, facts, query)
        and not _LEANS_ON_WHAT_STOOD_BEFORE.match(passage.text)
        and not is_signpost(passage.text)
    )


def _names_subject(query: Query, title: str, lexicon: Lexicon) -> bool:
    """Whether what is asked names all of a title: `Asthma in children` is more than `asthma`."""
    subject = _subject(title)
    left = [word for word in raw_words(subject) if is_content(word) or word in _FORMS or word[0].isdigit()]
    asked = set(query.terms) | {stem(word) for word in raw_words(query.text) if word in _FORMS or word[0].isdigit()}
    by_asker = [
        mention
        for mention in lexicon.mentions(query.text)
        if mention.concepts & query.concepts
        and (_is_of_people(mention) or asked.intersection(map(stem, mention.words)))
    ]
    mentions = lexicon.mentions(subject)
    for mention in mentions:
        if _is_named(mention, by_asker, lexicon):
            left = [word for word in left if word not in mention.words]
    words = {stem(word) for word in left}
    if not mentions and len(words) == 1 and len(set(query.terms) - words) > _LITTLE_ELSE:
        return False  # an everyday word
    return bool(mentions or words) and words <= asked


def _subject(title: str) -> str:
    """`Shingles (Should you get the vaccine?)` is on shingles."""
    return _BESIDE_SUBJECT.sub("", title) or title


def _is_of_people(mention: Mention) -> bool:
    return any(concept.kind is Kind.POPULATION for concept in mention.concepts)


def _is_named(mention: Mention, by_asker: list[Mention], lexicon: Lexicon) -> bool:
    """By its own or another name, or as the class of a medicine; but not by a part of its name: `type 2 diabetes`
    isn't `diabetes`."""
    own = set(map(stem, mention.words))
    return any(
        not mention.concepts.isdisjoint(known for concept in other.concepts for known in _known(concept, lexicon))
        and not set(map(stem, other.words)) < own
        for other in by_asker
    )


def _known(concept: Concept, lexicon: Lexicon) -> frozenset[Concept]:
    return lexicon.classes_of(concept) | {concept} if concept.kind is Kind.MEDICINE else frozenset({concept})


def _answers(hit: Hit, facts: Facts, query: Query) -> bool:
    kinds = query.intents - _TOLD_BY_WHO
    if len(kinds) > 1:
        kinds -= {"meaning"}
    if not kinds:
        return hit.said >= _LEAST_SAID or (bool(_ASKS_IN_GENERAL.search(query.text)) and _defines(hit))
    said = {name for name, clearly in facts.intents.items() if clearly and (name != "meaning" or _defines(hit))}
    return bool(kinds & said) and hit.said >= _LEAST_SAID_OF_KIND


def _defines(hit: Hit) -> bool:
    """Whether the block opens with what its subject is."""
    opening = " ".join(re.split(r"(?<=[.!?])\s", hit.passage.text, maxsplit=2)[:2])
    return bool(_DEFINES.search(opening)) and bool(set(stems(_subject(hit.passage.title))) & set(stems(opening)))


def is_signpost(text: str) -> bool:
    """Whether a block mostly shows the way to other pages."""
    sentences = [part for part in re.split(r"(?<=[.!?:])\s+|\n+", text) if raw_words(part)]
    pointing = sum(bool(_SIGNPOST.search(sentence)) for sentence in sentences)
    return pointing > _MOST_SIGNPOSTS * len(sentences)
