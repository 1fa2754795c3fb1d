"""What a text names: medicines, illnesses, and who takes it (pregnancy, breast-feeding, childhood).

The gate on combinations stands on this: a question that names a medicine and something else is answered only from a
passage that names both. The names are in `pipeline/lexicon`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pipeline.words import phrases, raw_words, singular


class Kind(StrEnum):
    MEDICINE = "medicine"
    CONDITION = "condition"
    POPULATION = "population"


@dataclass(frozen=True, slots=True, order=True)
class Concept:
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text names something."""

    concepts: frozenset[Concept]
    words: tuple[str, ...]


PREGNANCY = Concept(Kind.POPULATION, "pregnancy")
BREASTFEEDING = Concept(Kind.POPULATION, "breast-feeding")
CHILDHOOD = Concept(Kind.POPULATION, "children")
BABY = Concept(Kind.POPULATION, "babies")
"""A child, unless the mother's pregnancy or breast-feeding is what is asked about."""
OVERDOSE = Concept(Kind.CONDITION, "overdose")
ALLERGY = Concept(Kind.CONDITION, "allergy")
OLD_AGE = Concept(Kind.CONDITION, "old age")
ANIMALS = Concept(Kind.POPULATION, "animals")

_POPULATION_WORDS: Mapping[Concept, tuple[str, ...]] = {
    PREGNANCY: (
        "pregnant", "pregnancy", "pregnancies", "pregnent", "preggers", "prenatal", "antenatal", "trimester",
        "expecting a baby", "expectant mother", "mum to be", "mom to be", "mother to be", "weeks gone", "weeks along",
        "i'm expecting", "i am expecting", "im expecting",
        "trying to conceive", "trying for a baby", "try for a baby", "unborn baby", "unborn child", "fetus", "foetus",
    ),
    BREASTFEEDING: (
        "breastfeeding", "breast feeding", "breastfeed", "breast feed", "breastfeeds", "breast feeds", "nursing",
        "nursing mother", "nursing mum", "nursing mom",
         "lactating", "lactation", "breast milk", "breastmilk",
        "pumping milk",
    ),
    CHILDHOOD: (
        "child", "children", "kid", "kids", "kiddo", "toddler", "toddlers", "my boy", "my girl", "little boy",
        "little girl", "little one", "little ones", "young boy", "young girl", "teenager", "teenagers", "teen", "teens",
        "teenage", "adolescent", "adolescents", "preschooler", "grandson", "granddaughter", "grandchild",
        "grandchildren", "grandkid", "grandkids", "schoolchild", "under 12", "under 16", "under 18", "breastfed baby",
        "breast fed baby", "breastfed babies", "breast fed babies", "breastfed", "breast fed", "paediatric",
        "pediatric", "son", "sons", "daughter", "daughters", "stepson", "stepdaughter",
    ),
    BABY: ("baby", "babies", "infant", "infants", "newborn", "newborns"),
    ANIMALS: ("my dog", "my cat", "my puppy", "my kitten", "my pet", "my horse", "my rabbit", "my hamster", "our dog",
              "our cat", "the dog", "for dogs", "for cats"),
}  # fmt: skip

_NO_POPULATION = (
    "nursing home", "nursing homes", "nursing school", "nursing student", "nursing staff", "nursing care",
    "baby oil", "baby powder", "baby shampoo", "baby lotion", "baby wipes", "baby boomer", "baby boomers",
)  # fmt: skip
PEOPLE = frozenset(name for words in _POPULATION_WORDS.values() for name in words if " " not in name)
"""Words for who it is about."""
_NUMBER = r"\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
_AGE = re.compile(rf"\b({_NUMBER})[ -]*(day|week|month|year|yr|mo|wk|yo|y/o|y\.o)s?\b\.?(?:[ -]*(?:old|of age|olds))?")
_AGE_SAID = re.compile(r"\b(?:aged|age|age of)\s+(\d{1,2})\b")
_AGE_OF_SOMEBODY = re.compile(
    r"\b(?:i am|i'm|im|i’m|he is|she is|he's|she's|he’s|she’s|(?:son|daughter|boy|girl|child|kid) is|who is|"
    r"just turned)"
    r"\s+(?:only\s+|just\s+|nearly\s+|almost\s+)?(\d{1,2})"
    r"(?!\s*(?:weeks?|wks?|months?|days?|hours?|minutes?|times|stone|st|kg|lbs?|pounds?|feet|ft|cm|mg|units?|/|"
    r"\.|%|\d))"
)
_OLD = re.compile(r"old|of age|yo|y/o|y\.o")
_ADULT_AGE = 18
_OFFSPRING = frozenset({"son", "sons", "daughter", "daughters", "grandson", "granddaughter", "stepson", "stepdaughter"})


class Lexicon:
    """Finds concepts in a text, the longest name first."""

    def __init__(
        self,
        names: Mapping[str, Iterable[Concept]],
        suffixes: Mapping[str, tuple[int, frozenset[str]]],
        *,
        members: Mapping[Concept, frozenset[Concept]] | None = None,
        complaints: Collection[Concept] = (),
        asked_only: Collection[str] = (),
        ordinary: Collection[str] = (),
    ) -> None:
        """`members`: medicines of a class. `complaints`: what people take a medicine for, rather than what they have
        besides. `asked_only`: names that mean the illness in a question, and only the organ in a passage. `ordinary`:
        words that look like a misspelt name and are none."""
        self._names: dict[tuple[str, ...], frozenset[Concept]] = {}
        for key_of in (_exact_key, _key):  # as it stands before without the ending of a plural
            for name, concepts in names.items():
                if key := key_of(name):
                    self._names.setdefault(key, frozenset(concepts))
        self._longest: dict[str, int] = {}
        for key in self._names:
            self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))
        self._asked_only = frozenset(key_of(name) for name in asked_only for key_of in (_exact_key, _key))
        self._suffixes = suffixes
        self._suffix_lengths = sorted({len(suffix) for suffix in suffixes})
        self._by_suffix = lru_cache(maxsize=65_536)(self._find_by_suffix)
        self._members = members or {}
        self.complaints = frozenset(complaints)
        self.ordinary = frozenset(ordinary)
        self.words = frozenset(
            name
            for name, concepts in names.items()
            if len(name) >= (7 if _is_people(concepts) else 5) and name.isalpha()
        )
        """What a misspelt word may have meant."""

    def find(self, text: str) -> frozenset[Concept]:
        """What a passage names."""
        found = {c for mention in self.mentions(text, asked=False) for c in mention.concepts}
        if BABY in found:
            found.add(CHILDHOOD)
        return frozenset(found | ({CHILDHOOD} if names_childs_age(text) else set()))

    def mentions(self, text: str, *, asked: bool = True) -> list[Mention]:
        """The names in a text, in order. `asked`: whether it is a question."""
        return [mention for words in phrases(text) for mention in self._mentions(words, asked)]

    def _mentions(self, words: list[str], asked: bool) -> list[Mention]:
        keys = [singular(word) for word in words]
        found: list[Mention] = []
        place = 0
        while place < len(keys):
            length, concepts = 0, frozenset[Concept]()
            if words[place] in self._longest or keys[place] in self._longest:  # few words begin a name
                length, concepts = self._longest_at(words, keys, place, asked)
            if not length and (medicine := self._by_suffix(words[place])):
                length, concepts = 1, frozenset({medicine})
            if concepts:
                found.append(Mention(concepts, tuple(words[place : place + length])))
            place += length or 1
        return found

    def covers(self, named: Collection[Concept], asked: Concept) -> bool:
        """Whether what is named holds what was asked about: itself, or for a class one of its members.

        What is said of a class holds nothing for a member that isn't named.
        """
        return asked in named or not self._members.get(asked, frozenset()).isdisjoint(named)

    def classes_of(self, asked: Concept) -> frozenset[Concept]:
        return frozenset(concept for concept, members in self._members.items() if asked in members)

    def members_of(self, asked: Concept) -> frozenset[Concept]:
        return self._members.get(asked, frozenset())

    def meaning(self, word: str) -> frozenset[Concept]:
        return self._names.get((word,)) or self._names.get((singular(word),), frozenset())

    def knows(self, word: str) -> bool:
        return bool(self.meaning(word)) or self._by_suffix(word) is not None

    def _longest_at(self, words: list[str], keys: list[str], place: int, asked: bool) -> tuple[int, frozenset[Concept]]:
        most = max(self._longest.get(words[place], 0), self._longest.get(keys[place], 0))
        for length in range(min(most, len(keys) - place), 0, -1):
            for forms in (words, keys):
                key = tuple(forms[place : place + length])
                if (concepts := self._names.get(key)) is not None and (asked or key not in self._asked_only):
                    return length, concepts
        return 0, frozenset()

    def _find_by_suffix(self, word: str) -> Concept | None:
        """International medicine names end alike within a group: an unknown `-pril` is still a medicine."""
        for length in self._suffix_lengths:
            if found := self._suffixes.get(word[-length:]):
                least, exceptions = found
                if len(word) >= least and word not in exceptions:
                    return Concept(Kind.MEDICINE, word)
        return None


def _is_people(concepts: Iterable[Concept]) -> bool:
    return all(concept.kind is Kind.POPULATION for concept in concepts)


def _exact_key(name: str) -> tuple[str, ...]:
    return tuple(raw_words(name))


def _key(name: str) -> tuple[str, ...]:
    return tuple(singular(word) for word in raw_words(name))


def names_childs_age(text: str) -> bool:
    """`3 year old`, `aged 4`, `he is 6`; `for 3 years` is no age."""
    return any(age < _ADULT_AGE for age in ages_named(text))


def names_grown_offspring(text: str, mention: Mention) -> bool:
    """`my son is 35` speaks of no child."""
    ages = ages_named(text)
    return bool(ages) and min(ages) >= _ADULT_AGE and set(mention.words) <= _OFFSPRING


def ages_named(text: str) -> list[int]:
    """In years; what is told in months or less is 0."""
    text = text.casefold()
    ages = [int(match.group(1)) for pattern in (_AGE_SAID, _AGE_OF_SOMEBODY) for match in pattern.finditer(text)]
    for match in _AGE.finditer(text):
        if _OLD.search(match.group(0)):
            in_years = match.group(2) in {"year", "yr", "yo", "y/o", "y.o"}
            ages.append(int(match.group(1)) if in_years and match.group(1).isdigit() else 0)
    return ages


def load_lexicon(folder: Path) -> Lexicon:
    medicines = json.loads((folder / "medicines.json").read_text(encoding="utf-8"))
    conditions = json.loads((folder / "conditions.json").read_text(encoding="utf-8"))
    ordinary = json.loads((folder / "ordinary.json").read_text(encoding="utf-8"))
    names: dict[str, set[Concept]] = {}
    members: dict[Concept, set[Concept]] = {}

    def add(kind: Kind, entry: Mapping[str, list[str]], canonical: str) -> Concept:
        concept = Concept(kind, canonical)
        for name in (canonical, *entry["names"], *entry.get("asked", ())):
            names.setdefault(name, set()).add(concept)
        return concept

    def join(concept: Concept, classes: Iterable[str]) -> None:
        for name in classes:
            members.setdefault(Concept(Kind.MEDICINE, name), set()).add(concept)

    for entry in medicines["classes"]:
        join(add(Kind.MEDICINE, entry, entry["name"]), entry.get("class", ()))
    for entry in medicines["medicines"]:
        join(add(Kind.MEDICINE, entry, entry["name"]), entry["class"])
    for entry in conditions["conditions"]:
        concept = add(Kind.CONDITION, entry, entry["name"])
        for name in entry.get("class", ()):
            members.setdefault(Concept(Kind.CONDITION, name), set()).add(concept)
    for name in _NO_POPULATION:
        names[name] = set()
    for who, words in _POPULATION_WORDS.items():
        for word in words:
            names.setdefault(word, set()).add(who)
    return Lexicon(
        names,
        {e["suffix"]: (e["minimum_letters"], frozenset(e.get("not", ()))) for e in medicines["stems"]},
        members={concept: _with_members(concept, members) for concept in members},
        complaints={
            Concept(Kind.CONDITION, entry["name"]) for entry in conditions["conditions"] if entry.get("complaint")
        },
        asked_only={name for entry in conditions["conditions"] for name in entry.get("asked", ())},
        ordinary=ordinary["words"],
    )


def _with_members(concept: Concept, members: Mapping[Concept, set[Concept]]) -> frozenset[Concept]:
    """The members of a class and of the classes in it."""
    found: set[Concept] = set()
    wanted = [concept]
    while wanted:
        for member in members.get(wanted.pop(), ()):
            if member not in found:
                found.add(member)
                wanted.append(member)
    return frozenset(found)
