"""Screens a text against rules, and by a classifier. Pure: no Django, no I/O; the caller brings both.

Rules are held against folded text by `moderation.searching`; here is what becomes of what they find.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from moderation.folding import Folded
from moderation.languages import is_foreign, tells_of_death
from moderation.pattern_nodes import COMMON
from moderation.searching import MOST_SPANS, ORDER, Searcher
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

EARLIER_MESSAGES, EARLIER_CHARS = 4, 300
BARE_REPLY_WORDS = 8
SHORT_WORDS = 4

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
    if context.of_person and not _stops(found) and (told := _with_person(text, searched, context)):
        found = min(filter(None, (found, told)), key=_Found.gravity)
    if embed is not None and rules.classifier is not None and _says_something(folded) and not _stops(found):
        heard = [_heard(one, text, searched) for one in rules.classifier.findings(text, embed) if one.label in _HEARD]
        found = min(filter(None, (found, *heard)), key=_Found.gravity, default=None)
    foreign = (found is None or found.rule.severity is not Severity.HIGH) and is_foreign(text, folded.words)
    if found is None:
        foreign_danger = foreign and tells_of_death(text, folded.words)
        return Verdict(None, rules_version=rules.version, foreign=foreign, foreign_danger=foreign_danger)
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
        return _nothing_found(rules.version)
    folded = searched.folder.fold(text)
    found: dict[AnswerAction, _Found] = {}
    for rule, spans in searched.search(folded):
        if rule.answer and rule.answer not in found:
            found[rule.answer] = _Found(rule, folded.raw_spans(spans))
    first = found.get(AnswerAction.WITHDRAW) or found.get(AnswerAction.NOTICE)
    if first is None:
        return _nothing_found(rules.version)
    return AnswerVerdict(
        notice=AnswerAction.NOTICE in found,
        withdraw=AnswerAction.WITHDRAW in found,
        category=first.rule.category,
        rule=first.rule.id,
        rules_version=rules.version,
        spans=first.spans,
    )


@lru_cache(maxsize=8)
def _nothing_found(version: str) -> AnswerVerdict:
    return AnswerVerdict(rules_version=version)


def gravity(found: Rule | Verdict) -> tuple[int, bool]:
    """Sorts the gravest first; among equals one that blocks."""
    return ORDER.index(found.severity) if found.severity else len(ORDER), not found.blocks


def _says_something(folded: Folded) -> bool:
    """To the classifier: in "And now?" and "I want to" it hears what they would go on with elsewhere."""
    words = [word for word in folded.words if word.isalnum()]
    return len(words) > SHORT_WORDS or sum(word not in COMMON for word in words) > 1


def _stops(found: _Found | None) -> bool:
    """Nothing graver can be found."""
    return found is not None and found.gravity() == (0, False, False)


def _by_rules(folded: Folded, searched: Searcher, context: Context) -> _Found | None:
    """Rules come gravest first, so that the search ends with the first that counts and is about the patient."""
    best: tuple[Rule, list[Span]] | None = None
    for rule, spans in searched.search(folded):
        if best and gravity(rule) > gravity(best[0]):
            break
        if rule.while_standing and not _answers_to_concern(rule, folded, context):
            continue
        if not _tells_of_other(rule, folded, spans):
            return _Found(rule, folded.raw_spans(spans))
        best = best or (rule, spans)
    return _Found(best[0], folded.raw_spans(best[1]), about_other=True) if best else None


def _answers_to_concern(rule: Rule, folded: Folded, context: Context) -> bool:
    return rule.while_standing in context.standing and len(folded.words) <= BARE_REPLY_WORDS


def _across_sends(text: str, searched: Searcher, context: Context) -> _Found | None:
    """What only begins in an earlier message: "I want to", and then "die"."""
    if not context.earlier:
        return None
    before = "".join(
        message[-EARLIER_CHARS:].rstrip(" .!?…\n") + "\n" for message in context.earlier[-EARLIER_MESSAGES:]
    )  # who sends "I took pills." and then "Thirty." goes on with one sentence
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


def _with_person(text: str, searched: Searcher, context: Context) -> _Found | None:
    """An emergency for this person: a fever, of a baby of six weeks. What was said of them alone is none."""
    alone = {rule.id for rule, _ in searched.search(searched.folder.fold(context.of_person))}
    together = searched.folder.fold(f"{text}\n{context.of_person}")
    for rule, spans in searched.search(together):
        if not rule.emergency or rule.while_standing or rule.id in alone:
            continue
        about_other = _tells_of_other(rule, together, spans)
        places = {(start, min(end, len(text))) for start, end in together.raw_spans(spans) if start < len(text)}
        return _Found(rule, tuple(sorted(places)) or ((0, len(text)),), about_other)
    return None


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


@lru_cache(maxsize=8)
def searcher(rules: RuleSet, *, answers: bool = False) -> Searcher:
    """Raises PatternError."""
    return Searcher(tuple(rule for rule in rules.rules if bool(rule.answer) is answers), rules.lists)
