"""Vectors in the files of their index, memory-mapped, beside its words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.hybrid import CANDIDATES, best_of, rows_of, text_to_embed, unit
from pipeline.postings import mapped
from pipeline.protocols import Embedder
from pipeline.types import Passage

_COARSE = 64
"""Dimensions in which all passages are compared; the candidates then in all."""
_SAMPLE, _BLOCK = 20_000, 20_000
_FOLDER = "vectors"


class EmbeddedVectors:
    name = "embedded"

    def write(self, embedder: Embedder, before: Path | None) -> _Writer:
        return _Writer(embedder)

    def open(self, folder: Path) -> _Reader:
        return _Reader(folder / _FOLDER)


class _Writer:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._found: list[np.ndarray] = []

    def add(self, passages: Sequence[Passage]) -> None:
        rows = self._embedder.embed([text_to_embed(passage) for passage in passages])
        self._found.append(unit(rows).astype(np.float16))

    def finish(self, folder: Path) -> None:
        rows = np.concatenate(self._found)
        sample = rows[:: max(1, len(rows) // _SAMPLE)].astype(np.float32)
        _, directions = np.linalg.eigh(sample.T @ sample)  # the strongest stand last
        projection = np.ascontiguousarray(directions[:, -_COARSE:])
        blocks = (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
        coarse = np.concatenate([block.astype(np.float32) @ projection for block in blocks])
        (folder / _FOLDER).mkdir()
        for name, array in (("projection", projection), ("coarse", coarse), ("passages", rows)):
            np.save(folder / _FOLDER / f"{name}.npy", array)

    def clean_up(self) -> None:
        """An old index's files go with its folder."""


class _Reader:
    def __init__(self, folder: Path) -> None:
        self._projection, self._coarse, self._rows = (
            mapped(folder / f"{name}.npy") for name in ("projection", "coarse", "passages")
        )

    def compare(self, asked: np.ndarray, also: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nearest = best_of(self._coarse @ (asked @ self._projection), CANDIDATES)
        places = np.union1d(also, nearest)
        return places, rows_of(self._rows, places) @ asked

    def check(self) -> None:
        """They are there as long as the index is."""


EMBEDDED = EmbeddedVectors()
