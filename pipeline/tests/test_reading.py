from __future__ import annotations

import pytest
import textstat
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading import reading_grade, syllables_of
from pipeline.tests.test_knowledge import FILES, plain, topic_in

SPOKEN = {
    "pain": 1, "medicine": 3, "ibuprofen": 4, "doctor": 2, "breathe": 1, "table": 2, "needed": 2,
    "helped": 1, "radio": 3, "the": 1, "through": 1, "doses": 2,
}  # fmt: skip


@pytest.mark.parametrize("word", SPOKEN)
def test_syllables(word: str):
    assert syllables_of(word) == SPOKEN[word]


def test_topics_have_the_grade_that_a_library_gives_them():
    """It has a dictionary, which would have to be carried along for a tenth of a grade."""
    off = [
        reading_grade(text) - textstat.flesch_kincaid_grade(text)
        for text in (plain(topic_in(path).body) for path in FILES)
    ]
    assert max(map(abs, off)) < 1
    assert abs(sum(off) / len(off)) < 0.4


def test_plain_words_in_short_sentences_have_a_lower_grade():
    hard = (
        "Administration of nonsteroidal anti-inflammatory medication necessitates individual evaluation of "
        "cardiovascular contraindications. "
    )
    easy = "Take it with food. It can hurt your stomach. Stop if you feel ill. Ask a nurse if you are not sure. "
    assert reading_grade(easy * 2) < 4 < 14 < reading_grade(hard * 3)


def test_numbers_of_sources_headings_and_addresses_are_not_read():
    text = (
        "Rest in a dark and quiet room until the pain has gone. Drink some water now and then, and try to sleep a bit."
    )
    assert reading_grade(
        f"### Recommendations\n\n{text} [1] [12]\n\nhttps://example.org/immunological"
    ) == reading_grade(text)


@pytest.mark.parametrize("text", ["", "Take it with food.", "お薬は食後に飲んでください。" * 30])
def test_where_nothing_can_be_told_there_is_none(text: str):
    assert reading_grade(text) is None


@given(
    st.lists(
        st.sampled_from([*SPOKEN, "don't", "you’ll", "'quoted'", "it'5s", "a_b", "[1]", "Then. ", "20-year"]),
        min_size=25,
    )
)
def test_english_and_other_texts_are_cut_into_the_same_words(words):
    """Two apostrophes on end are no English, and no word."""
    text = " ".join(words)
    assert reading_grade(text) == reading_grade(f"{text} ''")
