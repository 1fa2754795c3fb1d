"""Finds where the rules of a set hold in folded text. Pure.

One pass of an automaton over the text finds every phrase and every word that patterns need. Only a pattern all of whose
words are there is searched for, and only around the rarest of them, so that what it costs hardly grows with the rules.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby

from ahocorasick_rs import AhoCorasick

from moderation.folding import Folded, Folder
from moderation.matching import Pattern
from moderation.pattern_nodes import Node
from moderation.patterns import compile_exception, compile_pattern
from moderation.types import Rule, Severity, Span

SLICE_CHARS, OVERLAP_CHARS = 8_000, 1_500
"""What is searched at once, so that other threads get to run in between."""
MOST_SPANS = 20
ORDER = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)


class Searcher:
    """A rule set, made ready to search with."""

    def __init__(self, rules: tuple[Rule, ...], lists: Mapping[str, Node]) -> None:
        self._rules = sorted(rules, key=lambda rule: (ORDER.index(rule.severity), not rule.blocks))
        self._patterns: list[tuple[int, Pattern]] = []
        self._complete: list[int] = []
        """For each pattern the bits of all its sets of needles"""
        self._numbers: dict[str, int] = {}
        """Of needles, in the order in which the automaton has them"""
        self._phrases: list[list[int]] = []
        """For each needle the rules that have it for a phrase"""
        self._needed: list[list[tuple[int, int]]] = []
        """For each needle the patterns that need it, and the bit of the set in which it is"""
        words: set[str] = set()
        plain = Folder()
        for place, rule in enumerate(self._rules):
            patterns = list(rule.patterns)
            for phrase in rule.phrases:
                if "…" in phrase:
                    patterns.append(phrase)
                    continue
                folded = plain.words_of(phrase)
                self._phrases[self._number(f" {' '.join(folded)} ")].append(place)
                words.update(filter(str.isalpha, folded))
            for text in patterns:
                words |= self._add(place, compile_pattern(text, lists))
        self._exemptions = [[compile_exception(text, lists) for text in rule.exceptions] for rule in self._rules]
        for exemption in (one for some in self._exemptions for one in some):
            words |= exemption.words
        self._texts = list(self._numbers)
        self._automaton = AhoCorasick(self._texts)
        self.folder = Folder(frozenset(words))

    def _number(self, needle: str) -> int:
        number = self._numbers.setdefault(needle, len(self._numbers))
        if number == len(self._phrases):
            self._phrases.append([])
            self._needed.append([])
        return number

    def _add(self, rule: int, pattern: Pattern) -> frozenset[str]:
        sets = (*pattern.first_needles, *pattern.other_needles)
        for place, needles in enumerate(sets):
            for needle in needles:
                self._needed[self._number(needle)].append((len(self._patterns), 1 << place))
        self._complete.append((1 << len(sets)) - 1)
        self._patterns.append((rule, pattern))
        return pattern.words

    @cached_property
    def _indispensable(self) -> AhoCorasick:
        phrases = {text for text, rules in zip(self._texts, self._phrases, strict=True) if rules}
        of_patterns = {needle for _, pattern in self._patterns for needle in pattern.first_needles[0]}
        return AhoCorasick(sorted({_plainest_words(text) for text in phrases | of_patterns}))

    def may_hold(self, text: str) -> bool:
        """Whether a text in plain spelling has words without which no rule holds. Costs a small part of folding."""
        plain = text.casefold().replace("&", " ")  # A&E
        found = self._indispensable.find_matches_as_indexes(plain, overlapping=True)
        return bool(found) and any(start == 0 or _begins_word(plain[start - 1], plain[start]) for _, start, _ in found)

    def search(self, folded: Folded) -> Iterator[tuple[Rule, list[Span]]]:
        """Each rule that holds, the gravest first, with its first places in the folded text."""
        text = folded.text
        pieces = [self._look(folded, start) for start in range(0, len(text), SLICE_CHARS)]
        for rule in sorted({rule for piece in pieces for rule in (*piece.phrases, *piece.patterns)}):
            spans: dict[Span, None] = {}
            for place in (place for piece in pieces for place in self._places(rule, piece)):
                if place not in spans and not self._cancelled(rule, folded, place):
                    spans[place] = None
                    if len(spans) == MOST_SPANS:
                        break
            if spans:
                yield self._rules[rule], list(spans)

    def _look(self, folded: Folded, start: int) -> _Piece:
        piece = _Piece(folded, start, folded.text[start : start + SLICE_CHARS + OVERLAP_CHARS])
        for number, at, _ in self._automaton.find_matches_as_indexes(piece.text, overlapping=True):
            piece.needles.setdefault(number, []).append(at)
        there: dict[int, int] = {}
        for number in piece.needles:
            for rule in self._phrases[number]:
                piece.phrases.setdefault(rule, []).append(number)
            for pattern, bit in self._needed[number]:
                there[pattern] = there.get(pattern, 0) | bit
        for pattern, bits in there.items():
            if bits == self._complete[pattern]:
                piece.patterns.setdefault(self._patterns[pattern][0], []).append(pattern)
        return piece

    def _places(self, rule: int, piece: _Piece) -> Iterator[Span]:
        for number in piece.phrases.get(rule, ()):
            for at in piece.needles[number]:
                start = piece.start + at + 1
                yield start, start + len(self._texts[number]) - 1
        for place in piece.patterns.get(rule, ()):
            pattern = self._patterns[place][1]
            for low, last, high in piece.windows(self._rarest(pattern, piece), pattern.first.words):
                for start, end in pattern.find(piece, low, last, high):
                    yield piece.start + start, piece.start + end

    def _rarest(self, pattern: Pattern, piece: _Piece) -> list[int]:
        """Where in the piece that set of the pattern's needles stands that stands there least often."""
        found: list[list[int]] = [
            [at for needle in needles for at in piece.needles.get(self._numbers[needle], ())]
            for needles in pattern.first_needles[:2]  # to count them all would cost more than it saves
        ]
        rarest: list[int] = min(found, key=len)
        return sorted(rarest)

    def _cancelled(self, rule: int, folded: Folded, place: Span) -> bool:
        """Whether an exception covers this very place; elsewhere the rule goes on holding."""
        return any(exemption.cancels(folded, place) for exemption in self._exemptions[rule])


@dataclass
class _Piece:
    folded: Folded
    start: int
    text: str
    needles: dict[int, list[int]] = field(default_factory=dict)
    """Where each that is there begins: with the space before its first word"""
    phrases: dict[int, list[int]] = field(default_factory=dict)
    """For each rule its phrases that are there"""
    patterns: dict[int, list[int]] = field(default_factory=dict)
    """For each rule its patterns all of whose needles are there"""

    @property
    def clauses(self) -> str:
        return self.folded.clauses[self.start : self.start + len(self.text)]

    @cached_property
    def _begins(self) -> list[int]:
        """Where each word begins, and the end."""
        return list(accumulate(len(word) + 1 for word in self.text.split(" ")))

    def windows(self, needles: list[int], words: int) -> Iterator[tuple[int, int, int]]:
        """For matches of so many words around these needles: where they can first and last begin, and have ended."""
        begins = self._begins
        low = last = high = -1
        for at in needles:
            index = bisect_right(begins, at + 1) - 1
            first, end = begins[max(0, index - words)], begins[min(len(begins) - 1, index + words)]
            if last >= first:
                last, high = begins[index], end
                continue
            if high >= 0:
                yield low, last, min(high, len(self.text))
            low, last, high = first, begins[index], end
        if high >= 0:
            yield low, last, min(high, len(self.text))


def _begins_word(before: str, first: str) -> bool:
    """Folding parts an amount from its unit, as in 40mg, and no other letters from digits."""
    return not (before.isalnum() if first.isdigit() else before.isalpha())


_SHORTENED = frozenset(("not", "can", "do", "does", "did", "is", "are", "am", "has", "have", "had", "will", "would"))


def _plainest_words(target: str) -> str:
    """The longest part that stands in a text as it does here: not what "don't" and "it's" are written out as."""
    parts = [" ".join(run) for short, run in groupby(target.split(), _SHORTENED.__contains__) if not short]
    return max(parts, key=len, default=target.strip())
