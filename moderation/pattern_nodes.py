"""What a pattern consists of, and what follows from it: a regular expression, its size, what a text must hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, reduce

from moderation.folding import BORDER

_CLAUSE_BEGINS = "and but so because as like while although though now then i my we our he she they help please . ?"
_COMMON_WORDS = (
    "a about after all am an and any are as at be because been before but by can could day did do does for "
    "from get go going got had has have he help her him his how i if in is it just know like make me more my "
    "need no not now of on one or out over she should so some take than that the their them then there they "
    "thing this time to today up us was we week were what when where which who why will with would year you "
    "your . ?"
)
COMMON = frozenset(_COMMON_WORDS.split())
"""Words that nearly every text has: a rule needs another one."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    low: int = 0
    high: int = 0
    """Both 0: any number"""


@dataclass(frozen=True, slots=True)
class Gap:
    most: int
    within_sentence: bool
    last: bool = False
    """In an exception, before the `@`: the place itself may not begin another clause"""


@dataclass(frozen=True, slots=True)
class Comma:
    """In an exception: the next word may stand in another clause."""


# What follows from a node is worked out when it is made, since a list stands in many patterns, and not when it is first
# asked for: before Python 3.12 `cached_property` locks all nodes of a kind, so that of two threads that read rules at
# once each might wait for the other for ever.


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]
    most_words: int = field(init=False, repr=False, compare=False)
    tries: int = field(init=False, repr=False, compare=False)
    words: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        all_tries = reduce(lambda so_far, part: min(so_far * tries(part), 10**9), self.parts, 1)
        object.__setattr__(self, "most_words", sum(map(most_words, self.parts)))
        object.__setattr__(self, "tries", all_tries)
        object.__setattr__(self, "words", frozenset().union(*map(words, self.parts)))


@dataclass(frozen=True, slots=True)
class Choice:
    ways: tuple[Node, ...]
    optional: bool = False
    most_words: int = field(init=False, repr=False, compare=False)
    tries: int = field(init=False, repr=False, compare=False)
    words: frozenset[str] = field(init=False, repr=False, compare=False)
    needles: frozenset[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        all_tries = sum(many for way in self.ways if (many := tries(way)) > 1) + 1
        object.__setattr__(self, "most_words", max(map(most_words, self.ways)))
        object.__setattr__(self, "tries", all_tries)
        object.__setattr__(self, "words", frozenset().union(*map(words, self.ways)))
        object.__setattr__(self, "needles", None if self.optional else self._needles())

    def _needles(self) -> frozenset[str] | None:
        sets = [needles(way) for way in self.ways]
        return None if any(one is None for one in sets) else frozenset().union(*filter(None, sets))


Node = Word | Number | Gap | Comma | Sequence | Choice


def regex(node: Node) -> str:
    """For folded text, from behind a space on; each word takes the space behind it."""
    match node:
        case Word(text, begins):
            return re.escape(text) + (r"[^ ]* " if begins else " ")
        case Number(low, high) if high:
            return f"(?:{'|'.join(map(str, range(low, high + 1)))})(?:[.,]\\d+)? "
        case Number():
            return rf"(?:\d[^ ]*|{_NUMBERS}) "
        case Gap(most, within):
            return rf"(?:{'(?![.?] )' if within else ''}[^ ]+ ){{0,{most if within else most + 1}}}?"
        case Comma():
            return ""
        case Sequence(parts):
            return "".join(map(regex, parts))
        case Choice(ways, optional):
            return f"(?:{'|'.join(map(regex, ways))})" + ("?" if optional else "")


def regex_of_clauses(node: Node, behind: str = "") -> str:
    """For folded text with its clauses marked: only a sequence with a `…` crosses a mark."""
    match node:
        case Gap(most, within, last):
            if not within:
                return rf"(?:[^ {BORDER}]+[ {BORDER}]){{0,{most + 1}}}?"
            gap = rf"(?:(?<= )(?!{_OTHER_CLAUSE})[^ {BORDER}]+ ){{0,{most}}}?"
            return gap + rf"(?!{_OTHER_CLAUSE})" if last else gap
        case Sequence(parts):
            crosses = any(isinstance(part, Gap) and not part.within_sentence for part in parts)
            written = []
            for part in parts:
                written.append(regex_of_clauses(part, behind))
                if isinstance(part, Comma) or crosses:
                    behind = ""
                elif not (isinstance(part, Choice) and part.optional):
                    behind = "(?<= )"
            return "".join(written)
        case Choice(ways, optional):
            return f"(?:{'|'.join(regex_of_clauses(way, behind) for way in ways)})" + ("?" if optional else "")
        case Comma():
            return ""
    return behind + regex(node).replace("[^ ]", f"[^ {BORDER}]")[:-1] + f"[ {BORDER}]"


_OTHER_CLAUSE = rf"(?:{'|'.join(map(re.escape, _CLAUSE_BEGINS.split()))})(?![^ {BORDER}])"
_NUMBERS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred"


def most_words(node: Node) -> int:
    match node:
        case Word() | Number():
            return 1
        case Comma():
            return 0
        case Gap(most, within):
            return most if within else most + 1
        case Sequence() | Choice():
            return node.most_words


def tries(node: Node) -> int:
    """How often, at the worst, a search tries from one place: gaps multiply."""
    match node:
        case Word() | Number() | Comma():
            return 1
        case Gap(most):
            return most + 2
        case Sequence() | Choice():
            return node.tries


def needles(node: Node) -> frozenset[str] | None:
    """Strings of which each match has at least one; None where there are none worth searching for."""
    match node:
        case Word(text, begins):
            return frozenset([f" {text}" if begins else f" {text} "])
        case Sequence():
            return min(needle_sets(node), key=cost, default=None)
        case Choice():
            return node.needles
    return None


def needle_sets(node: Node) -> list[frozenset[str]]:
    """Sets of such strings: a match has one of each."""
    runs = _runs(node.parts) if isinstance(node, Sequence) else [node]
    return [found for run in runs if (found := _needles_of_run(run)) is not None]


def _runs(parts: tuple[Node, ...]) -> Iterator[Node | tuple[Word, ...]]:
    """Words that follow one another are searched for as one."""
    run: list[Word] = []
    for part in parts:
        if isinstance(part, Word):
            run.append(part)
            if not part.begins:
                continue
        if run:
            yield tuple(run)
            run = []
        if not isinstance(part, Word):
            yield part
    if run:
        yield tuple(run)


def _needles_of_run(run: Node | tuple[Word, ...]) -> frozenset[str] | None:
    if not isinstance(run, tuple):
        return needles(run)
    return frozenset([" " + " ".join(word.text for word in run) + ("" if run[-1].begins else " ")])


@lru_cache(maxsize=10_000)
def cost(needle_set: frozenset[str]) -> float:
    """The dearer, the oftener one of them will be found."""
    return sum(20.0 if needle in COMMON_NEEDLES else 1 / len(needle) for needle in needle_set)


COMMON_NEEDLES = frozenset(f" {word}" for word in COMMON) | frozenset(f" {word} " for word in COMMON)


def words(node: Node) -> frozenset[str]:
    """Those that stand in it whole."""
    match node:
        case Word(text, begins=False) if text.isalpha():
            return frozenset((text,))
        case Sequence() | Choice():
            return node.words
    return frozenset()
