from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from pipeline.words import content_stems, fold, phrases, raw_words, singular, stem, stems


def test_folding_takes_accents_case_and_curly_quotes_away():
    assert fold("Sjögren’s") == "sjogren's"
    assert raw_words("Don’t take Co-Codamol!") == ["don't", "take", "co", "codamol"]


def test_numbers_with_a_point_stay_one_word():
    assert raw_words("38.5 °C") == ["38.5", "c"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("tummy ache", "stomach pain"), ("poo", "stools"), ("meds", "medicines"), ("headaches", "headache")],
)
def test_lay_words_have_the_stems_of_what_they_mean(one: str, other: str):
    assert stems(one) == stems(other)


def test_a_word_is_no_plural_of_another_that_only_looks_like_it():
    assert singular("ors") != singular("or")
    assert singular("tablets") == "tablet"
    assert singular("diabetes") == singular("diabetes")
    assert singular("virus") == "virus"


def test_words_that_say_nothing_by_themselves_are_left_out():
    assert content_stems("What should I do about my migraine?") == ["migrain"]
    assert content_stems("when should I see a doctor") == []


def test_each_word_counts_once_in_its_first_place():
    assert content_stems("burn on a burned hand") == ["burn", "hand"]


def test_a_phrase_ends_at_a_comma_but_not_behind_saint():
    assert phrases("hay fever, tablets or spray") == [["hay", "fever"], ["tablets", "or", "spray"]]
    assert phrases("St. John's wort helps. Does it?") == [["st", "john", "wort", "helps"], ["does", "it"]]


def test_digits_are_no_words_to_stem():
    assert stem("140") == "140"


STEMMED = [
    "".join(parts)
    for parts in product(
        ("re", "un", "over", "under"),
        ("act", "form", "medic", "nation", "relat"),
        ("ation", "ingly", "fulness", "ization", "ed"),
    )
]


@pytest.mark.usefixtures("threads_that_change_often")
def test_threads_at_once_get_what_one_alone_gets():
    alone = [stem.__wrapped__(word) for word in STEMMED]
    with ThreadPoolExecutor(8) as threads:
        for stems in threads.map(lambda _: [stem.__wrapped__(word) for word in STEMMED], range(40)):
            assert stems == alone
