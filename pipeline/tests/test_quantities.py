from __future__ import annotations

import pytest

from pipeline.quantities import quantities


def agree(one: str, other: str) -> bool:
    there = quantities(other)
    return all(any(given.agrees_with(known) for known in there) for given in quantities(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,000 mg", "1 g"),
        ("0.5 g", "500 mg"),
        ("500 micrograms", "0.5mg"),
        ("every 4 to 6 hours", "every four to six hours"),
        ("4–6 hours", "4 or 6 hours"),
        ("every 6 hours", "every 4 to 6 hours"),
        ("two times a day", "twice a day"),
        ("1 day", "24 hours"),
        ("a year", "12 months"),
        ("38 °C", "38 degrees"),
        ("two weeks", "14 days"),
        ("8 tablets", "up to 8"),
        ("5 percent", "5%"),
    ],
)
def test_they_are_the_same_however_written(one: str, other: str):
    assert agree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("400 mg", "200 mg"),
        ("4 g", "4 mg"),
        ("every 4 hours", "4 times a day"),
        ("10 tablets", "8 tablets"),
        ("1,000 mg", "1 mg"),
        ("1.5 g", "15 g"),
        ("under 12 years", "under 12 months"),
        ("38 °C", "no number at all"),
    ],
)
def test_they_are_not_the_same(one: str, other: str):
    assert not agree(one, other)


def test_the_number_of_a_source_and_the_name_of_a_vitamin_count_nothing():
    assert not quantities("Vitamin B12 helps [1] [23], and so does H1N1.")
