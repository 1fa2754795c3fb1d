"""Charts as numbers for an SVG of a fixed size: where lines, bars, grid and words stand. Pure; templates draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

Words = Callable[[float], str]
"""How a value is written."""

WIDTH, HEIGHT = 400, 190
LEFT, RIGHT, TOP, BOTTOM = 48, 392, 10, 162
BAR_LEFT, BAR_RIGHT, BAR_HEIGHT = 4, 330, 12
_STEPS = (1, 2, 2.5, 5, 10)
_GRID_LINES = 4


def as_count(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def as_short_count(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def as_time(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    values: Sequence[float | None]
    """None: there is nothing to tell there."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Words, or the place for some that are shown when somebody points there."""

    x: float
    y: float
    text: str
    width: float = 0


@dataclass(frozen=True)
class Lines:
    series: Sequence[Series]
    labels: Sequence[str]
    """Along the bottom, for each value."""
    words: Words = as_count
    short_words: Words = as_short_count
    width, height, left, right, top, bottom = WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)

    @property
    def paths(self) -> list[tuple[str, str]]:
        """The name of each series, and its line; a value that stands alone is a dot."""
        return [(one.name, self._path(one.values)) for one in self.series]

    def _path(self, values: Sequence[float | None]) -> str:
        drawn = []
        pen = "M"
        for place, value in enumerate(values):
            if value is None:
                pen = "M"
                continue
            drawn.append(f"{pen}{self._x(place):.1f} {self._y(value):.1f}{'h0' if pen == 'M' else ''}")
            pen = "L"
        return "".join(drawn)

    @property
    def grid(self) -> list[Mark]:
        step = self._step
        lines = [step * number for number in range(math.ceil(self._most / step) + 1)]
        return [Mark(self.left, round(self._y(value), 1), self.short_words(value)) for value in lines]

    @property
    def ticks(self) -> list[Mark]:
        """The first label, the last and one in the middle."""
        last = len(self.labels) - 1
        places = sorted({0, last // 2, last}) if last > 1 else range(last + 1)
        return [Mark(round(self._x(place), 1), self.bottom, self.labels[place]) for place in places]

    @property
    def points(self) -> list[Mark]:
        width = (self.right - self.left) / max(1, len(self.labels))
        return [
            Mark(round(self._x(place) - width / 2, 1), self.top, self._told(place), round(width, 1))
            for place in range(len(self.labels))
        ]

    def _told(self, place: int) -> str:
        values = [(one.name, one.values[place]) for one in self.series]
        told = ", ".join(f"{name} {self.words(value)}" for name, value in values if value is not None)
        return f"{self.labels[place]}: {told or 'nothing'}"

    @cached_property
    def _most(self) -> float:
        return max((value for one in self.series for value in one.values if value), default=1)

    @cached_property
    def _step(self) -> float:
        """A round number, of which a few reach the highest value; counts have no halves."""
        rough = self._most / _GRID_LINES
        size = 10.0 ** math.floor(math.log10(rough))
        return max(1.0, next(size * step for step in _STEPS if size * step >= rough))

    def _x(self, place: int) -> float:
        last = len(self.labels) - 1
        return self.left + (self.right - self.left) * (place / last if last else 0.5)

    def _y(self, value: float) -> float:
        step = self._step
        highest = step * math.ceil(self._most / step)
        return self.bottom - (self.bottom - self.top) * value / highest


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    text: str
    series: int

    @property
    def after(self) -> float:
        return round(self.x + self.width + 5, 1)


@dataclass(frozen=True, slots=True)
class Bars:
    """Lying, each row under its label: `rows` are labels with a value for each of `names`."""

    names: Sequence[str]
    rows: Sequence[tuple[str, Sequence[float | None]]]
    words: Words = as_count
    width, bar_height = WIDTH, BAR_HEIGHT

    @property
    def is_empty(self) -> bool:
        return not any(value for _, values in self.rows for value in values)

    @property
    def height(self) -> int:
        return len(self.rows) * self._row_height + 4

    @property
    def _row_height(self) -> int:
        return 20 + (self.bar_height + 3) * len(self.names)

    @property
    def labels(self) -> list[Mark]:
        return [Mark(BAR_LEFT, place * self._row_height + 15, label) for place, (label, _) in enumerate(self.rows)]

    @property
    def bars(self) -> list[Bar]:
        most = max((value for _, values in self.rows for value in values if value), default=1)
        return [
            Bar(
                BAR_LEFT,
                place * self._row_height + 20 + series * (self.bar_height + 3),
                round(max(1.0, (BAR_RIGHT - BAR_LEFT) * value / most), 1),
                self.words(value),
                series + 1,
            )
            for place, (_, values) in enumerate(self.rows)
            for series, value in enumerate(values)
            if value is not None
        ]

    @property
    def paths(self) -> list[tuple[str, str]]:
        """For the key."""
        return [(name, "") for name in self.names] if len(self.names) > 1 else []
