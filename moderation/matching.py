"""Finds what a compiled pattern names in a text, and what excuses it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Protocol

from moderation.folding import BORDER, LONGEST_WORD
from moderation.pattern_nodes import Node, regex, regex_of_clauses
from moderation.types import Span


class Line(Protocol):
    """Folded text, plain and with its clauses marked, which costs more."""

    @property
    def text(self) -> str: ...
    @property
    def clauses(self) -> str: ...


@dataclass(frozen=True)
class Part:
    node: Node
    begin: str
    end: str
    words: int
    """How many a match can have"""
    apart: int
    """How many characters may lie between it and the first part"""
    of_clauses: bool = False

    @cached_property
    def search(self) -> re.Pattern[str]:
        """Made when first wanted: of a thousand patterns few ever are."""
        return re.compile(self.begin + (regex_of_clauses if self.of_clauses else regex)(self.node) + self.end)

    @property
    def reach(self) -> int:
        return self.words * (LONGEST_WORD + 1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Each match has a needle of every set; the first part's sets, the rarest first, lie within it."""

    first_needles: tuple[frozenset[str], ...]
    other_needles: tuple[frozenset[str], ...]
    first: Part
    others: tuple[Part, ...]
    words: frozenset[str]
    denial: Part | None
    """What takes a part back: "no fever" is no fever"""

    def find(self, line: Line, start: int, last: int, end: int) -> Iterator[Span]:
        """Places that begin from `start` to `last`; the first part ends by `end`, the others may lie beyond."""
        while (match := self.first.search.search(line.text, start, end)) and match.start() <= last:
            start = line.text.index(" ", match.start()) + 1  # within it another may begin, and this one be excused
            if not self.others:
                yield match.span()
            elif not self._denied(line, match):
                near = [self._near(other, line, match) for other in self.others]
                if all(near):
                    yield from dict.fromkeys(_spanning(match, places) for places in zip(*near, strict=True))

    def _near(self, other: Part, line: Line, match: re.Match[str]) -> list[re.Match[str]]:
        """The first that is near, and the first behind the match: an exception may excuse the one and not the other."""
        low = max(0, match.start() - other.apart)
        found = other.search.finditer(line.text, low, min(len(line.text), match.end() + other.apart))
        undenied = (one for one in found if not self._denied(line, one))
        first = next(undenied, None)
        if first is None:
            return []
        behind = chain((first,), undenied)
        return [first, next((one for one in behind if one.start() >= match.end()), first)]

    def _denied(self, line: Line, place: re.Match[str]) -> bool:
        denial = self.denial
        return denial is not None and _in_its_clause(line, lambda text: _stands_before(denial, text, place.start()))


def _spanning(match: re.Match[str], others: Iterable[re.Match[str]]) -> Span:
    spans = [match.span(), *(other.span() for other in others)]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _in_its_clause(line: Line, holds: Callable[[str], object]) -> bool:
    """The clauses are asked for only where the words alone are there."""
    return bool(holds(line.text) and holds(line.clauses))


def _stands_before(part: Part, text: str, start: int) -> bool:
    """The first word at `start` is the last that `part` may look at."""
    low = start
    for _ in range(part.words + 1):
        low = text.rfind(" ", 0, max(0, low))
    end = text.find(" ", start)
    border = text.find(BORDER, start, end)
    return bool(part.search.search(text, max(0, low), end if border < 0 else border))


@dataclass(frozen=True, slots=True)
class Exemption:
    """Cancels a place that it covers, or, where it has an `@`, one that stands between its two sides."""

    before: Part | None
    after: Part | None
    whole: Part | None
    words: frozenset[str]

    def cancels(self, line: Line, place: Span) -> bool:
        return _in_its_clause(line, lambda text: self._holds(text, place))

    def _holds(self, text: str, place: Span) -> bool:
        start, end = place
        if self.whole:
            low = max(0, start - self.whole.reach)
            covering = self.whole.search.finditer(text, low, min(len(text), end + self.whole.reach))
            return any(match.start() <= start and end <= match.end() for match in covering)
        if self.before and not _stands_before(self.before, text, start):
            return False
        return not self.after or bool(self.after.search.match(text, end))
