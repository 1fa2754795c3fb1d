"""Misspelt names are read as the names that they are a slip away from. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.concepts import Kind, Lexicon
from pipeline.topic_names import TopicNames
from pipeline.words import is_content, raw_words, stem

_LONG_NAME = 8
"""Letters."""
_LONG_WORD = 7
"""Letters of a word that is no name: a shorter one is near to many."""


def mend_spelling(text: str, lexicon: Lexicon, topics: TopicNames) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Unknown words that are one slip (two in long ones) from just one name are read as that name.

    Two medicines that look alike are never mended into one another: both are known. Nor is an ordinary word.
    """
    corrections = []
    for word in dict.fromkeys(raw_words(text)):
        if is_known(word, lexicon, topics):
            continue
        near = _near_names(word, lexicon, topics)
        if len({lexicon.meaning(name) or stem(name) for name in near}) == 1:
            name = max(near, key=lambda near_name: near_name in topics.words)
            corrections.append((word, name))
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, text, flags=re.IGNORECASE)
    return text, tuple(corrections)


def is_known(word: str, lexicon: Lexicon, topics: TopicNames) -> bool:
    return (
        len(word) < 5
        or not word.isalpha()
        or not is_content(word)
        or stem(word) in topics.vocabulary
        or word in lexicon.ordinary
        or word in lexicon.words
        or lexicon.knows(word)
    )


def _near_names(word: str, lexicon: Lexicon, topics: TopicNames) -> list[str]:
    """The names that a misspelt word may have meant: of the same first letter, and one or two slips away."""
    slips = 1 if len(word) < 10 else 2
    names = _names_by_letter(lexicon.words, topics.words).get(word[0], ())
    found = process.extract(word, names, scorer=OSA.distance, score_cutoff=slips, limit=None)
    least = min((distance for _, distance, _ in found), default=0)
    return [
        name
        for name, distance, _ in found
        if distance == least
        and is_content(name)
        and (not _is_medicine(name, lexicon) or _is_slip(word, name))
        and (name in lexicon.words or len(name) >= _LONG_WORD)
    ]


def _is_medicine(name: str, lexicon: Lexicon) -> bool:
    return any(concept.kind is Kind.MEDICINE for concept in lexicon.meaning(name))


def _is_slip(word: str, name: str) -> bool:
    """Names of medicines that look alike differ in a consonant: in a short one that is no slip."""
    return len(word) >= _LONG_NAME or _consonants(word) == _consonants(name) or sorted(word) == sorted(name)


def _consonants(word: str) -> str:
    """As they are heard: `ph` is `f`, `c` before a dark vowel is `k`; doubled ones count once."""
    heard = re.sub(r"ck|c(?![eiy])|q", "k", word.replace("ph", "f"))
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouyh]", "", heard.replace("c", "s").replace("z", "s")))


@lru_cache(maxsize=4)
def _names_by_letter(*words: frozenset[str]) -> Mapping[str, Sequence[str]]:
    by_letter: dict[str, list[str]] = {}
    for word in sorted(frozenset().union(*words)):
        by_letter.setdefault(word[0], []).append(word)
    return by_letter
