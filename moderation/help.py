"""Whom to call, by country, and the fixed replies: read from one data file, and checked as it is read.

Pure but for the reading of the file. Every number names the page where it was read, and the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

Read = TypeVar("Read", bound=msgspec.Struct)

FILE = Path(__file__).with_name("help.json")
MAX_AGE_DAYS = 180
"""After so many days a number has to be read at its source again."""
NUMBERS = "{numbers}"
"""Stands in the text of a reply where the numbers go."""
_BEST_KNOWN = ("112", "911", "999")
"""They stand before the emergency numbers that serve in one country or two."""
ASKS_FOR_COUNTRY = "Which country are you in? Choose it in your account, and Veda names the lines there."


class Kind(StrEnum):
    """What a number is for, in the order in which pages show them."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    POISON = "poison"
    MEDICAL_ADVICE = "medical_advice"
    CHILD = "child"
    DOMESTIC_VIOLENCE = "domestic_violence"
    SEXUAL_VIOLENCE = "sexual_violence"


KIND_NAMES = {
    Kind.EMERGENCY: "Emergency",
    Kind.CRISIS: "Crisis and thoughts of suicide",
    Kind.POISON: "Poisoning",
    Kind.MEDICAL_ADVICE: "Medical advice that can’t wait",
    Kind.CHILD: "For children and young people",
    Kind.DOMESTIC_VIOLENCE: "Violence at home",
    Kind.SEXUAL_VIOLENCE: "Sexual violence",
}

Words = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]
Address = Annotated[str, msgspec.Meta(pattern=r"^https://[^\s/]+\.[^\s]+$")]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Number(_Strict, frozen=True):
    """`number` is what `tel:` takes, `display` how people write it. `by_text`: it takes text messages only."""

    kind: Kind
    label: Words
    number: Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{2,15}$")]
    source: Address
    last_verified: date
    display: Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9][0-9 -]*[0-9]$")] = ""
    by_text: bool = False
    note: str = ""
    url: Address | None = None

    @property
    def shown(self) -> str:
        return self.display or self.number


class Country(_Strict, frozen=True):
    name: Words
    numbers: Annotated[list[Number], msgspec.Meta(min_length=1)]


class Elsewhere(Country, frozen=True):
    """What holds where no country is known. `crisis_text` is for thoughts of suicide."""

    text: Words
    crisis_text: Words


class Reply(_Strict, frozen=True):
    """A fixed text in Markdown, and its wordings for whoever worries about another person, and for the young."""

    text: Words
    kinds: Annotated[list[Kind], msgspec.Meta(min_length=1)]
    about_other: str = ""
    under_age: str = ""
    under_age_kinds: list[Kind] = []
    reminder: str = ""
    reminder_about_other: str = ""
    """A line for those who had the text before, while the worry about them, or about another person, stands."""
    sources: list[Address] = []
    """Where what it says was read."""


class Reach(_Strict, frozen=True):
    """An emergency number, and the codes of the countries where it is the first that one calls."""

    number: Number
    countries: list[str]


class Dated(_Strict, frozen=True):
    """A number, the country whose it is (empty: the international ones), and the days since it was read."""

    country: str
    age_days: int
    number: Number


class HelpBook(_Strict, frozen=True):
    international: Elsewhere
    countries: dict[str, Country]
    replies: dict[str, Reply]

    def reaches(self, likely: str = "") -> list[Reach]:
        """Each emergency number once: that of the likely country first, the best known, those of most countries."""
        found = {number.number: Reach(number, []) for number in of_kinds(self.international.numbers, [Kind.EMERGENCY])}
        for code, country in self.countries.items():
            first, *_ = of_kinds(country.numbers, [Kind.EMERGENCY])
            found.setdefault(first.number, Reach(first, [])).countries.append(code)

        def rank(reach: Reach) -> tuple[bool, int, int]:
            number = reach.number.number
            known = _BEST_KNOWN.index(number) if number in _BEST_KNOWN else len(_BEST_KNOWN)
            return likely not in reach.countries, known, -len(reach.countries)

        return sorted(found.values(), key=rank)

    def dated(self, today: date) -> list[Dated]:
        """All numbers, the oldest first."""
        places = {"": self.international, **self.countries}
        dated = [
            Dated(code, (today - number.last_verified).days, number)
            for code, country in places.items()
            for number in country.numbers
        ]
        return sorted(dated, key=lambda one: -one.age_days)

    def resources(self, code: str) -> dict[str, Any]:
        """As JSON: a known country's numbers alone, else those of all; beside them what holds anywhere."""
        known = code in self.countries
        countries = {code: self.countries[code]} if known else self.countries
        found = {"country": code if known else "", "countries": countries, "international": self.international}
        resources: dict[str, Any] = msgspec.to_builtins(found)
        return resources

    def reply(
        self,
        category: str,
        code: str,
        *,
        about_other: bool,
        under_age: bool,
        about_child: bool = False,
        sexual: bool = False,
    ) -> str:
        """`other` serves the categories that have none of their own. Whoever asks for a child gets the child lines."""
        reply = self.replies.get(category) or self.replies["other"]
        text, kinds = reply.text, reply.kinds
        if sexual and Kind.SEXUAL_VIOLENCE in kinds:
            kinds = [Kind.SEXUAL_VIOLENCE, *(kind for kind in kinds if kind is not Kind.SEXUAL_VIOLENCE)]
        if under_age or about_child:
            kinds = reply.under_age_kinds or kinds
        if about_other and reply.about_other:
            text = reply.about_other
        elif under_age:
            text = reply.under_age or reply.text
        return text.replace(NUMBERS, self._lines(code, kinds))

    def reminder(self, category: str, code: str, *, about_other: bool) -> str:
        """Empty for the categories that have none."""
        reply = self.replies.get(category, self.replies["other"])
        text = (about_other and reply.reminder_about_other) or reply.reminder
        country = self.countries.get(code)
        if not country:
            return text.replace(NUMBERS, "your local emergency number")
        called = (number for number in of_kinds(country.numbers, reply.kinds) if not number.by_text)
        first: dict[Kind, Number] = {}
        for number in called:
            first.setdefault(number.kind, number)
        lines = [f"{first[kind].shown} ({first[kind].label})" for kind in reply.kinds if kind in first]
        return text.replace(NUMBERS, " or ".join(lines))

    def _lines(self, code: str, kinds: Sequence[Kind]) -> str:
        country = self.countries.get(code)
        numbers = of_kinds((country or self.international).numbers, kinds)
        before = f"Numbers for {country.name}:" if country else self.international.text
        lacks_line = Kind.CRISIS in kinds and not of_kinds(numbers, [Kind.CRISIS])
        after = [self.international.crisis_text] if lacks_line else []
        after += [] if country else [ASKS_FOR_COUNTRY]
        return "\n\n".join([before, "\n".join(map(_line, numbers)), *after])


def of_kinds(numbers: Iterable[Number], kinds: Sequence[Kind]) -> list[Number]:
    """In the order of the kinds."""
    return sorted((number for number in numbers if number.kind in kinds), key=lambda number: kinds.index(number.kind))


def _line(number: Number) -> str:
    note = f". {number.note}" if number.note else ""
    return f"* {'Text ' if number.by_text else ''}**{number.shown}**: {number.label}{note}"


@cache
def shipped_help() -> HelpBook:
    return load_help(FILE)


class _Outline(_Strict, frozen=True):
    international: msgspec.Raw
    countries: dict[str, msgspec.Raw]
    replies: dict[str, msgspec.Raw]


def load_help(path: Path) -> HelpBook:
    """Raises ValueError that names the file and the place."""
    try:
        outline = _read(path.read_bytes(), _Outline, "the whole")
        book = HelpBook(
            international=_read(outline.international, Elsewhere, "international"),
            countries={code: _read(country, Country, code) for code, country in outline.countries.items()},
            replies={category: _read(reply, Reply, category) for category, reply in outline.replies.items()},
        )
        _check(book)
    except ValueError as error:
        raise ValueError(f"{path.name} isn't sound: {error}") from None
    return book


def _read(given: bytes | msgspec.Raw, kind: type[Read], place: str) -> Read:
    try:
        return msgspec.json.decode(given, type=kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"{place}: {error}") from None


def _check(book: HelpBook) -> None:
    """Raises ValueError."""
    for code, country in book.countries.items():
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            raise ValueError(f"{code} isn't a country's code like IE")
        if not any(number.kind is Kind.EMERGENCY for number in country.numbers):
            raise ValueError(f"{code} has no emergency number")
    for category, reply in book.replies.items():
        texts = filter(None, (reply.text, reply.about_other, reply.under_age))
        if any(text.count(NUMBERS) != 1 for text in texts):
            raise ValueError(f"{category}: each text wants {NUMBERS} once")
    if "other" not in book.replies:
        raise ValueError("the reply `other` is wanted")
