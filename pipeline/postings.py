"""Which passages have which words, and how much each counts there: the lexical half of the index. Pure.

What a word counts in a passage is worked out when the index is built, so that a search only adds numbers up.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import numpy as np

_SATURATION, _BY_LENGTH = 1.2, 0.75  # k1 and b of BM25


class Postings:
    """Rows and what they count, word after word; the files are memory-mapped."""

    def __init__(
        self, size: int, terms: Mapping[str, int], starts: np.ndarray, rows: np.ndarray, counts: np.ndarray
    ) -> None:
        self.size = size
        self.terms = terms
        """Each word's place in `starts`."""
        self._starts, self._rows, self._counts = starts, rows, counts

    def scores(self, terms: Collection[str]) -> np.ndarray:
        """What these words count together, for each row."""
        scores = np.zeros(self.size, dtype=np.float32)
        for term in terms:
            if (place := self.terms.get(term)) is not None:
                found = slice(self._starts[place], self._starts[place + 1])
                scores[self._rows[found]] += self._counts[found]  # a row is there once for each word
        return scores

    def rows_with(self, term: str) -> int:
        place = self.terms[term]
        return int(self._starts[place + 1] - self._starts[place])

    def save(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "terms.json").write_text(json.dumps({"size": self.size, "terms": list(self.terms)}))
        for name, values in (("starts", self._starts), ("rows", self._rows), ("counts", self._counts)):
            np.save(folder / f"{name}.npy", values)

    @classmethod
    def load(cls, folder: Path) -> Postings:
        about = json.loads((folder / "terms.json").read_text())
        starts, rows, counts = (mapped(folder / f"{name}.npy") for name in ("starts", "rows", "counts"))
        return cls(about["size"], {term: n for n, term in enumerate(about["terms"])}, np.array(starts), rows, counts)


class PostingsBuilder:
    """Takes rows one by one."""

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._row, self._term, self._weight = array("i"), array("i"), array("f")
        self._lengths = array("i")

    def add(self, fields: Iterable[tuple[float, Collection[str]]]) -> None:
        """The next row: its fields' words, and what a field weighs."""
        weights: dict[str, float] = {}
        length = 0
        for weight, words in fields:
            length += len(words)
            for word in words:
                weights[word] = weights.get(word, 0.0) + weight
        for word, weight in weights.items():
            self._row.append(len(self._lengths))
            self._term.append(self._terms.setdefault(word, len(self._terms)))
            self._weight.append(weight)
        self._lengths.append(length)

    def by_frequency(self) -> Postings:
        """BM25: rare words count more, repeated ones less each time, and the same in a long passage less."""
        lengths = np.array(self._lengths, dtype=np.float32)
        mean = float(lengths.sum()) / max(1, len(lengths)) or 1.0
        shortens = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * lengths / mean)

        def counts(rows: np.ndarray, weights: np.ndarray, rarity: np.ndarray) -> np.ndarray:
            return np.asarray(rarity * weights * (_SATURATION + 1) / (weights + shortens[rows]))

        return self._postings(counts)

    def by_share(self) -> Postings:
        """Each word counts as the share of its row's weight that it has: all words of a row count 1."""

        def counts(rows: np.ndarray, weights: np.ndarray, rarity: np.ndarray) -> np.ndarray:
            total = np.bincount(rows, rarity, minlength=len(self._lengths))
            return np.asarray(rarity / total[rows])

        return self._postings(counts)

    def _postings(self, count: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Postings:
        terms = np.array(self._term, dtype=np.int32)
        order = np.argsort(terms, kind="stable")
        rows, weights = np.array(self._row, dtype=np.int32)[order], np.array(self._weight, dtype=np.float32)[order]
        found = np.bincount(terms, minlength=len(self._terms))
        rarity = np.array([inverse_frequency(int(n), len(self._lengths)) for n in found], dtype=np.float32)
        counts = count(rows, weights, rarity[terms[order]]).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(found)])
        return Postings(len(self._lengths), self._terms, starts, rows, counts)


def inverse_frequency(found: int, size: int) -> float:
    return math.log(1 + (size - found + 0.5) / (found + 0.5))


def mapped(path: Path) -> np.ndarray:
    """Memory-mapped, but for an empty one, which can't be."""
    try:
        return np.asanyarray(np.load(path, mmap_mode="r"))
    except ValueError:
        return np.asanyarray(np.load(path))
