"""How well documents are found for questions with known answers: files in, figures out. No Django, no index.

Files as in public sets: documents and questions as JSON lines (`.gz` too), relevance as tab-separated lines.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline import types
from pipeline.chunking import cut

GRADED_FROM, RELEVANT_GRADE = 2, 2
"""Where a set has grades as high as this, what has at least this one is relevant; else whatever has a grade above 0."""
NEAR, FAR, DEEP = 5, 10, 50
"""How many of the first documents the figures look at."""


class InvalidData(Exception):
    """A file can't be used; the text says which line of it, and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    id: str
    set: str
    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one question, or the means of a set."""

    ndcg10: float
    recall5: float
    hit5: float
    mrr10: float
    hit1: float
    recall50: float
    ndcg10_judged_only: float
    judged_at_10: float


# Reading


def read_corpus(path: Path) -> Iterator[list[types.Passage]]:
    """The passages of each document. Raises InvalidData."""
    seen: set[str] = set()
    for line, row in _rows(path):
        document = _text(path, line, row, "id")
        if document in seen:
            raise InvalidData(f"{path.name}, line {line}: the id {document} was there before")
        seen.add(document)
        title, text = _text(path, line, row, "title", empty=True), _text(path, line, row, "text")
        yield [
            types.Passage(f"{document}#{place}", document, title, block.heading, block.text, place)
            for place, block in enumerate(cut(text))
        ]


def read_queries(path: Path) -> list[Asked]:
    """Raises InvalidData."""
    found = [
        Asked(_text(path, line, row, "id"), str(row.get("set", "all")), _text(path, line, row, "text"))
        for line, row in _rows(path)
    ]
    if not found:
        raise InvalidData(f"{path.name} has no questions")
    return found


def read_relevance(path: Path) -> dict[str, dict[str, int]]:
    """Grades by question and document. Raises InvalidData."""
    found: dict[str, dict[str, int]] = {}
    for line, text in _lines(path):
        cells = text.split("\t")
        if line == 1 and len(cells) == 3 and not cells[-1].strip().lstrip("-").isdigit():
            continue  # the names of the columns
        try:
            query, document, grade = cells
            found.setdefault(query, {})[document] = int(grade)
        except ValueError:
            raise InvalidData(f"{path.name}, line {line}: not question, document and grade, parted by tabs") from None
    if not found:
        raise InvalidData(f"{path.name} has no grades")
    return found


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, text in _lines(path):
        try:
            row = json.loads(text)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise InvalidData(f"{path.name}, line {line}: no JSON object")
        yield line, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    yield line, text.rstrip("\r\n")
    except (OSError, EOFError) as error:
        raise InvalidData(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError:
        raise InvalidData(f"{path.name} isn't UTF-8") from None


def _text(path: Path, line: int, row: Mapping[str, Any], name: str, *, empty: bool = False) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not (value.strip() or empty):
        raise InvalidData(f"{path.name}, line {line}: no {name}")
    return value


# Scoring


def score(
    queries: Sequence[Asked], relevance: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, Figures]]:
    """By set: how many questions have a relevant document, and the means over these."""
    sets: dict[str, list[Asked]] = {}
    for query in queries:
        sets.setdefault(query.set, []).append(query)
    scored: dict[str, tuple[int, Figures]] = {}
    for name, members in sorted(sets.items()):
        grades = [grade for query in members for grade in relevance.get(query.id, {}).values()]
        least = RELEVANT_GRADE if max(grades, default=0) >= GRADED_FROM else 1
        of_each = [
            figures
            for query in members
            if (figures := figures_of(found.get(query.id, ()), relevance.get(query.id, {}), least))
        ]
        if of_each:
            scored[name] = len(of_each), _mean(of_each)
    return scored


def figures_of(ranking: Sequence[str], grades: Mapping[str, int], least: int) -> Figures | None:
    """None: it has no relevant document."""
    relevant = {document for document, grade in grades.items() if grade >= least}
    if not relevant:
        return None
    judged = [document for document in ranking if document in grades]
    first = next((place for place, document in enumerate(ranking[:FAR], 1) if document in relevant), 0)
    return Figures(
        ndcg10=_gain(ranking, grades),
        recall5=len(relevant & set(ranking[:NEAR])) / len(relevant),
        hit5=float(bool(relevant & set(ranking[:NEAR]))),
        mrr10=1 / first if first else 0.0,
        hit1=float(first == 1),
        recall50=len(relevant & set(ranking[:DEEP])) / len(relevant),
        ndcg10_judged_only=_gain(judged, grades),
        judged_at_10=sum(document in grades for document in ranking[:FAR]) / FAR,
    )


def _gain(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """nDCG@10 with linear gains; the ideal is over the judged documents."""
    reached = _discounted(grades.get(document, 0) for document in ranking[:FAR])
    ideal = _discounted(sorted(grades.values(), reverse=True)[:FAR])
    return reached / ideal if ideal else 0.0


def _discounted(gains: Iterable[int]) -> float:
    return sum((gain / math.log2(place + 1) for place, gain in enumerate(gains, 1)), 0.0)


def _mean(figures: Sequence[Figures]) -> Figures:
    return Figures(*(sum(getattr(each, f.name) for each in figures) / len(figures) for f in fields(Figures)))
