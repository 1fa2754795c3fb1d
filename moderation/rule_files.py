"""What is written in a rule file, or in a stored version of the rules, made into a rule set. Pure.

Two forms are read. The short one is three lists of words, `{"high": […], "medium": […], "low": […]}`. The full one:

    {"version": "…",
     "lists": {"family": ["my (mother|father)", …]},
     "rules": [{"id": "…", "severity": "high", "category": "…", "phrases": ["…"], "patterns": ["…"], …}]}
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import fields, replace
from math import inf
from time import thread_time
from typing import Any, TypeVar

from moderation.folding import Folder
from moderation.ordinary import ORDINARY
from moderation.pattern_nodes import COMMON, Choice, Node
from moderation.patterns import (
    Lists,
    PatternError,
    compile_entry,
    compile_exception,
    compile_pattern,
)
from moderation.searching import Searcher
from moderation.types import AnswerAction, Rule, RuleSet, Severity

SHORT_FORM = {severity.value for severity in Severity}
LONGEST_ID, LONGEST_VERSION, LONGEST_CATEGORY = 64, 32, 48
MOST_ORDINARY = len(ORDINARY) // 6
"""How many ordinary messages a rule may catch."""
MOST_CHARS, MOST_ENTRIES = 400_000, 12_000
"""Of a file; entries are phrases, patterns, exceptions and what is in lists."""
MOST_NEEDLES = 500_000
"""That patterns search for: a small file can name a long list in many of them. The rules that ship have 9,300."""
_Made = TypeVar("_Made")
_KEYS = {field.name for field in fields(Rule)}
_until: ContextVar[float] = ContextVar("until", default=inf)
"""When reading gives up, by the clock of its own thread: a small file can name a long list in many patterns"""


class RuleError(ValueError):
    """One line that names the file, the rule and the place in it."""


def read_rules(text: str, name: str, *, within: float = inf) -> RuleSet:
    """`within`: so many seconds, or about three times as many where it is nearly too much. Raises RuleError."""
    if len(text) > MOST_CHARS:
        raise RuleError(f"{name}: {len(text):,} characters are too many, at most {MOST_CHARS:,} are read")
    before = _until.set(thread_time() + within)
    try:
        return _read(text, name)
    finally:
        _until.reset(before)


def _read(text: str, name: str) -> RuleSet:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise RuleError(f"{name}, line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise RuleError(f"{name} isn't JSON: {error}") from None
    return rules_of(data, name)


def rules_of(data: Any, name: str) -> RuleSet:
    """Raises RuleError."""
    if not isinstance(data, dict):
        raise RuleError(f"{name}: rules are an object, with “rules”, or with “high”, “medium” and “low”")
    if (entries := _count(data)) > MOST_ENTRIES:
        raise RuleError(
            f"{name}: {entries:,} phrases, patterns and list entries are too many, at most {MOST_ENTRIES:,}"
        )
    if data and data.keys() <= SHORT_FORM:
        rules, lists, version = _of_short_form(data, name), Lists(), "short"
    else:
        lists = _lists(data.get("lists", {}), name)
        version = _text(data.get("version"), LONGEST_VERSION, f"{name}: the version")
        if unknown := data.keys() - {"version", "lists", "rules"}:
            raise RuleError(f"{name}: “{min(unknown)}” isn't known here")
        given = data.get("rules")
        if not isinstance(given, list):
            raise RuleError(f"{name}: “rules” must be a list")
        if not given:
            raise RuleError(f"{name}: there is no rule in it")
        rules = [_rule(entry, place, lists, name) for place, entry in enumerate(given, 1)]
    if twice := [id for id, times in Counter(rule.id for rule in rules).items() if times > 1]:
        raise RuleError(f"{name}, rule {twice[0]}: another rule has this id")
    _refuse_catch_alls(rules, lists, name)
    return RuleSet(version, tuple(rules), lists)


def _count(value: Any) -> int:
    """Texts in lists, however deep they lie."""
    seen, left = 0, [value]
    while left:
        one = left.pop()
        inner = list(one.values()) if isinstance(one, dict) else one
        seen += sum(isinstance(entry, str) for entry in inner) if isinstance(one, list) else 0
        left += [entry for entry in inner if isinstance(entry, dict | list)]
    return seen


def _of_short_form(data: dict[str, Any], name: str) -> list[Rule]:
    rules = []
    for level in Severity:
        if not data.get(level.value):
            continue
        phrases = _strings(data[level.value], f"{name}, rule {level}")
        for place, phrase in enumerate(phrases, 1):
            _check_phrase(phrase, f"{name}, rule {level}, phrase {place}")
        rules.append(Rule(level.value, level, "other", phrases, blocks=level is Severity.HIGH))
    if not rules:
        raise RuleError(f"{name}: there is no rule in it")
    return rules


def _lists(given: Any, name: str) -> Lists:
    if not isinstance(given, dict):
        raise RuleError(f"{name}: “lists” must be an object")
    lists = Lists()
    for key, entries in given.items():
        where = f"{name}, list {key}"
        strings = _strings(entries, where)
        entries = (_compiled(compile_entry, entry, lists, f"{where}, entry {n}") for n, entry in enumerate(strings, 1))
        lists[key] = Choice(tuple(entries))
    return lists


def _rule(entry: Any, place: int, lists: Lists, name: str) -> Rule:
    id = entry.get("id") if isinstance(entry, dict) else None
    where = f"{name}, rule {id or place}"
    if not isinstance(entry, dict):
        raise RuleError(f"{where}: a rule is an object")
    if unknown := entry.keys() - _KEYS:
        raise RuleError(f"{where}: “{min(unknown)}” isn't known here")
    for key in ("emergency", "blocks"):
        if not isinstance(entry.get(key, False), bool):
            raise RuleError(f"{where}: “{key}” is true or false")
    if entry.get("about_other") not in (None, True, False):
        raise RuleError(f"{where}: “about_other” is true, false, or left out")
    for key in ("note", "language", "while_standing"):
        if not isinstance(entry.get(key, ""), str):
            raise RuleError(f"{where}: “{key}” must be a text")
    rule = Rule(
        id=_text(id, LONGEST_ID, f"{where}: the id"),
        severity=_one_of(Severity, entry.get("severity"), f"{where}: severity"),
        category=_text(entry.get("category"), LONGEST_CATEGORY, f"{where}: category"),
        phrases=_strings(entry.get("phrases", []), f"{where}: phrases"),
        patterns=_strings(entry.get("patterns", []), f"{where}: patterns"),
        exceptions=_strings(entry.get("exceptions", []), f"{where}: exceptions"),
        emergency=entry.get("emergency", False),
        blocks=entry.get("blocks", False),
        about_other=entry.get("about_other"),
        while_standing=entry.get("while_standing", ""),
        answer=_one_of(AnswerAction, entry["answer"], f"{where}: answer") if entry.get("answer") else None,
        language=entry.get("language", "en"),
        note=entry.get("note", ""),
    )
    if not rule.phrases and not rule.patterns:
        raise RuleError(f"{where}: it has neither phrases nor patterns")
    for number, phrase in enumerate(rule.phrases, 1):
        _check_phrase(phrase, f"{where}, phrase {number}", alone=bool(rule.while_standing))
    for number, pattern in enumerate(rule.patterns, 1):
        _compiled(compile_pattern, pattern, lists, f"{where}, pattern {number}")
        if lists.needles > MOST_NEEDLES:
            raise _too_long(f"{where}, pattern {number}")
    for number, exception in enumerate(rule.exceptions, 1):
        _compiled(compile_exception, exception, lists, f"{where}, exception {number}")
    return rule


def _check_phrase(phrase: str, where: str, *, alone: bool = False) -> None:
    """`alone`: the rule only holds for a bare reply to a concern, which may well be a common word."""
    if "…" in phrase:
        _compiled(compile_pattern, phrase, {}, where)
        return
    words = Folder().words_of(phrase)
    if not any(map(str.isalnum, words)):
        raise RuleError(f"{where}: a phrase without a word would match everything")
    if not alone and all(word in COMMON for word in words) and len(words) < 3:
        raise RuleError(f"{where}: “{phrase}” stands in nearly every text")


def _compiled(compile_it: Callable[[str, Mapping[str, Node]], _Made], text: str, lists: Any, where: str) -> _Made:
    if thread_time() > _until.get():
        raise _too_long(where)
    try:
        return compile_it(text, lists)
    except PatternError as error:
        raise RuleError(f"{where}, {error}" if error.column else f"{where}: {error}") from None
    except RecursionError:
        raise RuleError(f"{where}: parentheses stand too deep in one another") from None


def _too_long(where: str) -> RuleError:
    return RuleError(f"{where}: up to here it takes too long to read. Please name long lists in fewer patterns")


def _refuse_catch_alls(rules: list[Rule], lists: Mapping[str, Node], name: str) -> None:
    bare = tuple(replace(rule, exceptions=()) for rule in rules if not rule.while_standing)
    searcher = Searcher(bare, lists)
    caught = Counter(rule.id for text in ORDINARY for rule, _ in searcher.search(searcher.folder.fold(text)))
    for id, times in caught.items():
        if times > MOST_ORDINARY:
            raise RuleError(f"{name}, rule {id}: it catches {times} of {len(ORDINARY)} ordinary messages")


def _strings(given: Any, where: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise RuleError(f"{where}: a list of texts is wanted")
    for place, text in enumerate(given, 1):
        if not isinstance(text, str) or not text.strip():
            raise RuleError(f"{where}, entry {place}: a text is wanted that isn't empty")
    return tuple(given)


def _text(given: Any, longest: int, what: str) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > longest or not given.isprintable():
        raise RuleError(f"{what} must be a text of 1 to {longest} characters")
    return given


def _one_of(kind: Any, given: Any, what: str) -> Any:
    try:
        return kind(given)
    except ValueError:
        raise RuleError(f"{what} must be one of {', '.join(kind)}") from None
