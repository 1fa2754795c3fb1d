"""Screens a text against rules, and by a classifier. Pure: no Django, no I/O; the caller brings both.

One pass of an automaton finds every phrase and the words on which patterns hang; a pattern is searched for only around
such a word. What that costs doesn't grow with the number of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from ahocorasick_rs import AhoCorasick

from moderation.folding import Folded, Folder
from moderation.languages import is_foreign
from moderation.patterns import Node, Pattern, compile_exception, compile_pattern
from moderation.types import (
    ABUSE,
    MEDICAL_EMERGENCY,
    MEDICATION_RISK,
    SAFEGUARDING,
    SELF_HARM_CRISIS,
    VIOLENCE,
    AnswerAction,
    AnswerVerdict,
    Context,
    Embed,
    Finding,
    Rule,
    RuleSet,
    Severity,
    Span,
    Verdict,
)

SLICE_CHARS, OVERLAP_CHARS = 8_000, 1_500
"""Of folded text that is searched at once, so that other threads get to run in between."""
EARLIER_MESSAGES, EARLIER_CHARS = 4, 300
BARE_REPLY_WORDS = 8
MOST_SPANS = 20
_ORDER = [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
_HEARD = {
    SELF_HARM_CRISIS: Rule("classifier:self_harm_crisis", Severity.HIGH, SELF_HARM_CRISIS, blocks=True),
    MEDICAL_EMERGENCY: Rule("classifier:medical_emergency", Severity.HIGH, MEDICAL_EMERGENCY, emergency=True),
    VIOLENCE: Rule("classifier:violence", Severity.HIGH, VIOLENCE, blocks=True),
    SAFEGUARDING: Rule("classifier:safeguarding", Severity.MEDIUM, SAFEGUARDING),
    ABUSE: Rule("classifier:abuse", Severity.MEDIUM, ABUSE),
    MEDICATION_RISK: Rule("classifier:medication_risk", Severity.MEDIUM, MEDICATION_RISK),
}
"""What becomes of a category that the classifier hears."""


@dataclass(slots=True)
class _Found:
    rule: Rule
    spans: tuple[Span, ...]
    about_other: bool = False

    def gravity(self) -> tuple[int, bool, bool]:
        return (*gravity(self.rule), self.about_other)


def screen(text: str, rules: RuleSet, context: Context = Context(), embed: Embed | None = None) -> Verdict:  # noqa: B008
    """The gravest that rules or classifier find. Among equals one that blocks comes first."""
    searched = searcher(rules)
    folded = searched.folder.fold(text)
    found = _by_rules(folded, searched, context)
    if not _stops(found) and (across := _across_sends(text, searched, context)):
        found = min(filter(None, (found, across)), key=_Found.gravity)
    if embed is not None and rules.classifier is not None and not _stops(found):
        heard = [_heard(one, text, searched) for one in rules.classifier.findings(text, embed) if one.label in _HEARD]
        found = min(filter(None, (found, *heard)), key=_Found.gravity, default=None)
    foreign = (found is None or found.rule.severity is not Severity.HIGH) and is_foreign(text, folded.words)
    if found is None:
        return Verdict(None, rules_version=rules.version, foreign=foreign)
    rule = found.rule
    return Verdict(
        severity=rule.severity,
        category=rule.category,
        rule=rule.id,
        rules_version=rules.version,
        emergency=rule.emergency,
        blocks=rule.blocks,
        about_other=found.about_other,
        spans=found.spans,
        foreign=foreign,
    )


def screen_answer(text: str, rules: RuleSet) -> AnswerVerdict:
    """Of an answer, or of its text so far: whether it raises the notice, and whether it must be withdrawn.

    Asked many times of every answer, which nobody disguises: most texts have no word that any rule wants.
    """
    searched = searcher(rules, answers=True)
    if not searched.may_hold(text):
        return AnswerVerdict(rules_version=rules.version)
    folded = searched.folder.fold(text)
    found: dict[AnswerAction, _Found] = {}
    for rule, spans in searched.search(folded):
        if rule.answer and rule.answer not in found:
            found[rule.answer] = _Found(rule, folded.raw_spans(spans))
    first = found.get(AnswerAction.WITHDRAW) or found.get(AnswerAction.NOTICE)
    if first is None:
        return AnswerVerdict(rules_version=rules.version)
    return AnswerVerdict(
        notice=AnswerAction.NOTICE in found,
        withdraw=AnswerAction.WITHDRAW in found,
        category=first.rule.category,
        rule=first.rule.id,
        rules_version=rules.version,
        spans=first.spans,
    )


def gravity(found: Rule | Verdict) -> tuple[int, bool]:
    """Sorts the gravest first; among equals one that blocks."""
    return _ORDER.index(found.severity) if found.severity else len(_ORDER), not found.blocks


def _stops(found: _Found | None) -> bool:
    """Nothing graver can be found."""
    return found is not None and found.gravity() == (0, False, False)


def _by_rules(folded: Folded, searched: Searcher, context: Context) -> _Found | None:
    best: tuple[tuple[int, bool, bool], Rule, list[Span], bool] | None = None
    for rule, spans in searched.search(folded):
        if rule.while_standing and not _answers_to_concern(rule, folded, context):
            continue
        other = _tells_of_other(rule, folded, spans)
        weight = (*gravity(rule), other)
        if best is None or weight < best[0]:
            best = weight, rule, spans, other
    if best is None:
        return None
    _, rule, spans, other = best
    return _Found(rule, folded.raw_spans(spans[:MOST_SPANS]), other)


def _answers_to_concern(rule: Rule, folded: Folded, context: Context) -> bool:
    return rule.while_standing in context.standing and len(folded.words) <= BARE_REPLY_WORDS


def _across_sends(text: str, searched: Searcher, context: Context) -> _Found | None:
    """What only begins in an earlier message: "I want to", and then "die"."""
    if not context.earlier:
        return None
    before = "\n".join(message[-EARLIER_CHARS:] for message in context.earlier[-EARLIER_MESSAGES:]) + "\n"
    together = searched.folder.fold(before + text[:EARLIER_CHARS])
    best: _Found | None = None
    for rule, spans in searched.search(together):
        if rule.severity is not Severity.HIGH or rule.while_standing:
            continue
        for span in spans:
            ((start, end),) = together.raw_spans([span])
            if start < len(before) < end:
                found = _Found(rule, ((0, end - len(before)),), _tells_of_other(rule, together, [span]))
                best = min(filter(None, (best, found)), key=_Found.gravity)
    return best


def _heard(finding: Finding, text: str, searched: Searcher) -> _Found:
    folded = searched.folder.fold(text[finding.start : finding.end])
    rule = _HEARD[finding.label]
    other = _tells_of_other(rule, folded, [(1, len(folded.text))])
    return _Found(rule, ((finding.start, finding.end),), other)


# Whom it is about

_SELF = frozenset(("i", "me", "myself", "my"))
_OTHER_WORDS = (
    "he she him her his hers himself herself they them their themselves wife husband partner boyfriend "
    "girlfriend fiance fiancee son daughter child children kid baby infant newborn toddler mother father "
    "grandma grandmother nan nana gran granny grandpa grandfather grandad brother sister sibling friend mate "
    "boss neighbor neighbour colleague coworker uncle aunt auntie cousin roommate flatmate patient someone "
    "somebody man woman boy girl twin nephew niece teenager teen student"
)
_OTHERS = frozenset(_OTHER_WORDS.split())
_WORDS_BACK = 25


def _tells_of_other(rule: Rule, folded: Folded, spans: list[Span]) -> bool:
    """By the last word before the end of the place that names a person; each place must tell of another one."""
    if rule.about_other is not None:
        return rule.about_other
    return bool(spans) and all(_is_about_other(folded.text, end) for _, end in spans[:MOST_SPANS])


def _is_about_other(folded: str, end: int) -> bool:
    for word in reversed(folded[max(0, end - 40 * _WORDS_BACK) : end].split()[-_WORDS_BACK:]):
        if word in _SELF:
            return False
        if word in _OTHERS or word.removesuffix("s") in _OTHERS:
            return True
    return False


# Searching


@dataclass(slots=True)
class _Targets:
    """What a string that the automaton finds is for: the phrase itself, or a word of patterns."""

    rules: list[int] = field(default_factory=list)
    patterns: list[int] = field(default_factory=list)


class Searcher:
    """A rule set, made ready to search with."""

    def __init__(self, rules: tuple[Rule, ...], lists: Mapping[str, Node]) -> None:
        self._rules = rules
        self._patterns: list[tuple[int, Pattern]] = []
        targets: dict[str, _Targets] = {}
        words: set[str] = set()
        plain = Folder()
        for place, rule in enumerate(rules):
            for phrase in rule.phrases:
                if "…" in phrase:
                    self._add(compile_pattern(phrase, lists), place, targets, words)
                    continue
                folded = plain.fold(phrase)
                targets.setdefault(folded.text, _Targets()).rules.append(place)
                words.update(filter(str.isalpha, folded.words))
            for pattern in rule.patterns:
                self._add(compile_pattern(pattern, lists), place, targets, words)
        self._exemptions = [[compile_exception(text, lists) for text in rule.exceptions] for rule in rules]
        for exemption in (one for some in self._exemptions for one in some):
            words |= exemption.words
        self._targets = list(targets.values())
        self._automaton = AhoCorasick(list(targets))
        self._needed = AhoCorasick(sorted({_plainest_words(target) for target in targets}))
        self.folder = Folder(frozenset(words))

    def _add(self, pattern: Pattern, rule: int, targets: dict[str, _Targets], words: set[str]) -> None:
        for needle in pattern.needles:
            targets.setdefault(needle, _Targets()).patterns.append(len(self._patterns))
        self._patterns.append((rule, pattern))
        words |= pattern.words

    def may_hold(self, text: str) -> bool:
        """Whether a text in plain spelling has words without which no rule holds. Costs a small part of folding."""
        plain = text.casefold().replace("&", " ")  # A&E
        found = self._needed.find_matches_as_indexes(plain, overlapping=True)
        return any(start == 0 or not plain[start - 1].isalpha() for _, start, _ in found)

    def search(self, folded: Folded) -> Iterator[tuple[Rule, list[Span]]]:
        """Each rule that holds, with its places in the folded text."""
        places: dict[int, dict[Span, None]] = {}
        for start in range(0, len(folded.text), SLICE_CHARS):
            for rule, place in self._hits(folded.text[start : start + SLICE_CHARS + OVERLAP_CHARS]):
                places.setdefault(rule, {})[place[0] + start, place[1] + start] = None
        for rule in sorted(places):
            if spans := [place for place in places[rule] if not self._cancelled(rule, folded.text, place)]:
                yield self._rules[rule], spans

    def _hits(self, text: str) -> Iterator[tuple[int, Span]]:
        around: dict[int, list[int]] = {}
        for needle, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            target = self._targets[needle]
            for rule in target.rules:
                yield rule, (start + 1, end)
            for hung in target.patterns:
                around.setdefault(hung, []).append(start)
        for hung, starts in around.items():
            rule, pattern = self._patterns[hung]
            for low, high in _windows(starts, pattern.first.reach):
                for span in pattern.find(text, low, high):
                    yield rule, span

    def _cancelled(self, rule: int, text: str, place: Span) -> bool:
        """Whether an exception covers this very place; elsewhere the rule goes on holding."""
        return any(exemption.cancels(text, place) for exemption in self._exemptions[rule])


_SHORTENED = frozenset(("not", "can", "do", "does", "did", "is", "are", "am", "has", "have", "had", "will", "would"))


def _plainest_words(target: str) -> str:
    """The longest part that stands in a text as it does here: not what "don't" and "it's" are written out as."""
    parts = [" ".join(run) for short, run in groupby(target.split(), _SHORTENED.__contains__) if not short]
    return max(parts, key=len, default=target.strip())


def _windows(starts: list[int], reach: int) -> Iterator[Span]:
    """Where a match can begin that has a word at one of these starts, each place once."""
    low = high = -1
    for start in starts:
        if high < 0:
            low, high = max(0, start - reach), start + 1
        elif start - reach <= high:
            high = start + 1
        else:
            yield low, high
            low, high = start - reach, start + 1
    if high >= 0:
        yield low, high


@lru_cache(maxsize=8)
def searcher(rules: RuleSet, *, answers: bool = False) -> Searcher:
    """Raises PatternError."""
    return Searcher(tuple(rule for rule in rules.rules if bool(rule.answer) is answers), rules.lists)
