"""A linear classifier beside the phrases: it hears what no list of phrases foresaw. Pure: numpy only.

Each window of a text is given to one linear model for each label: over the window's vector from an embedder, which the
caller hands in, and over its words, pairs of words and parts of words, hashed. The weights are a plain array file.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import log
from pathlib import Path
from typing import Protocol
from zlib import crc32

import numpy as np

Vectors = np.ndarray
Embed = Callable[[Sequence[str]], Vectors]
"""One row for each text, of any length; all zeros where a text has no word."""

BUCKETS = 1 << 16
ALLOWANCE, STRONGEST = 0.3, 3


class ClassifierError(ValueError):
    """The weights can't be used; the message is one line that says why."""


class Embedder(Protocol):
    """What weights are bound to. Vectors of another embedder would mean nothing to them."""

    name: str
    dimension: int

    def fingerprint(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """The window in which a label was heard most. `margin`: what the text's log-odds are over the bar."""

    label: str
    margin: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    version: str
    embedder: str
    dimension: int
    fingerprint: str
    labels: tuple[str, ...]
    thresholds: Vectors
    """For each label the log-odds from which on it counts"""
    dense: Vectors
    """dimension × labels"""
    hashed: Vectors
    """BUCKETS × labels"""
    bias: Vectors

    def scores(self, windows: Windows) -> Vectors:
        """Log-odds, one row for each window and one column for each label."""
        from_words = np.add.reduceat(self.hashed[windows.buckets], windows.starts, axis=0)
        return np.asarray(windows.vectors @ self.dense + from_words / windows.lengths + self.bias)

    def findings(self, text: str, embed: Embed) -> list[Finding]:
        """The strongest window of each label that is heard; the label that is furthest over its bar first."""
        windows = windows_of(text, embed)
        if windows is None:
            return []
        scores = self.scores(windows)
        margins, worst = of_text(scores) - self.thresholds, scores.argmax(axis=0)
        found = [
            Finding(label, float(margins[column]), *windows.spans[worst[column]])
            for column, label in enumerate(self.labels)
            if margins[column] >= 0
        ]
        return sorted(found, key=lambda finding: -finding.margin)

    def refuse_other(self, embedder: Embedder) -> None:
        """Raises ClassifierError unless the weights were trained on the vectors of this very embedder."""
        have = (embedder.name, embedder.dimension, embedder.fingerprint())
        want = (self.embedder, self.dimension, self.fingerprint)
        for what, mine, yours in zip(("embedder", "dimension", "fingerprint"), want, have, strict=True):
            if mine != yours:
                raise ClassifierError(
                    f"The screening weights {self.version} were trained with {what} {mine}, and this is {yours}. "
                    "Install the packages of requirements.txt, or run: python manage.py train_screening"
                )


def of_text(scores: Vectors) -> Vectors:
    """A text's log-odds for each label: the mean of its strongest windows, at most half of a short text's.

    Neighbours hold the same sentence of danger, so that all of them hear it; chance strikes one. And each window is one
    more chance of a false alarm, for which something is taken off.
    """
    count = len(scores)
    most = min(STRONGEST, (count + 1) // 2)
    strongest = np.sort(scores, axis=0)[-most:]
    return np.asarray(np.add.reduce(strongest, axis=0) / most - ALLOWANCE * log(count))


def load(path: Path) -> Classifier:
    """Raises ClassifierError, whatever is wrong with the file."""
    try:
        with np.load(path, allow_pickle=False) as data:
            classifier = Classifier(
                version=str(data["version"]),
                embedder=str(data["embedder"]),
                dimension=int(data["dimension"]),
                fingerprint=str(data["fingerprint"]),
                labels=tuple(map(str, data["labels"])),
                thresholds=data["thresholds"].astype(np.float32),
                dense=data["dense"].astype(np.float32),
                hashed=data["hashed"].astype(np.float32),
                bias=data["bias"].astype(np.float32),
            )
    except FileNotFoundError:
        raise ClassifierError(f"{path.name} is missing. Run: python manage.py train_screening") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ClassifierError(f"{path.name} isn't a file of screening weights: {error}") from None
    count = len(classifier.labels)
    shapes = {
        "thresholds": (classifier.thresholds, (count,)),
        "dense": (classifier.dense, (classifier.dimension, count)),
        "hashed": (classifier.hashed, (BUCKETS, count)),
        "bias": (classifier.bias, (count,)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape or not np.isfinite(array).all():
            raise ClassifierError(f"{path.name} isn't a file of screening weights: {name} is not {shape} of numbers")
    return classifier


def save(classifier: Classifier, path: Path) -> None:
    """The same weights make the same bytes, so that a training can be repeated and compared."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            version=np.array(classifier.version),
            embedder=np.array(classifier.embedder),
            dimension=np.array(classifier.dimension),
            fingerprint=np.array(classifier.fingerprint),
            labels=np.array(classifier.labels),
            thresholds=classifier.thresholds.astype(np.float32),
            dense=classifier.dense.astype(np.float32),
            hashed=classifier.hashed.astype(np.float16),
            bias=classifier.bias.astype(np.float32),
        )


# Windows: a few sentences each, since one sentence of danger drowns in a page, and one alone may not show it

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
WHOLE_CHARS, WINDOW_CHARS, WINDOW_SENTENCES = 320, 260, 3


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What the models see of a text: of each window its unit vector, and its run of `buckets` from `starts` on."""

    spans: list[tuple[int, int]]
    vectors: Vectors
    buckets: Vectors
    starts: Vectors
    lengths: Vectors
    """Square roots of the numbers of buckets, as a column"""


def windows_of(text: str, embed: Embed, *, whole: bool = False) -> Windows | None:
    """None where there is no word. `whole`: as one window, whatever its length, as training reads its sentences."""
    sentences = [(span, words) for span in _sentences(text) if (words := words_of(text[slice(*span)]))]
    if not sentences:
        return None
    spans = [span for span, _ in sentences]
    groups = [(0, len(spans))] if whole else list(_groups(spans))
    sizes = [len(words) for _, words in sentences]
    sums = embed([text[start:end] for start, end in spans]) * np.array(sizes, dtype=np.float32)[:, None]
    vectors = np.array([np.add.reduce(sums[first:last], axis=0) for first, last in groups])
    lengths = np.sqrt(np.add.reduce(vectors * vectors, axis=1, keepdims=True))
    hashed = _Hashed([word for _, words in sentences for word in words])
    begins = [0, *accumulate(sizes)]
    runs = [hashed.buckets(begins[first], begins[last]) for first, last in groups]
    counts = [len(run) for run in runs]
    return Windows(
        spans=[(spans[first][0], spans[last - 1][1]) for first, last in groups],
        vectors=vectors / np.maximum(lengths, 1e-9),
        buckets=np.array([bucket for run in runs for bucket in run], dtype=np.int32),
        starts=np.array([0, *accumulate(counts[:-1])]),
        lengths=np.sqrt(counts, dtype=np.float32)[:, None],
    )


def _groups(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A short text whole; of any text each sentence, and each with those after it that still fit."""
    count = len(spans)
    if count > 1 and spans[-1][1] - spans[0][0] <= WHOLE_CHARS:
        yield 0, count
    for first in range(count):
        yield first, first + 1
        last = first + 1
        while last < min(first + WINDOW_SENTENCES, count) and spans[last][1] - spans[first][0] <= WINDOW_CHARS:
            last += 1
        if last > first + 1 and (first, last) != (0, count):
            yield first, last


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """What a patient wrote without a full stop is cut between words, with half of each piece in the next as well."""
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        while end - start > WINDOW_CHARS:
            cut = text.rfind(" ", start + WINDOW_CHARS // 2, start + WINDOW_CHARS)
            cut = cut if cut > start else start + WINDOW_CHARS
            yield start, cut
            middle = text.find(" ", start + (cut - start) // 2, cut)
            start = middle + 1 if middle > start else cut
        yield start, end


# Words

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'‘’‛ʼ´`\u00ad\u200b\u200c\u200d\u2060\ufeff"))
SHORTEST_IN_PARTS, PART_CHARS = 5, 4


def words_of(text: str) -> list[str]:
    """Folded, without apostrophes; a number is as good as another one of as many digits."""
    folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    return ["0" * len(word) if word.isdigit() else word for word in _WORD.findall(folded)]


class _Hashed:
    """Places in the hashed weights: of words, of pairs, of pairs with a word between, of parts of long words.

    Of a whole text, since windows overlap. Without numpy, whose calls take longer than so few numbers.
    """

    def __init__(self, words: Sequence[str]) -> None:
        hashes = [_hash(word) for word in words]
        self._words = [word % BUCKETS for word in hashes]
        self._pairs = _pairs(hashes, hashes[1:], 3)
        self._apart = _pairs(hashes, hashes[2:], 5)
        parts = [_parts(word) for word in words]
        self._parts = [part for of_word in parts for part in of_word]
        self._parts_begin = [0, *accumulate(map(len, parts))]

    def buckets(self, first: int, last: int) -> list[int]:
        """Of the words from `first` to before `last`, of which there is one at least."""
        return [
            *self._words[first:last],
            *self._pairs[first : last - 1],
            *self._apart[first : max(first, last - 2)],
            *self._parts[self._parts_begin[first] : self._parts_begin[last]],
        ]


def _pairs(left: Sequence[int], right: Sequence[int], kind: int) -> list[int]:
    return [
        (((one * 2_654_435_761 + other * 40_503 * kind) >> 5) + kind) % BUCKETS
        for one, other in zip(left, right, strict=False)
    ]


@lru_cache(maxsize=8192)
def _hash(word: str) -> int:
    return crc32(word.encode())


@lru_cache(maxsize=8192)
def _parts(word: str) -> tuple[int, ...]:
    """They forgive a slip of the finger in the rest of the word."""
    if len(word) < SHORTEST_IN_PARTS:
        return ()
    marked = f"<{word}>"
    parts = {marked[place : place + PART_CHARS] for place in range(len(marked) - PART_CHARS + 1)}
    return tuple(part % BUCKETS for part in sorted(map(_hash, parts)))
