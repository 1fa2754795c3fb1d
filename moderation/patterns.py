"""The language in which patterns and exceptions of rules are written. Pure.

It says what staff need, and nothing that could run away: no part of it repeats without a bound.

    chest pain            these words, in any case and spelling that folding undoes
    swell*                a word that begins so
    (arm|left side)       one of these
    [really|so]           one of these, or nothing
    #                     a number
    …   …8                up to four words, or up to 8
    ~   ~8                the same within the sentence
    <family>              one of the list `family`, which the rule file names
    pain & sweat*         both, in either order, at most 25 words apart; `&9`: at most 9
    signs of @            in exceptions: `@` is the place that the rule found
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from moderation.folding import LONGEST_WORD, Folder
from moderation.types import Span

MOST_GAP, MOST_WORDS, MOST_WAYS, MOST_APART = 15, 60, 3_000, 60
SHORTEST_BEGINNING = 3
_COMMON_WORDS = (
    "a about after all am an and any are as at be because been before but by can could day did do does for "
    "from get go going got had has have he help her him his how i if in is it just know like make me more my "
    "need no not now of on one or out over she should so some take than that the their them then there they "
    "thing this time to today up us was we week were what when where which who why will with would year you "
    "your . ?"
)
COMMON = frozenset(_COMMON_WORDS.split())
"""Words that nearly every text has: a rule needs another one."""


class PatternError(ValueError):
    """`column` counts from one."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(f"column {column}: {message}" if column else message)
        self.column = column


# What a pattern consists of


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    pass


@dataclass(frozen=True, slots=True)
class Gap:
    most: int
    within_sentence: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    ways: tuple[Node, ...]
    optional: bool = False


Node = Word | Number | Gap | Sequence | Choice

_FOLDER = Folder()
_PIECE = re.compile(
    r"\s+|(?P<gap>…|~)(?P<most>\d*)|(?P<list><[a-z_]+>)|(?P<open>[(\[])|(?P<close>[)\]])|(?P<or>\|)|(?P<number>#)"
    r"|(?P<both>&)(?P<apart>\d*)|(?P<place>@)|(?P<mark>[.?])|(?P<word>[^\W_]+(?:['’.,-][^\W_]+)*)(?P<begins>\*?)"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str
    column: int
    number: int = 0


def _pieces(pattern: str) -> Iterator[_Piece]:
    at = 0
    while at < len(pattern):
        match = _PIECE.match(pattern, at)
        if not match:
            raise PatternError(f"“{pattern[at]}” means nothing here", at + 1)
        column, at = at + 1, match.end()
        if match["gap"]:
            yield _Piece("gap", match["gap"], column, int(match["most"] or 4))
        elif match["both"]:
            yield _Piece("both", "&", column, int(match["apart"] or 25))
        elif kind := match.lastgroup:
            kind = "word" if kind == "begins" else kind
            yield _Piece(kind, match.group("word" if kind == "word" else kind), column, int(bool(match["begins"])))


class _Reader:
    def __init__(self, pattern: str, lists: Mapping[str, Node]) -> None:
        self._left = list(_pieces(pattern))
        self._lists = lists
        self._end = len(pattern) + 1

    def parts(self) -> list[tuple[Node, int]]:
        """What stands between the `&`, each with how far it may be from the one before."""
        parts: list[tuple[Node, int]] = []
        apart = 0
        while True:
            node = self._sequence()
            parts.append((node, apart))
            if not self._left:
                return parts
            piece = self._left.pop(0)
            if piece.kind != "both":
                raise PatternError(f"“{piece.text}” was never opened or may not stand here", piece.column)
            apart = piece.number
            if not 0 < apart <= MOST_APART:
                raise PatternError(f"at most {MOST_APART} words apart", piece.column)

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._left and self._left[0].kind not in ("or", "close", "both"):
            parts.append(self._one(self._left.pop(0)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _one(self, piece: _Piece) -> Node:
        match piece.kind:
            case "gap":
                if not 0 < piece.number <= MOST_GAP:
                    raise PatternError(f"a gap takes from 1 to {MOST_GAP} words", piece.column)
                return Gap(piece.number, piece.text == "~")
            case "number":
                return Number()
            case "mark":
                return Word(piece.text)
            case "list":
                name = piece.text[1:-1]
                if name not in self._lists:
                    raise PatternError(f"there is no list “{name}”", piece.column)
                return self._lists[name]
            case "open":
                return self._choice(piece)
            case "place":
                raise PatternError("“@” stands once, and in exceptions only", piece.column)
        return _words(piece)

    def _choice(self, opened: _Piece) -> Node:
        ways = []
        while True:
            way = self._sequence()
            if isinstance(way, Sequence) and not way.parts:
                raise PatternError("an empty choice matches everything", opened.column)
            ways.append(way)
            if not self._left:
                raise PatternError(f"“{opened.text}” is never closed", opened.column)
            piece = self._left.pop(0)
            if piece.kind == "close":
                if piece.text != {"(": ")", "[": "]"}[opened.text]:
                    raise PatternError(f"“{piece.text}” doesn't close “{opened.text}”", piece.column)
                return Choice(tuple(ways), optional=opened.text == "[")
            if piece.kind != "or":
                raise PatternError("“&” can't stand inside of brackets", piece.column)


def _words(piece: _Piece) -> Node:
    folded = _FOLDER.fold(piece.text).text.split()
    if not folded:
        raise PatternError(f"“{piece.text}” is no word", piece.column)
    if piece.number and len(folded[-1]) < SHORTEST_BEGINNING:
        raise PatternError(f"a beginning wants {SHORTEST_BEGINNING} letters or more", piece.column)
    words = [Word(word) for word in folded]
    if piece.number:
        words[-1] = Word(folded[-1], begins=True)
    return words[0] if len(words) == 1 else Sequence(tuple(words))


# What follows from it


def regex(node: Node) -> str:
    """For folded text, from behind a space on; each word takes the space behind it."""
    match node:
        case Word(text, begins):
            return re.escape(text) + (r"[^ ]* " if begins else " ")
        case Number():
            return rf"(?:\d[^ ]*|{_NUMBERS}) "
        case Gap(most, within):
            return rf"(?:{'(?![.?] )' if within else ''}[^ ]+ ){{0,{most if within else most + 1}}}?"
        case Sequence(parts):
            return "".join(map(regex, parts))
        case Choice(ways, optional):
            return f"(?:{'|'.join(map(regex, ways))})" + ("?" if optional else "")


_NUMBERS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred"


def most_words(node: Node) -> int:
    match node:
        case Word() | Number():
            return 1
        case Gap(most, within):
            return most if within else most + 1
        case Sequence(parts):
            return sum(map(most_words, parts))
        case Choice(ways):
            return max(map(most_words, ways))


def ways(node: Node) -> int:
    """How often, at the worst, a search tries from one place: gaps multiply."""
    match node:
        case Word() | Number():
            return 1
        case Gap(most):
            return most + 2
        case Sequence(parts):
            return reduce(lambda so_far, part: min(so_far * ways(part), 10**9), parts, 1)
        case Choice(choices):
            # Of words that differ only one can be the next; one may begin another.
            return sum(many for way in choices if (many := ways(way)) > 1) + 2


def needles(node: Node) -> frozenset[str] | None:
    """Strings of which each match has at least one; None where there are none worth searching for."""
    match node:
        case Word(text, begins):
            return frozenset([f" {text}" if begins else f" {text} "])
        case Sequence(parts):
            found = [needle for part in _runs(parts) if (needle := needles_of_run(part)) is not None]
            return min(found, key=cost) if found else None
        case Choice(choices, optional):
            if optional:
                return None
            sets = [needles(choice) for choice in choices]
            return None if any(one is None for one in sets) else frozenset().union(*filter(None, sets))
    return None


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


def needles_of_run(run: Node | tuple[Word, ...]) -> frozenset[str] | None:
    if not isinstance(run, tuple):
        return needles(run)
    return frozenset([" " + " ".join(word.text for word in run) + ("" if run[-1].begins else " ")])


def cost(needle_set: frozenset[str]) -> float:
    """The dearer, the oftener they will be found."""
    return sum(20.0 if _is_common(needle) else 1 / len(needle) for needle in needle_set)


def _is_common(needle: str) -> bool:
    words = needle.split()
    return len(words) < 3 and all(word in COMMON for word in words)


def words(node: Node) -> Iterator[str]:
    """Those that stand in it whole."""
    match node:
        case Word(text, begins):
            if not begins and text.isalpha():
                yield text
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from words(part)


# Patterns to search with


@dataclass(frozen=True, slots=True)
class Part:
    search: re.Pattern[str]
    reach: int
    """How many characters of folded text a match can have"""
    apart: int
    """How many characters may lie between it and the first part"""


@dataclass(frozen=True, slots=True)
class Pattern:
    needles: frozenset[str]
    first: Part
    others: tuple[Part, ...]
    words: frozenset[str]

    def find(self, folded: str, start: int, end: int) -> Iterator[Span]:
        """Places that begin between these two; each may reach beyond."""
        first = self.first
        for match in first.search.finditer(folded, start, min(len(folded), end + first.reach)):
            place = match.span()
            for other in self.others:
                low = max(0, place[0] - other.apart - other.reach)
                near = other.search.search(folded, low, min(len(folded), match.end() + other.apart + other.reach))
                if near is None:
                    break
                place = min(place[0], near.start()), max(place[1], near.end())
            else:
                yield place


@dataclass(frozen=True, slots=True)
class Exemption:
    """Cancels a place that it covers, or, where it has an `@`, one that stands between its two sides."""

    before: Part | None
    after: Part | None
    whole: Part | None
    words: frozenset[str]

    def cancels(self, folded: str, place: Span) -> bool:
        start, end = place
        if self.whole:
            low = max(0, start - self.whole.reach)
            covering = self.whole.search.finditer(folded, low, min(len(folded), end + self.whole.reach))
            return any(match.start() <= start and end <= match.end() for match in covering)
        if self.before and not self.before.search.search(folded, max(0, start - self.before.reach), start):
            return False
        return not self.after or bool(self.after.search.match(folded, end))


def compile_pattern(text: str, lists: Mapping[str, Node]) -> Pattern:
    """Raises PatternError."""
    parts = [(node, apart) for node, apart in _Reader(text, lists).parts()]
    _check(parts)
    found = [(needles(node), place) for place, (node, _) in enumerate(parts)]
    usable = [(one, place) for one, place in found if one and cost(one) < 20]
    if not usable:
        raise PatternError("it matches nearly every text: it needs a word that few texts have")
    chosen, first = min(usable, key=lambda pair: cost(pair[0]))
    apart = max(apart for _, apart in parts) * 8
    compiled = [_part(node, apart) for node, _ in parts]
    return Pattern(
        needles=chosen,
        first=compiled.pop(first),
        others=tuple(compiled),
        words=frozenset(word for node, _ in parts for word in words(node)),
    )


def compile_exception(text: str, lists: Mapping[str, Node]) -> Exemption:
    """Raises PatternError."""
    sides = text.split("@")
    if len(sides) > 2:
        raise PatternError("“@” stands once, and in exceptions only", len(sides[0]) + len(sides[1]) + 2)
    nodes = []
    for column, side in zip((0, len(sides[0]) + 1), sides, strict=False):
        try:
            parts = _Reader(side, lists).parts()
        except PatternError as error:
            raise PatternError(str(error).partition(": ")[2] or str(error), column + error.column) from None
        if len(parts) > 1:
            raise PatternError("“&” can't stand in an exception")
        nodes.append(parts[0][0])
    _check([(node, 0) for node in nodes])
    known = frozenset(word for node in nodes for word in words(node))
    if not known:
        raise PatternError("an exception without a word would cancel everything")
    if len(nodes) == 1:
        return Exemption(None, None, _part(nodes[0], 0), known)
    before, after = nodes
    return Exemption(
        before=_part(before, 0, end=r"\Z") if most_words(before) else None,
        after=_part(after, 0, begin="") if most_words(after) else None,
        whole=None,
        words=known,
    )


def compile_list(entries: list[str], lists: Mapping[str, Node]) -> Node:
    """Raises PatternError."""
    nodes: list[Node] = []
    for entry in entries:
        parts = _Reader(entry, lists).parts()
        if len(parts) > 1:
            raise PatternError("“&” can't stand in a list")
        if not most_words(parts[0][0]):
            raise PatternError("an empty entry matches everything")
        nodes.append(parts[0][0])
    return Choice(tuple(nodes))


def _check(parts: list[tuple[Node, int]]) -> None:
    for node, _ in parts:
        if most_words(node) > MOST_WORDS:
            raise PatternError(f"it can grow to more than {MOST_WORDS} words")
        if ways(node) > MOST_WAYS:
            raise PatternError("it would take too long to search: fewer gaps, optional parts or choices, please")


def _part(node: Node, apart: int, *, begin: str = "(?<= )", end: str = "") -> Part:
    return Part(re.compile(begin + regex(node) + end), most_words(node) * (LONGEST_WORD + 1), apart)
