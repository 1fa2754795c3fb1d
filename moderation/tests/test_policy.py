"""Screening against rules of our own, and the shipped ones where a phrase was added for a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import policy, services
from moderation.folding import Folder
from moderation.types import Rule, RuleSet, Severity


def rule(id="rule", *phrases, severity=Severity.HIGH, exceptions=(), emergency=False, blocks=False):
    return Rule(id, severity, f"about {id}", phrases, exceptions, emergency, blocks)


def found(text, *rules):
    return policy.screen(text, RuleSet("7", rules)).rule or None


CANT_GO_ON = rule("rule", "can't go on")


@pytest.mark.parametrize(
    "text",
    ["I can't go on", "I can’t go on", "i CAN‘T GO ON!", "I cant go on", "can`t go on", "can´t go on", "canʼt go on",
     "I can't\n\tgo   on", "I can't\u00a0go\u3000on", "c\u200ban't g\u00ado on\ufeff", "can't\u2060 go on",
     "ｃａｎ＇ｔ ｇｏ ｏｎ", "(can't go on)", "…can't go on…", "“can't go on”"],
)  # fmt: skip
def test_spellings_of_one_phrase_are_all_found(text):
    assert found(text, CANT_GO_ON) == "rule"


@pytest.mark.parametrize("text", ["", " ", "can go on", "can't go once", "scan't go on", "can't. Go on", "I can't go"])
def test_what_is_another_phrase_is_not_found(text):
    assert found(text, CANT_GO_ON) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("blood pressure in Sussex", None), ("sex", "rule"), ("a sex.", "rule")]
)
def test_only_whole_words_are_found(text, expected):
    assert found(text, rule("rule", "sex")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("wish I was dead", "rule"), ("wish so very much I was dead", "rule"),
     ("wish that someone could say if I was dead", None)],
)  # fmt: skip
def test_an_ellipsis_stands_for_up_to_four_words(text, expected):
    assert found(text, rule("rule", "wish … was dead")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I am dying to see you", None), ("I am dying", "rule"), ("dying to see you, and dying", "rule"),
     ("dying, and dying to see you", "rule"), ("DYING   to see you", None)],
)  # fmt: skip
def test_an_exception_cancels_its_own_place_and_no_other(text, expected):
    assert found(text, rule("rule", "dying", exceptions=("dying to see",))) == expected


def test_an_exception_of_one_rule_cancels_no_other():
    dying = rule("first", "dying", exceptions=("dying to see",))
    assert found("dying to see you", dying, rule("second", "dying")) == "second"


def test_the_gravest_rule_wins_wherever_it_stands():
    low = rule("low", "moon", severity=Severity.LOW)
    medium = rule("medium", "moon", severity=Severity.MEDIUM, blocks=True)
    high = rule("high", "moon")
    assert found("moon", low, medium, high) == found("moon", high, medium, low) == "high"
    assert found("moon", low, medium) == "medium"


def test_among_equals_the_one_that_blocks_wins():
    assert found("moon", rule("notice", "moon", emergency=True), rule("block", "moon", blocks=True)) == "block"


def test_a_verdict_says_what_was_found_by_which_rules():
    verdict = policy.screen("moon", RuleSet("7", (rule("rule", "moon", emergency=True, blocks=True),)))
    assert (verdict.severity, verdict.category, verdict.rule, verdict.rules_version) == (
        Severity.HIGH, "about rule", "rule", "7",
    )  # fmt: skip
    assert verdict.emergency
    assert verdict.blocks


def test_no_rules_find_nothing():
    assert found("kill myself") is None


@pytest.mark.parametrize(
    "text", ["can't " * 20_000, "I " * 50_000, "!" * 100_000, "can't go " * 15_000, "\u200b" * 100_000]
)
@pytest.mark.timeout(20)
def test_a_text_as_long_as_a_book_is_screened_in_time(text):
    assert found(text, CANT_GO_ON, rule("other", "I … can't … cope … go on")) is None


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    once = Folder().fold(text).text
    assert Folder().fold(once).text == once


@given(
    st.lists(st.sampled_from(["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"]), min_size=11, max_size=11)
)
def test_no_invisible_character_hides_a_phrase(invisible):
    hidden = "".join(a + b for a, b in zip("can't go on", invisible, strict=True))
    assert found(hidden, CANT_GO_ON) == "rule"


@given(st.text(), st.text())
def test_a_phrase_that_stands_alone_is_found_whatever_is_around_it(before, after):
    assert found(f"{before} . can't go on . {after}", CANT_GO_ON) == "rule"


def shipped(text):
    return services.screen(text).rule or None


@pytest.mark.parametrize(
    "text",
    ["I took 5 of these", "i just took 12 of them", "she swallowed ten of these",
     "my kid swallowed this", "My son has swallowed one of these!", "my toddler ate one of these", "he ate this",
     "my 2 year old just ate some of these", "she drank this", "he may have drunk some of this",
     "he took some of these pills", "my daughter has taken one of those", "I swallowed a battery",
     "I swallowed a magnet",
     "my baby ate this morning, then my baby ate these", "swallowed three of them",
     ],
)  # fmt: skip
def test_what_was_taken_in_a_picture_is_an_emergency(text):
    assert shipped(text) == "emergency-poisoning"


@pytest.mark.parametrize(
    "text",
    ["I swallowed my pride", "I took two of these courses", "I took 5 of these courses", "my baby ate this morning",
     "he drank this morning", "I took one of these tests", "she took one of these tests",
     "she ate this much today", "my baby drank this milk",
     "my friend took one of these photos", "I swallowed this tablet with water", "how many of these can I take",
     "my dad hardly ate this week", "he hasn't eaten this evening", "I took 4 of those pictures", "I took one of these",
     "he swallowed this story", "I ate this for lunch"],
)  # fmt: skip
def test_other_things_taken_are_not(text):
    assert shipped(text) is None
