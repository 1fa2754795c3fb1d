"""Amounts of medicines, and doses among other numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.doses import amounts, doses, tells_schedule


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("400 mg", {"400 mg"}),
        ("400mg or 400 milligrams", {"400 mg"}),
        ("1,000 mg; 0.50 mg", {"1000 mg", "0.5 mg"}),
        ("1 g, 0.5 g, 12 grams", {"1000 mg", "500 mg", "12000 mg"}),
        ("two tablets, half a tablet", {"2 tablets", "0.5 tablets"}),
        ("10 mg/kg, 10 mg per kg", {"10 a kg"}),
        ("a 5-ml spoon", {"5 ml"}),
        ("50 µg or 50 micrograms", {"50 mcg"}),
        ("70 mg/dL", set()),
        ("38.5 °C for 3 days, 120/80, 5 km, 2 hours", set()),
        ("250 ml of water", set()),
        ("a tablet", set()),
    ],
)
def test_amounts_are_found_whatever_way_they_are_written(text, found):
    assert amounts(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Take 400 mg every six hours. It comes as 200 mg tablets.", {"400 mg"}),
        ("No more than 4 g in 24 hours", {"4000 mg"}),
        ("The tablets have 500 mg.", set()),
        ("Eat 30 g of fibre a day.", set()),
        ("At most 200 mg of caffeine a day", set()),
        ("Rest.", set()),
    ],
)
def test_a_dose_is_what_somebody_is_told_to_take(text, found):
    assert doses(text) == found


@pytest.mark.parametrize(
    "text",
    ["Adults should get a tetanus shot every 10 years.", "It is a single dose.", "You may need a booster.",
     "The vaccine was approved for people aged 60 and older.", "Two doses of the vaccine are given, 2 months apart."],
)  # fmt: skip
def test_how_many_shots_at_what_age_is_a_schedule(text: str):
    assert tells_schedule(text)


@pytest.mark.parametrize(
    "text", ["The vaccine prevents shingles.", "He was shot. It healed every time.", "Every year many fall ill."]
)
def test_what_a_vaccine_does_is_no_schedule(text: str):
    assert not tells_schedule(text)


_PIECES = [
    "Take ", "give ", "400", "5,000", "1.5", "half", "Two", "a", " ", "-", "mg", "G", "tablets", "teaspoonfuls", "IU",
    "units", "per", "kg", "/", " of water", ".", ", ", "\n", "t17x3", "_",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_no_dose_is_passed_over_for_its_words(text):
    """A letter that English hasn't makes it look at the whole text, whatever words are in it."""
    assert doses(text) == doses(f"é {text}")
