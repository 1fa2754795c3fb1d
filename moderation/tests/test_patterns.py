"""The language of patterns: what it finds, and what it refuses."""

from __future__ import annotations

from threading import Thread

import pytest

from moderation import policy
from moderation.folding import Folder
from moderation.pattern_nodes import Choice
from moderation.patterns import Lists, PatternError, compile_entry, compile_exception, compile_pattern
from moderation.types import Rule, RuleSet, Severity


def lists(**entries):
    made = Lists()
    for name, some in entries.items():
        made[name] = Choice(tuple(compile_entry(entry, made) for entry in some))
    return made


def found(text, *patterns, exceptions=(), **named):
    rule = Rule("rule", Severity.HIGH, "x", patterns=patterns, exceptions=exceptions)
    verdict = policy.screen(text, RuleSet("1", (rule,), lists(**named)))
    return [text[start:end] for start, end in verdict.spans]


@pytest.mark.parametrize(
    ("pattern", "text", "place"),
    [
        ("swell*", "My lips are SWELLING up", "SWELLING"),
        ("(left|right) arm", "my right arm hurts", "right arm"),
        ("[very|so] dizzy", "I am so dizzy", "so dizzy"),
        ("[very] dizzy", "I am dizzy", "dizzy"),
        ("fever of #", "a fever of 39.5 now", "fever of 39.5"),
        ("fever of #39-42", "a fever of 39,5 now", "fever of 39,5"),
        ("took # pills", "took twenty pills", "took twenty pills"),
        ("hit … head", "hit it on my head", "hit it on my head"),
        ("hit …8 head", "hit one two three four five six seven head", "hit one two three four five six seven head"),
        ("hit … head", "He hit it. His head", "hit it. His head"),
        ("swallowed this .", "he swallowed this", "swallowed this"),
        ("swallowed this ?", "has he swallowed this?", "swallowed this?"),
        ("cramps & bleeding", "bleeding since today and cramps", "bleeding since today and cramps"),
        ("can't breathe", "I cannot breathe", "cannot breathe"),
        ("i am bleeding", "I'm bleeding", "I'm bleeding"),
    ],
)
def test_what_a_pattern_finds(pattern, text, place):
    assert found(text, pattern) == [place]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("swell*", "a groundswell"),
        ("(left|right) arm", "my arm"),
        ("fever of #39-42", "a fever of 38.9"),
        ("fever of #39-42", "a fever of 395"),
        ("hit … head", "hit one two three four five six head"),
        ("hit ~ head", "He hit it. His head"),
        ("swallowed this .", "he swallowed this story"),
        ("cramps &3 bleeding", "bleeding since yesterday or the day before that, and now some cramps"),
    ],
)
def test_what_a_pattern_passes_over(pattern, text):
    assert found(text, pattern) == []


def test_a_list_stands_for_its_entries_and_for_those_of_other_lists():
    names = {"kin": ["mother", "(big|little) sister"], "other": ["<kin>", "friend"]}
    assert found("my little sister fainted", "<other> fainted", **names) == ["little sister fainted"]
    assert found("my friend fainted", "<other> fainted", **names) == ["friend fainted"]


def test_what_is_denied_takes_the_second_part_back():
    denied = {"denied": ["(no|without)"]}
    assert found("a rash without fever", "rash & fever", **denied) == []
    assert found("a rash with fever", "rash & fever", **denied) == ["rash with fever"]
    assert found("a rash without fever, then fever", "rash & fever", **denied)


@pytest.mark.parametrize(
    ("exception", "text", "expected"),
    [
        ("signs of @", "the signs of sepsis", []),
        ("signs of @", "the signs of sepsis, and sepsis", ["sepsis"]),
        ("signs ~ @", "the signs, as a rule, of sepsis", ["sepsis"]),
        ("signs … @", "the signs, as a rule, of sepsis", []),
        ("signs ~ @", "the signs of a bad sepsis", []),
        ("signs ~ @", "signs (of what?) sepsis", ["sepsis"]),
        ("signs ~ @", "no signs now I have sepsis", ["sepsis"]),
        ("signs ~ @", "no signs – then sepsis", ["sepsis"]),
        ("signs ~ @", "no signs\nsepsis", ["sepsis"]),
        ("signs @", "no signs, sepsis", ["sepsis"]),
        ("[no] signs @", "no signs sepsis", []),
        ("@ gone", "sepsis, gone", ["sepsis"]),
        ("@ ~ gone", "sepsis and my hope gone", ["sepsis"]),
        ("[no] signs , of @", "signs, of sepsis", []),
        ("[no] signs , [then] of @", "signs, of sepsis", []),
        ("[no] signs of @", "signs, of sepsis", ["sepsis"]),
        ("sepsis [or so]", "sepsis, no", []),
        ("signs i have @", "signs I have sepsis", []),
        ("signs ~ @", "no signs. I have sepsis", ["sepsis"]),
        ("@ ~ years ago", "I had sepsis three years ago", []),
        ("no @ today", "no sepsis today", []),
        ("no @ today", "no sepsis", ["sepsis"]),
        ("sepsis awareness day", "on sepsis awareness day", []),
        ("sepsis awareness day", "sepsis", ["sepsis"]),
    ],
)
def test_an_exception_cancels_a_place_by_what_is_around_it(exception, text, expected):
    assert found(text, "sepsis", exceptions=[exception]) == expected


@pytest.mark.parametrize(
    ("pattern", "column"),
    [
        ("one (two", 5), ("one two)", 8), ("one [two)", 9), ("(one|)", 1), ("(a+)+b", 3), ("one \\w+ two", 5),
        ("one <nowhere> two", 5), ("one …16 two", 5), ("one …0 two", 5), ("one @ two", 5), ("ab* two", 1),
        ("fever #42-39", 7), ("fever #1-5000", 7), ("(one & two)", 6), ("one &99 two", 5),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_column(pattern, column):
    with pytest.raises(PatternError) as error:
        compile_pattern(pattern, {})
    assert error.value.column == column


@pytest.mark.parametrize("pattern", ["", "…", "#", "the", "[bleeding]", "i … you", "(the|bleeding)", "a ~ # ~ the"])
def test_what_would_match_nearly_everything_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern, {})


@pytest.mark.parametrize("pattern", ["bleeding" + " …15 wound" * 4, "wound …15 wound …15 wound …15 wound"])
def test_what_would_run_away_is_refused(pattern):
    with pytest.raises(PatternError, match=r"would take too long|grow to more"):
        compile_pattern(pattern, {})


@pytest.mark.parametrize("exception", ["@", "@ @ wound", "…", "# @", "wound & @"])
def test_an_exception_that_would_cancel_everything_or_means_nothing_is_refused(exception):
    with pytest.raises(PatternError):
        compile_exception(exception, {})


def test_a_column_behind_the_place_counts_from_the_beginning():
    with pytest.raises(PatternError) as error:
        compile_exception("signs of @ (wound", {})
    assert error.value.column == 12


def test_folding_keeps_the_place_of_each_word():
    folder = Folder(frozenset(["kill", "myself"]))
    for text in ("I can't k.i.l.l  m y s e l f, ok?", "ｋｉｌｌ m\u200bys\u200belf. Yes", "tо kіll mysеlf"):
        folded = folder.fold(text)
        assert folded.text == f" {' '.join(word for word, _, _ in folder.placed(text))} "
        assert " kill myself " in folded.text


@pytest.mark.usefixtures("threads_that_change_often")
def test_threads_that_read_rules_at_once_dont_wait_for_one_another_for_ever():
    """As those of a process do when staff put a version into force: nobody would be answered any more."""

    def read():
        for number in range(300):
            named = lists(inner=[f"(one{number}|two three)", "four (five|six)"], outer=["(<inner> seven|eight)"])
            compile_pattern("<outer> (nine|ten <inner>) … eleven", named)

    threads = [Thread(target=read, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
