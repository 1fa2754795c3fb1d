"""Which passages are worth a closer look: by words and by meaning together. Pure.

Four things count. Words (BM25) and meaning (the vectors' cosine), each of the whole question and of what it asks:
a long story drowns its question otherwise. Then how near the title is in meaning, and how much of the title the
question names: documents of one topic differ in their text, those of different topics in their title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from pipeline.postings import Postings
from pipeline.protocols import PassageVectors
from pipeline.query import Query
from pipeline.types import Passage
from pipeline.words import raw_words, stem, stems, words_of

WORDS, MEANING, TITLE_MEANING, TITLE_NAMED = 0.5, 0.5, 0.2, 0.075
CANDIDATES = 2_000
"""Passages of each half that are weighed by all four."""
_FUNCTION_WORDS = words_of(
    """
    a about am an and any are as at be been being both but by can can't cannot could did do does doesn't doing don't
    each for from had has have having he her hers him his how i i'd i'll i'm i've if im in into is isn't it it's its ive
    just me mine my of on or our ours she should so some than thank thanks that that's the their them then there these
    they this those to too us was we were what what's when where whether which who whom whose why will with would you
    your yours hi hello dear please
    """
)
"""Words without a meaning of their own. Fewer than `words` leaves out: here "treatment" says which part is wanted."""


_ASKS = re.compile(
    r"\?|\b(?:what|how|why|when|where|which|who|can|could|should|would|will|does|do i|(?:is|are) there|please|"
    r"wondering|want to know|need|looking for|help|advise|information)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the two halves look for it: whole, and what it asks."""

    texts: tuple[str, str]
    terms: tuple[frozenset[str], frozenset[str]]

    @classmethod
    def of(cls, query: Query) -> Asked:
        own = set(stems(query.text))
        carried = " ".join(term for term in query.terms if term not in own)
        names = " ".join(concept.name for concept in sorted(query.concepts))
        texts = tuple(f"{text} {carried}".strip() for text in (query.text, _asking_part(query.text)))
        whole, asks = (search_terms(text) | search_terms(names) for text in texts)
        return cls((texts[0], texts[1]), (whole, asks))


def _asking_part(text: str) -> str:
    """Its first sentence, which mostly names the subject, and those that ask or want something."""
    first, *others = [part for part in re.split(r"(?<=[.?!])\s+|\n+", text) if raw_words(part)] or [text]
    return " ".join([first, *(part for part in others if _ASKS.search(part))])


def search_terms(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in raw_words(text) if word not in _FUNCTION_WORDS)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an index's passages and titles mean."""

    passages: PassageVectors
    titles: np.ndarray


def text_to_embed(passage: Passage) -> str:
    return ". ".join(part for part in (passage.title, passage.heading, passage.text) if part)


def rank(
    asked: Asked,
    words: Postings,
    titles: Postings,
    title_of: np.ndarray,
    meaning: Meaning | None,
    asks: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Places of the passages, best first, and their scores. `asks`: the vectors of the texts; None: by words alone.

    Raises ProviderError, where the vectors can't be compared.
    """
    by_words = [_of_best(words.scores(terms)) for terms in asked.terms]
    scores = WORDS * (by_words[0] + by_words[1]) / 2
    found = best_of(scores, CANDIDATES)
    found = found[scores[found] > 0]
    named = titles.scores(asked.terms[0])
    if meaning is not None and asks is not None:
        asks = unit(asks)
        found, near = meaning.passages.compare(asks.mean(axis=0), found)
        of_found, place = np.unique(title_of[found], return_inverse=True)  # few titles have many of the passages
        by_title = (rows_of(meaning.titles, of_found) @ asks[0])[place]
        total = scores[found] + MEANING * near + TITLE_MEANING * by_title
    else:
        total = scores[found]
    total = total + TITLE_NAMED * named[title_of[found]]
    order = np.argsort(-total, kind="stable")
    return found[order], total[order]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; an empty one stays so."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))


def _of_best(scores: np.ndarray) -> np.ndarray:
    best = scores.max(initial=0.0)
    return np.asarray(scores / best) if best > 0 else scores


def best_of(scores: np.ndarray, count: int) -> np.ndarray:
    """Places of the greatest, ascending."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.sort(np.argpartition(-scores, count)[:count])


def rows_of(mapped: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.asarray(mapped[places], dtype=np.float32)
