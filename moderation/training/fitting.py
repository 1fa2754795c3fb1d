"""Fits the classifier to sentences: logistic regression, by gradient descent. Pure: numpy only.

The same sentences, seed and embedder make the same weights.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from moderation.classifier import BUCKETS, Classifier, Embed, Embedder, Vectors, Windows, of_text, windows_of
from moderation.training.sentences import NONE, Pattern, expand
from moderation.types import SELF_HARM_CRISIS

Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Settings:
    seed: int = 6
    variants: int = 10
    """At most so many sentences are made of one pattern"""
    shrinking: float = 1e-4
    steps: int = 160
    folds: int = 3
    false_alarms: float = 0.004
    """The bar of a label lies where, left out of training, this share of the harmless sentences would be over it"""
    false_alarms_of_crisis: float = 0.015
    """A crisis that is missed weighs more than kind words too many"""


@dataclass(frozen=True, slots=True)
class Figure:
    """What cross-validation says of a label: of sentences whose whole group the models had not seen."""

    label: str
    group: str
    heard: int
    of: int


# What the models are fitted to


@dataclass(frozen=True, slots=True, eq=False)
class _Examples:
    """Windows of all sentences under one another. `owner`: which sentence a window is of."""

    vectors: Vectors
    buckets: Vectors
    starts: Vectors
    lengths: Vectors
    owner: Vectors
    targets: Vectors
    weights: Vectors


def _examples(sentences: Sequence[tuple[Pattern, str]], labels: Sequence[str], embed: Embed) -> _Examples:
    """Of a harmless text every window is harmless; of another one only the whole is known to be what its label says."""
    made: list[tuple[int, Windows]] = []
    for place, (pattern, text) in enumerate(sentences):
        windows = windows_of(text, embed, whole=pattern.label != NONE)
        if windows is not None:
            made.append((place, windows))
    counts = [len(windows.spans) for _, windows in made]
    owner = np.repeat([place for place, _ in made], counts)
    sizes = np.cumsum([0] + [len(windows.buckets) for _, windows in made[:-1]])
    per_pattern: dict[str, int] = {}
    for pattern, _ in sentences:
        per_pattern[pattern.text] = per_pattern.get(pattern.text, 0) + 1
    known = np.array([[pattern.label == label for label in labels] for pattern, _ in sentences], dtype=np.float32)
    weights = np.array([per_pattern[pattern.text] ** -0.5 for pattern, _ in sentences], dtype=np.float32)
    shares = np.repeat([1 / count for count in counts], counts) ** 0.5
    return _Examples(
        vectors=np.concatenate([windows.vectors for _, windows in made]),
        buckets=np.concatenate([windows.buckets for _, windows in made]),
        starts=np.concatenate([windows.starts + size for (_, windows), size in zip(made, sizes, strict=True)]),
        lengths=np.concatenate([windows.lengths for _, windows in made]),
        owner=owner,
        targets=known[owner],
        weights=weights[owner] * shares.astype(np.float32),
    )


def _chosen(examples: _Examples, rows: Vectors) -> _Examples:
    ends = np.append(examples.starts[1:], len(examples.buckets))
    runs = [np.arange(examples.starts[row], ends[row]) for row in rows]
    counts = np.array([len(run) for run in runs])
    return _Examples(
        vectors=examples.vectors[rows],
        buckets=examples.buckets[np.concatenate(runs)],
        starts=np.concatenate(([0], counts[:-1].cumsum())),
        lengths=examples.lengths[rows],
        owner=examples.owner[rows],
        targets=examples.targets[rows],
        weights=examples.weights[rows],
    )


# Fitting


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    dense: Vectors
    hashed: Vectors
    bias: Vectors

    def scores(self, examples: _Examples | Windows) -> Vectors:
        from_words = np.add.reduceat(self.hashed[examples.buckets], examples.starts, axis=0)
        return np.asarray(examples.vectors @ self.dense + from_words / examples.lengths + self.bias)


def _fit(examples: _Examples, settings: Settings, progress: Progress) -> _Model:
    """Accelerated gradient descent. No value is longer than a unit vector, an example's words and one: a safe step."""
    count = examples.targets.shape[1]
    used, places = np.unique(examples.buckets, return_inverse=True)
    owners = np.repeat(np.arange(len(examples.starts)), np.diff(np.append(examples.starts, len(examples.buckets))))
    weights = (examples.weights / examples.weights.sum())[:, None]
    sizes = (examples.vectors.shape[1], len(used), 1)
    now = np.zeros((sum(sizes), count), dtype=np.float32)
    before, pace, step = now, 1.0, 1.0
    for _ in progress(range(settings.steps)):
        following = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = now + (pace - 1) / following * (now - before)
        dense, hashed, bias = np.split(ahead, np.cumsum(sizes)[:-1])
        from_words = np.add.reduceat(hashed[places], examples.starts, axis=0) / examples.lengths
        scores = examples.vectors @ dense + from_words + bias
        wrong = weights * (1 / (1 + np.exp(-np.clip(scores, -30, 30))) - examples.targets)
        per_bucket = (wrong / examples.lengths)[owners]
        of_words = [np.bincount(places, per_bucket[:, column], len(used)) for column in range(count)]
        slope = np.concatenate([examples.vectors.T @ wrong, np.stack(of_words, axis=1), wrong.sum(0, keepdims=True)])
        slope[:-1] += settings.shrinking * ahead[:-1]
        before, now, pace = now, (ahead - step * slope).astype(np.float32), following
    dense, hashed, bias = np.split(now, np.cumsum(sizes)[:-1])
    everywhere = np.zeros((BUCKETS, count), dtype=np.float32)
    everywhere[used] = hashed
    return _Model(dense, everywhere, bias[0])


def train(
    patterns: Sequence[Pattern],
    embedder: Embedder,
    embed: Embed,
    *,
    version: str,
    settings: Settings,
    progress: Progress = iter,
) -> tuple[Classifier, list[Figure]]:
    """The classifier, and what it heard of sentences that were left out."""
    labels = tuple(sorted({pattern.label for pattern in patterns} - {NONE}))
    sentences = [(pattern, text) for pattern in patterns for text in expand(pattern, settings.variants, settings.seed)]
    examples = _examples(sentences, labels, embed)
    left_out = np.full((len(sentences), len(labels)), -np.inf, dtype=np.float32)
    for fold in _folds(patterns, settings):
        outside = np.array([pattern.text in fold for pattern, _ in sentences])
        model = _fit(_chosen(examples, np.flatnonzero(~outside[examples.owner])), settings, progress)
        for place in np.flatnonzero(outside):
            if windows := windows_of(sentences[place][1], embed):
                left_out[place] = of_text(model.scores(windows))
    thresholds = _thresholds(sentences, labels, left_out, settings)
    model = _fit(examples, settings, progress)
    classifier = Classifier(
        version=version,
        embedder=embedder.name,
        dimension=embedder.dimension,
        fingerprint=embedder.fingerprint(),
        labels=labels,
        thresholds=thresholds,
        dense=model.dense,
        hashed=model.hashed,
        bias=model.bias,
    )
    return classifier, list(_figures(sentences, labels, left_out >= thresholds))


def _folds(patterns: Sequence[Pattern], settings: Settings) -> list[set[str]]:
    """Patterns, not sentences, are left out: two sentences of one pattern know each other's answer."""
    texts = sorted({pattern.text for pattern in patterns})
    random.Random(settings.seed).shuffle(texts)
    return [set(texts[number :: settings.folds]) for number in range(settings.folds)]


def _thresholds(
    sentences: Sequence[tuple[Pattern, str]], labels: Sequence[str], scores: Vectors, settings: Settings
) -> Vectors:
    harmless = scores[[pattern.label == NONE for pattern, _ in sentences]]
    shares = [
        settings.false_alarms_of_crisis if label == SELF_HARM_CRISIS else settings.false_alarms for label in labels
    ]
    bars = [np.quantile(harmless[:, column], 1 - share) for column, share in enumerate(shares)]
    return np.array(bars, dtype=np.float32)


def _figures(sentences: Sequence[tuple[Pattern, str]], labels: Sequence[str], heard: Vectors) -> Iterator[Figure]:
    groups = sorted({(pattern.label, pattern.group) for pattern, _ in sentences})
    for label, group in groups:
        rows = [
            place for place, (pattern, _) in enumerate(sentences) if (pattern.label, pattern.group) == (label, group)
        ]
        hits = heard[rows].any(axis=1) if label == NONE else heard[rows, labels.index(label)]
        yield Figure(label, group, int(hits.sum()), len(rows))
