from __future__ import annotations

import pytest

from pipeline import wiring
from pipeline.concepts import BABY, BREASTFEEDING, CHILDHOOD, PREGNANCY, Concept, Kind, names_childs_age
from pipeline.tests.factories import IBUPROFEN, KIDNEY_DISEASE, PAINKILLER, WARFARIN, make_lexicon


def names(text: str) -> set[str]:
    return {concept.name for concept in wiring.lexicon().find(text)}


def test_a_brand_and_a_plural_mean_the_medicine():
    lexicon = make_lexicon()
    assert lexicon.find("Two Nurofens") == {IBUPROFEN}
    assert lexicon.find("IBUPROFEN-like") == {IBUPROFEN}


def test_the_longest_name_wins():
    assert names("my flu shot") == {"flu vaccine"}


def test_a_name_does_not_reach_over_a_comma():
    assert make_lexicon().find("the pain, killer heat") == frozenset()


def test_a_short_name_is_not_found_in_an_ordinary_word():
    assert make_lexicon().find("water or tea") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "a substance that I touched",
        "what should I do or not do",
        "how fast does it work",
        "put a patch of cloth on the cream wall",
        "my speed on a bike",
        "I need advice now, it matters a lot",
    ],
)
def test_ordinary_words_name_no_medicine(text: str):
    assert not [concept for concept in wiring.lexicon().find(text) if concept.kind is Kind.MEDICINE]


def test_an_unlisted_medicine_is_known_by_its_ending():
    assert make_lexicon().find("zorbopril") == {Concept(Kind.MEDICINE, "zorbopril")}
    assert make_lexicon().find("aprilpril") == frozenset()


def test_an_organ_means_its_illness_in_a_question_only():
    lexicon = make_lexicon()
    assert lexicon.find("It can harm the kidneys") == frozenset()
    assert [mention.concepts for mention in lexicon.mentions("my kidneys are bad")] == [frozenset({KIDNEY_DISEASE})]


def test_a_class_is_covered_by_a_member_and_a_member_not_by_its_class():
    lexicon = make_lexicon()
    assert lexicon.covers({IBUPROFEN}, PAINKILLER)
    assert not lexicon.covers({PAINKILLER}, IBUPROFEN)
    assert not lexicon.covers({WARFARIN}, PAINKILLER)


@pytest.mark.parametrize(
    "text",
    ["my 4 year old", "she is 3", "aged 7", "a 6-month-old", "he's 2", "my three week old baby", "I'm 15 and have acne",
     "my 2yo"],
)  # fmt: skip
def test_a_childs_age_is_heard(text: str):
    assert names_childs_age(text)


@pytest.mark.parametrize(
    "text",
    ["for 3 years", "I am 35 years old", "I am 12 weeks pregnant", "aged 60", "every 4 hours", "he is 5 feet tall",
     "I'm 10 kg overweight"],
)  # fmt: skip
def test_other_numbers_are_no_childs_age(text: str):
    assert not names_childs_age(text)


@pytest.mark.parametrize("text", ["my toddler", "for kids", "our daughter", "a newborn", "my teenager"])
def test_words_for_children_mean_childhood(text: str):
    assert CHILDHOOD in wiring.lexicon().find(text)


def test_a_nursing_home_has_no_nursing_mother():
    assert wiring.lexicon().find("my nan is in a nursing home") == frozenset()
    assert BREASTFEEDING in wiring.lexicon().find("safe for my nursing wife")


def test_baby_oil_has_no_baby():
    assert BABY not in wiring.lexicon().find("soften earwax with mineral oil or baby oil")
    assert BABY in wiring.lexicon().find("is baby oil safe for my baby?")


@pytest.mark.parametrize("text", ["I'm pregnant", "third trimester", "we are trying for a baby"])
def test_words_for_pregnancy_mean_it(text: str):
    assert PREGNANCY in wiring.lexicon().find(text)
