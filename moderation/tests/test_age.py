"""Ages that people give in their own words."""

from __future__ import annotations

import pytest

from moderation.age import is_under_age, own_age


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
        ("", None),
    ],
)
def test_the_writers_age_is_told_from_other_numbers(text, age):
    assert own_age(text) == age
    assert is_under_age(text) is (age is not None and age < 18)
