"""What a text names: medicines, illnesses, and pregnancy, breast-feeding or childhood.

The gate on combinations stands on this: a question that names a medicine and something else is answered only from a
passage that names both. The names are in `pipeline/lexicon`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.words import raw_words, stem


class Kind(StrEnum):
    MEDICINE = "medicine"
    CONDITION = "condition"
    POPULATION = "population"


@dataclass(frozen=True, slots=True, order=True)
class Concept:
    kind: Kind
    name: str


PREGNANCY = Concept(Kind.POPULATION, "pregnancy")
BREASTFEEDING = Concept(Kind.POPULATION, "breast-feeding")
CHILDHOOD = Concept(Kind.POPULATION, "children")

_POPULATION_WORDS: Mapping[Concept, tuple[str, ...]] = {
    PREGNANCY: (
        "pregnant", "pregnancy", "pregnancies", "trimester", "expecting a baby", "expectant mother", "weeks gone",
        "trying to conceive", "trying for a baby", "unborn baby", "unborn child", "fetus", "foetus",
    ),
    BREASTFEEDING: (
        "breastfeeding", "breast feeding", "breastfeed", "breast feed", "breastfed", "breast fed", "nursing mother",
        "nursing my baby", "nursing a baby", "lactating", "lactation", "breast milk", "breastmilk",
    ),
    CHILDHOOD: (
        "child", "children", "kid", "kids", "baby", "babies", "infant", "infants", "toddler", "toddlers", "newborn",
        "newborns", "my son", "my daughter", "my boy", "my girl", "our son", "our daughter", "little one", "teenager",
        "teenagers", "teen", "teens", "grandson", "granddaughter", "grandchild", "grandchildren", "schoolchild",
        "under 12", "under 16", "under 18",
    ),
}  # fmt: skip

_AGE = re.compile(r"\b(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[ -]*"
                  r"(day|week|month|year|yr|mo|wk|yo|y/o)s?\b(?:[ -]*(?:old|of age))?")  # fmt: skip
_AGE_SAID = re.compile(r"\b(?:aged|age)\s+(\d{1,2})\b")
_OLD = re.compile(r"old|of age|yo|y/o")
_ADULT_AGE = 18


class Lexicon:
    """Finds concepts in a text, the longest name first."""

    def __init__(
        self, names: Mapping[str, Iterable[Concept]], suffixes: Mapping[str, tuple[int, frozenset[str]]]
    ) -> None:
        self._names = {_key(name): frozenset(concepts) for name, concepts in names.items() if _key(name)}
        self._longest = max((len(key) for key in self._names), default=1)
        self._suffixes = suffixes
        self.medicine_words = sorted(
            {
                word
                for name, concepts in names.items()
                for word in raw_words(name)
                if len(word) >= 6 and any(concept.kind is Kind.MEDICINE for concept in concepts)
            }
        )

    def find(self, text: str) -> frozenset[Concept]:
        words = raw_words(text)
        keys = [stem(word) for word in words]
        found: set[Concept] = set()
        place = 0
        while place < len(keys):
            for length in range(min(self._longest, len(keys) - place), 0, -1):
                if concepts := self._names.get(tuple(keys[place : place + length])):
                    found |= concepts
                    place += length
                    break
            else:
                if medicine := self._by_suffix(words[place]):
                    found.add(medicine)
                place += 1
        if _names_childs_age(text):
            found.add(CHILDHOOD)
        return frozenset(found)

    def knows(self, word: str) -> bool:
        return (stem(word),) in self._names or self._by_suffix(word) is not None

    def _by_suffix(self, word: str) -> Concept | None:
        """International medicine names end alike within a group: an unknown `-pril` is still a medicine."""
        for suffix, (least, exceptions) in self._suffixes.items():
            if word.endswith(suffix) and len(word) >= least and word not in exceptions:
                return Concept(Kind.MEDICINE, word)
        return None


def _key(name: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in raw_words(name))


def _names_childs_age(text: str) -> bool:
    """`3 year old`, `aged 4`, `6 months old`; `for 3 years` is no age."""
    text = text.casefold()
    if any(int(match.group(1)) < _ADULT_AGE for match in _AGE_SAID.finditer(text)):
        return True
    for match in _AGE.finditer(text):
        if not _OLD.search(match.group(0)):
            continue
        in_years = match.group(2) in {"year", "yr", "yo", "y/o"}
        if not match.group(1).isdigit() or not in_years or int(match.group(1)) < _ADULT_AGE:
            return True
    return False


def load_lexicon(folder: Path) -> Lexicon:
    medicines = json.loads((folder / "medicines.json").read_text(encoding="utf-8"))
    conditions = json.loads((folder / "conditions.json").read_text(encoding="utf-8"))
    names: dict[str, set[Concept]] = {}

    def add(kind: Kind, canonical: str, others: Iterable[str]) -> None:
        for name in (canonical, *others):
            names.setdefault(name, set()).add(Concept(kind, canonical))

    for entry in medicines["medicines"]:
        add(Kind.MEDICINE, entry["name"], entry["names"])
    for entry in medicines["classes"]:
        add(Kind.MEDICINE, entry["name"], entry["names"])
    for entry in conditions["conditions"]:
        add(Kind.CONDITION, entry["name"], entry["names"])
    for concept, words in _POPULATION_WORDS.items():
        for word in words:
            names.setdefault(word, set()).add(concept)
    suffixes = {
        entry["suffix"]: (entry["minimum_letters"], frozenset(entry.get("not", ()))) for entry in medicines["stems"]
    }
    return Lexicon(names, suffixes)
