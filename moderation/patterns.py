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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from moderation.folding import BORDER, Folder
from moderation.matching import Exemption, Part, Pattern
from moderation.pattern_nodes import (
    COMMON_NEEDLES,
    Choice,
    Comma,
    Gap,
    Node,
    Number,
    Sequence,
    Word,
    cost,
    most_words,
    needle_sets,
    tries,
    words,
)

MOST_GAP, MOST_WORDS, MOST_TRIES, MOST_APART = 15, 60, 3_000, 60
DENIAL = "denied"
CHARS_OF_WORD = 8
SHORTEST_BEGINNING, WIDEST_RANGE = 3, 1_000


class PatternError(ValueError):
    """`column` counts from one."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(f"column {column}: {message}" if column else message)
        self.column = column


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
    sets = [[one for one in needle_sets(node) if one.isdisjoint(COMMON_NEEDLES)] for node, _ in parts]
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


_PLACE = rf"(?<= )(?=[^ {BORDER}]+\Z)"


def _part(node: Node, apart: int) -> Part:
    return Part(node, "(?<= )", "", most_words(node), apart)


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
