"""The language in which patterns and exceptions of rules are written. Pure.

It says what staff need, and nothing that could run away: no part of it repeats without a bound.

    chest pain            these words, in any case and spelling that folding undoes
    swell*                a word that begins so
    (arm|left side)       one of these
    [really|so]           one of these, or nothing
    #   #38-42            a number, or one from 38 up to 42.9
    …   …8                up to four words, or up to 8
    ~   ~8                the same within the sentence
    <family>              one of the list `family`, which the rule file names
    .   ?                 the end of a sentence
    pain & sweat*         both, in either order, at most 25 words apart; `&9`: at most 9. The list `denied` says
                          before what it is that a part doesn't count, as in "no fever"
    signs of @            in exceptions: `@` is the place that the rule found

An exception speaks of its own clause. Exceptions and the list `denied` cross no comma, dash, bracket or end of a line,
and a `~` in them goes over no word with which another clause begins: in "at the gym, and I have chest pain" the gym
excuses nothing. Where one must go further it has a `…`, names those words, or has a `,` where a comma may stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from itertools import chain
from typing import Protocol

from moderation.folding import BORDER, LONGEST_WORD, Folder
from moderation.types import Span

MOST_GAP, MOST_WORDS, MOST_TRIES, MOST_APART = 15, 60, 3_000, 60
DENIAL = "denied"
CHARS_OF_WORD = 8
SHORTEST_BEGINNING, WIDEST_RANGE = 3, 1_000
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


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Node, ...]

    @cached_property
    def most_words(self) -> int:
        return sum(map(most_words, self.parts))

    @cached_property
    def tries(self) -> int:
        return reduce(lambda so_far, part: min(so_far * tries(part), 10**9), self.parts, 1)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*map(words, self.parts))


@dataclass(frozen=True)
class Choice:
    """A list is one that stands in many patterns: what follows from it is worked out once."""

    ways: tuple[Node, ...]
    optional: bool = False

    @cached_property
    def most_words(self) -> int:
        return max(map(most_words, self.ways))

    @cached_property
    def tries(self) -> int:
        return sum(many for way in self.ways if (many := tries(way)) > 1) + 1

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*map(words, self.ways))

    @cached_property
    def needles(self) -> frozenset[str] | None:
        if self.optional:
            return None
        sets = [needles(way) for way in self.ways]
        return None if any(one is None for one in sets) else frozenset().union(*filter(None, sets))


Node = Word | Number | Gap | Comma | Sequence | Choice

_FOLDER = Folder()
_folded = lru_cache(maxsize=10_000)(_FOLDER.words_of)
_PIECE = re.compile(
    r"\s+|(?P<gap>…|~)(?P<most>\d*)|(?P<list><[a-z_]+>)|(?P<open>[(\[])|(?P<close>[)\]])|(?P<or>\|)|(?P<number>#(?:\d+-\d+)?)"
    r"|(?P<both>&)(?P<apart>\d*)|(?P<place>@)|(?P<comma>,)|(?P<mark>[.?])|(?P<word>[^\W_]+(?:['’.,-][^\W_]+)*)(?P<begins>\*?)"
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
                return _number(piece)
            case "mark":
                return Word(piece.text)
            case "comma":
                return Comma()
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


def _number(piece: _Piece) -> Node:
    if piece.text == "#":
        return Number()
    low, high = map(int, piece.text[1:].split("-"))
    if not 0 < low <= high < low + WIDEST_RANGE:
        raise PatternError(f"numbers go from a smaller to a larger one, at most {WIDEST_RANGE} of them", piece.column)
    return Number(low, high)


def _words(piece: _Piece) -> Node:
    folded = _folded(piece.text)
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
    return sum(20.0 if needle in _COMMON_NEEDLES else 1 / len(needle) for needle in needle_set)


_COMMON_NEEDLES = frozenset(f" {word}" for word in COMMON) | frozenset(f" {word} " for word in COMMON)


def words(node: Node) -> frozenset[str]:
    """Those that stand in it whole."""
    match node:
        case Word(text, begins=False) if text.isalpha():
            return frozenset((text,))
        case Sequence() | Choice():
            return node.words
    return frozenset()


# Patterns to search with


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


class Lists(dict[str, Node]):
    """Named lists, and the patterns that were made with them: who checks and who searches asks for the same."""

    def __init__(self) -> None:
        super().__init__()
        self.patterns: dict[str, Pattern] = {}
        self.needles = 0
        """Of all these patterns: each costs a searcher that is made of them"""


def compile_pattern(text: str, lists: Mapping[str, Node]) -> Pattern:
    """Raises PatternError."""
    if not isinstance(lists, Lists):
        return _compile_pattern(text, lists)
    if text not in lists.patterns:
        pattern = lists.patterns[text] = _compile_pattern(text, lists)
        lists.needles += sum(map(len, (*pattern.first_needles, *pattern.other_needles)))
    return lists.patterns[text]


def _compile_pattern(text: str, lists: Mapping[str, Node]) -> Pattern:
    parts = _Reader(text, lists).parts()
    _check(parts)
    sets = [[one for one in needle_sets(node) if one.isdisjoint(_COMMON_NEEDLES)] for node, _ in parts]
    usable = [(min(map(cost, some)), place) for place, some in enumerate(sets) if some]
    if not usable:
        raise PatternError("it matches nearly every text: it needs a word that few texts have")
    first = min(usable)[1]
    apart = max(apart for _, apart in parts) * CHARS_OF_WORD
    compiled = [_part(node, apart) for node, _ in parts]
    first_needles = tuple(sorted(sets.pop(first), key=cost))
    return Pattern(
        first_needles=first_needles,
        other_needles=tuple(one for some in sets for one in some),
        first=compiled.pop(first),
        others=tuple(compiled),
        words=frozenset().union(*(words(node) for node, _ in parts)),
        denial=_of_clauses(lists[DENIAL], end=_PLACE) if DENIAL in lists and len(parts) > 1 else None,
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
    known = frozenset().union(*map(words, nodes))
    if not known:
        raise PatternError("an exception without a word would cancel everything")
    if len(nodes) == 1:
        return Exemption(None, None, _of_clauses(nodes[0]), known)
    before, after = nodes
    return Exemption(
        before=_of_clauses(_with_last_gap(before), end=_PLACE) if most_words(before) else None,
        after=_of_clauses(after, begin="(?<= )") if most_words(after) else None,
        whole=None,
        words=known,
    )


def compile_entry(text: str, lists: Mapping[str, Node]) -> Node:
    """Of a list, which is the choice of its entries. Raises PatternError."""
    parts = _Reader(text, lists).parts()
    if len(parts) > 1:
        raise PatternError("“&” can't stand in a list")
    if not most_words(parts[0][0]):
        raise PatternError("an empty entry matches everything")
    return parts[0][0]


def _check(parts: list[tuple[Node, int]]) -> None:
    for node, _ in parts:
        if most_words(node) > MOST_WORDS:
            raise PatternError(f"it can grow to more than {MOST_WORDS} words")
        if tries(node) > MOST_TRIES:
            raise PatternError("it would take too long to search: fewer gaps, optional parts or choices, please")


def _part(node: Node, apart: int) -> Part:
    return Part(node, "(?<= )", "", most_words(node), apart)


_PLACE = rf"(?<= )(?=[^ {BORDER}]+\Z)"


def _of_clauses(node: Node, *, begin: str = f"(?<=[ {BORDER}])", end: str = "") -> Part:
    return Part(node, begin, end, most_words(node), 0, of_clauses=True)


def _with_last_gap(node: Node) -> Node:
    match node:
        case Gap(within_sentence=True):
            return replace(node, last=True)
        case Sequence((*parts, last)):
            return Sequence((*parts, _with_last_gap(last)))
        case Choice(ways, optional):
            return Choice(tuple(map(_with_last_gap, ways)), optional)
    return node
