"""Ages that people give in their own words."""

from __future__ import annotations

import pytest

from moderation.age import is_under_age, own_age, speaks_of_child


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("I'm 14", 14),
        ("I’m only 13, what can I do?", 13),
        ("im fifteen and my head hurts", 15),
        ("I am 16 years old.", 16),
        ("hello. I just turned 17!", 17),
        ("I'm a 15 year old girl", 15),
        ("16f here", 16),
        ("As a 13yo boy, I wonder", 13),
        ("I am 45 and pregnant", 45),
        ("I'm 17 pregnant", 17),
        ("my son is 14", None),
        ("I'm 14 weeks pregnant", None),
        ("I am 12 stone", None),
        ("I'm 10 minutes away", None),
        ("I'm 15% better", None),
        ("I take 10 mg", None),
        ("She said: he is 12", None),
        ("my daughter is 14 and has a fever", None),
        ("My daughter has a fever. 14 year old girl, 39 degrees.", None),
        ("He hits me. 14 year old girl here.", 14),
        ("my daughter wrote: I'm 14 and I hate my life", None),
        ("she said “I can't go on, I'm 14”", None),
        ("he said he'd hit me again and I'm 14", 14),
        ("My son is 12. I am 41.", 41),
        ("", None),
    ],
)
def test_the_writers_age_is_told_from_other_numbers(text, age):
    assert own_age(text) == age
    assert is_under_age(text) is (age is not None and age < 18)


def test_one_word_of_it_is_enough_and_no_later_claim_lifts_it():
    assert is_under_age("I'm 15", "what helps against a cough?", "I'm 25")
    assert not is_under_age("what helps against a cough?", "my son is 15")
    assert not is_under_age()


@pytest.mark.parametrize(
    ("text", "child"),
    [
        ("my daughter is 14 and says she wants to die", True),
        ("My daughter (14) cuts herself", True),
        ("my brother, 16, took all his pills", True),
        ("my 15 year old son talks about killing himself", True),
        ("a student of mine, she's only 13", True),
        ("my child won't eat", True),
        ("our new baby turned blue", True),
        ("my daughter is 34 and says she wants to die", False),
        ("my friend took 10 pills", False),
        ("my son wants to die", False),
        ("I'm 14 and want to die", False),
        ("my mother is 61", False),
    ],
)
def test_a_child_is_told_from_another_adult(text, child):
    assert speaks_of_child(text) is child
