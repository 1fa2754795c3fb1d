"""The classifier that ships, and the embedder that it listens through, which is handed in: moderation has none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from moderation import classifier
from moderation.classifier import Classifier, Embed, Vectors

WEIGHTS = Path(__file__).parent / "weights" / "en.npz"


class Embedder(classifier.Embedder, Protocol):
    def embed(self, texts: Sequence[str], /) -> Vectors: ...


_handed: list[Embedder] = []


def use_embedder(embedder: Embedder) -> None:
    _handed[:] = [embedder]


def embed() -> Embed | None:
    return _handed[0].embed if _handed else None


@cache
def shipped_classifier() -> Classifier:
    """Raises ClassifierError."""
    return classifier.load(WEIGHTS)


def make_ready() -> Classifier:
    """Loads what a first message would wait for. Raises ClassifierError, and whatever the embedder does."""
    shipped = shipped_classifier()
    for embedder in _handed:
        shipped.refuse_other(embedder)
        embedder.embed(["ready"])
    return shipped
