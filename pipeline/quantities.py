"""Numbers in a text with what they count, written one way: `1,000 mg` is `1 g`, and `4 to 6 hours` are two. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isclose

_NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100,
}  # fmt: skip
_UNITS: dict[str, tuple[str, float]] = {
    r"milligrams?|milligrammes?|mg": ("mg", 1),
    r"micrograms?|microgrammes?|mcg|[µμ]g": ("mg", 0.001),
    r"kilograms?|kilos?|kg": ("mg", 1e6),
    r"grams?|grammes?|g": ("mg", 1000),
    r"millilit(?:re|er)s?|ml": ("ml", 1),
    r"lit(?:re|er)s?|l": ("ml", 1000),
    r"seconds?|secs?": ("minutes", 1 / 60),
    r"minutes?|mins?": ("minutes", 1),
    r"hours?|hrs?": ("minutes", 60),
    r"days?|nights?": ("minutes", 60 * 24),
    r"weeks?|wks?": ("minutes", 60 * 24 * 7),
    r"months?": ("months", 1),
    r"years?|yrs?": ("months", 12),
    r"times?": ("times", 1),
    r"°\s*[CF]?|degrees?|[CF]\b": ("degrees", 1),
    r"%|per\s?cent|percent": ("%", 1),
    r"tablets?|caplets?|pills?|capsules?": ("tablets", 1),
    r"mmhg": ("mmhg", 1),
    r"cent?imet(?:re|er)s?|cm": ("mm", 10),
    r"millimet(?:re|er)s?|mm": ("mm", 1),
}
_ANY_UNIT = "|".join(f"(?P<u{place}>{forms})" for place, forms in enumerate(_UNITS))
_UNIT_OF = list(_UNITS.values())
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_QUANTITY = re.compile(
    rf"(?<![\w.,])(?P<number>{_DIGITS}|{'|'.join(_NUMBER_WORDS)})(?!\w*[a-z]\d)"
    rf"(?:[\s-]*(?:{_ANY_UNIT})(?![a-z]))?",
    re.IGNORECASE,
)
_ONE = re.compile(rf"\b(?P<number>one|twice)\b(?:[\s-]+(?:{_ANY_UNIT})(?![a-z]))?", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:to|or|and|[-–—/])\s*", re.IGNORECASE)
_CITED = re.compile(r"\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Quantity:
    written: float
    number: float
    """In the unit that stands for its like: minutes, milligrams."""
    unit: str = ""
    """Empty: of what isn't told."""

    def agrees_with(self, other: Quantity) -> bool:
        """A bare number agrees with the same number of anything."""
        if self.unit and other.unit:
            return self.unit == other.unit and isclose(self.number, other.number)
        return isclose(self.written, other.written)


def quantities(text: str) -> frozenset[Quantity]:
    """`4 to 6 hours` are `4 hours` and `6 hours`; numbers of sources are none."""
    text = _CITED.sub(" ", text)
    found: list[tuple[re.Match[str], float, str, float]] = []
    for match in _QUANTITY.finditer(text):
        unit, scale = _unit_of(match)
        found.append((match, _value(match["number"]), unit, scale))
    given: set[Quantity] = set()
    for place, (match, number, unit, scale) in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        if not unit and after and _BETWEEN.fullmatch(text, match.end(), after[0].start()):
            unit, scale = after[2], after[3]
        given.add(Quantity(number, round(number * scale, 6), unit))
    return frozenset(given | set(_ones(text)))


def _ones(text: str) -> set[Quantity]:
    """Words that are numbers only with a unit behind them, or that are times: `one tablet`, `twice a day`."""
    given: set[Quantity] = set()
    for match in _ONE.finditer(text):
        word = match["number"].casefold()
        if word == "twice":
            given.add(Quantity(2, 2, "times"))
            continue
        unit, scale = _unit_of(match)
        if word == "one" and unit:
            given.add(Quantity(1, round(scale, 6), unit))
    return given


def _unit_of(match: re.Match[str]) -> tuple[str, float]:
    for place, unit in enumerate(_UNIT_OF):
        if match[f"u{place}"]:
            return unit
    return "", 1.0


def _value(number: str) -> float:
    return float(_NUMBER_WORDS.get(number.casefold()) or number.replace(",", ""))
