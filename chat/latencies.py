"""How long things took, in counts by size: days add up to weeks, and percentiles can be read off any sum of them.

Sizes grow by an eighth of an octave, so that what is read off is at most 4.5 % from what was measured,
rounded to a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

Latencies = dict[str, int]
"""How many there were of each size; as JSON keeps it, with keys of text."""

_SIZES_IN_AN_OCTAVE = 8

STAGES = {
    "summarizing": ("", "summarized"),
    "retrieving": ("summarized", "retrieved"),
    "starting": ("retrieved", "first_text"),
    "writing": ("first_text", "written"),
    "first word": ("", "first_text"),
    "whole answer": ("", "written"),
}
"""From which of a reply's `timings` to which, beginning with its claim. The last two are what a patient waits for."""


def stages_of(timings: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """In milliseconds."""
    for stage, (begin, end) in STAGES.items():
        if end in timings:
            yield stage, timings[end] - timings.get(begin, 0)


def size_of(milliseconds: float) -> str:
    return str(round(_SIZES_IN_AN_OCTAVE * math.log2(max(milliseconds, 1))))


def milliseconds_of(size: str) -> int:
    return round(2 ** (int(size) / _SIZES_IN_AN_OCTAVE))


def together(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts by any name, added up."""
    total: dict[str, int] = {}
    for counts in several:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total


def percentile(latencies: Latencies, share: float) -> int | None:
    """The time in which so large a share of them was done. None: there were none."""
    place = math.ceil(sum(latencies.values()) * share)
    for size in sorted(latencies, key=int):
        place -= latencies[size]
        if place <= 0:
            return milliseconds_of(size)
    return None
