"""Amounts of medicines in a text, and doses: amounts that somebody is told to take. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER_WORDS = {
    "half": "0.5", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30",
    "forty": "40", "fifty": "50", "hundred": "100",
}  # fmt: skip
_UNITS = {
    "mg": r"mg|milligrams?|milligrammes?",
    "mcg": r"mcg|[µμ]g|micrograms?|microgrammes?",
    "g": r"g|grams?|grammes?",
    "ml": r"ml|millilitres?|milliliters?",
    "units": r"units?|iu|international units?",
    "tablets": r"tablets?|tabs?|caplets?|pills?|capsules?|lozenges?",
    "spoons": r"(?:tea|table)?spoon(?:ful)?s?",
    "puffs": r"puffs?|sprays?",
    "drops": r"drops?",
    "sachets": r"sachets?|patch(?:es)?|suppositor(?:y|ies)|ampoules?|vials?",
}
_ANY_UNIT = "|".join(f"(?P<{name}>{forms})" for name, forms in _UNITS.items())
_AMOUNT = re.compile(
    r"(?<![\w.,])(?=[\dhotfsen])(?:"  # with which a number begins: in most places nothing else is looked at
    rf"(?P<number>\d[\d,]*(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)})(?:\s+a)?[\s-]*(?:{_ANY_UNIT})(?![\w/])"
    rf"(?!\s*per\s+(?:(?:deci)?lit|kg)|\s*(?:strength\s+)?(?:of\s+)?(?:water|fluid|blood|urine|alcohol))"
    r"|(?P<per_kg>\d[\d,]*(?:\.\d+)?)\s*(?:mg|mcg|ml|g)\s*(?:/|per)\s*kg\b)",
    re.IGNORECASE,
)
_UNIT_WORD = re.compile(rf"(?:{'|'.join(_NUMBER_WORDS)})?a?(?:{_ANY_UNIT})(?:per(?:kg)?)?")
"""A run of letters without which there is no amount; written in one with what stands beside it, too."""
_NO_LETTERS = {place: " " for place in range(128) if not chr(place).isalpha()}
_TOLD = re.compile(
    r"\b(?:tak(?:e|es|ing|en)|giv(?:e|es|ing|en)|swallow|inject|chew|us(?:e|ing)|apply|dos(?:e|es|age)|start(?:ing)?|"
    r"hourly|every|daily|once|twice|times|(?:a|per|each)\s+(?:day|night|week|hour|dose)|up\s+to|max(?:imum)?|"
    r"at\s+(?:once|a\s+time)|no\s+more\s+than|at\s+least|in\s+24\s+hours)\b",
    re.IGNORECASE,
)
_EATEN = re.compile(
    r"\b(?:eat|eats|eating|caffeine|salt|sodium|sugars?|fibre|fiber|protein|carbohydrates?|carbs?|fat|cholesterol|"
    r"alcohol|meat|fruit|vegetables?|servings?|portions?|blood\s+(?:sugar|glucose))\b",
    re.IGNORECASE,
)
_GIVEN = (
    r"(?:doses?|shots?|injections?|jabs?|boosters?|vaccines?|vaccinations?|immuni[sz]ations?|vaccinated|immuni[sz]ed)"
)
_WHEN = (
    r"(?:every|once|twice|yearly|annual\w*|each\s+(?:day|week|month|year)|apart|"
    r"(?:\d+|\w+teen|\w+ty)\s+(?:years|months|weeks)|ages?|aged|or\s+older|and\s+older)"
)
_SCHEDULE = re.compile(
    rf"\b(?:\d+|one|two|three|four|five|single|second|third|fourth|another|one-time)(?:\s+|-)(?:\w+\s+)?{_GIVEN}\b|\bboosters?\b|"
    rf"\b{_GIVEN}\b[^.!?\n]{{0,120}}\b{_WHEN}\b|\b{_WHEN}\b[^.!?\n]{{0,120}}\b{_GIVEN}\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def amounts(text: str) -> frozenset[str]:
    """As `400 mg`, whatever way they are written; grams as milligrams."""
    return frozenset(map(_written_one_way, _AMOUNT.finditer(text)))


def doses(text: str) -> frozenset[str]:
    """The amounts that somebody is told to take, give or not to go beyond; not the strength of a tablet, not a food."""
    found: set[str] = set()
    if not _may_hold_amount(text) or not _AMOUNT.search(text):  # as nearly always
        return frozenset()
    for sentence in _SENTENCE.split(text):
        if _TOLD.search(sentence) and not _EATEN.search(sentence):
            found |= amounts(sentence)
    return frozenset(found)


def _may_hold_amount(text: str) -> bool:
    """In a sixth of the time of looking for one."""
    return not text.isascii() or any(map(_is_unit_word, text.lower().translate(_NO_LETTERS).split()))


@lru_cache(maxsize=4096)
def _is_unit_word(word: str) -> bool:
    return bool(_UNIT_WORD.fullmatch(word))


def tells_schedule(text: str) -> bool:
    """Whether it says how many shots or doses there are, how far apart, or at what age: that changes with the years."""
    return bool(_SCHEDULE.search(text))


def _written_one_way(amount: re.Match[str]) -> str:
    if amount["per_kg"]:
        return f"{_plain(amount['per_kg'])} a kg"
    unit = next(name for name in _UNITS if amount[name])
    number = _plain(amount["number"])
    return f"{float(number) * 1000:g} mg" if unit == "g" else f"{number} {unit}"


def _plain(number: str) -> str:
    number = _NUMBER_WORDS.get(number.casefold(), number.replace(",", ""))
    return number.rstrip("0").rstrip(".") if "." in number else number
