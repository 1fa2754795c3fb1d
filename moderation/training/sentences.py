"""The sentences that the classifier learns from: files of patterns, each of which makes some sentences."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

FOLDER = Path(__file__).parent
NONE = "none"
"""The label of sentences in which nothing is to be heard"""


class TrainingError(ValueError):
    """One line that names file and line."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row of a training file: a sentence, or several in one, where `{a|b|}` stands for a choice."""

    text: str
    label: str
    group: str


def read(folder: Path) -> list[Pattern]:
    """Raises TrainingError."""
    patterns = [pattern for path in sorted(folder.glob("*.jsonl")) for pattern in _read_file(path)]
    labels = {pattern.label for pattern in patterns}
    if NONE not in labels or len(labels) < 2:
        raise TrainingError(f"{folder}: there must be sentences of at least one label, and some with “{NONE}”")
    return patterns


def _read_file(path: Path) -> list[Pattern]:
    patterns = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            pattern = Pattern(row["text"], row["label"], row["group"])
        except (ValueError, KeyError, TypeError):
            raise TrainingError(f"{path.name}, line {number}: a row is an object with text, label and group") from None
        if not all(isinstance(part, str) and part.strip() for part in (pattern.text, pattern.label, pattern.group)):
            raise TrainingError(f"{path.name}, line {number}: text, label and group must be words")
        if not re.fullmatch(r"[^{}]*(?:\{[^{}]*\}[^{}]*)*", pattern.text):
            raise TrainingError(f"{path.name}, line {number}: braces stand in pairs, and not within one another")
        patterns.append(pattern)
    return patterns


def expand(pattern: Pattern, most: int, seed: int) -> list[str]:
    """Its sentences; where there are more than `most`, a draw without repeats."""
    fixed_and_choices = [part.split("|") for part in re.split(r"[{}]", pattern.text)]
    fixed_and_choices[::2] = [["|".join(part)] for part in fixed_and_choices[::2]]
    count = prod(map(len, fixed_and_choices))
    drawn: Iterable[int] = range(count)
    if count > most:
        drawn = random.Random(f"{seed} {pattern.text}").sample(range(count), most)
    return list(dict.fromkeys(" ".join(_choose(fixed_and_choices, number).split()) for number in drawn))


def _choose(parts: Sequence[Sequence[str]], number: int) -> str:
    chosen = []
    for part in parts:
        number, place = divmod(number, len(part))
        chosen.append(part[place])
    return "".join(chosen)


def version(patterns: Sequence[Pattern], settings: object, fingerprint: str) -> str:
    """Of all that makes the weights what they are."""
    rows = sorted((pattern.label, pattern.group, pattern.text) for pattern in patterns)
    return hashlib.sha256(repr((rows, settings, fingerprint)).encode()).hexdigest()[:12]
