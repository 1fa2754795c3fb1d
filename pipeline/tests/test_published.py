from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.held_back import LAST_BLANKS
from pipeline.published import PublishedText
from pipeline.tests.growth import assert_linear
from pipeline.tests.nasty import cut_up

TEXTS = st.lists(
    st.sampled_from(["Rest", " ", "\n", "\t", " " * 20, "\n" * 40, "\x00", "\u202e", "\x1f", "\x85", "\xa0", "."])
    | st.text(max_size=3),
    max_size=14,
).map("".join)


def published(pieces: list[str]) -> str:
    text = PublishedText()
    return "".join(map(text.feed, pieces))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([" \n", "Rest ", "in ", "bed", ".", "\n\n", " "], "Rest in bed."),
        (["Rest ", "in bed. ", " "], "Rest in bed. "),
        (["Call now.\n\n", "", "Rest."], "Call now.\n\nRest."),
        (["A\x00B\u202eC\u2069", "\x07", "\r\n", "\tD"], "ABC\n\tD"),
        (["a" + " " * 500, " " * 500 + "b"], "a" + " " * LAST_BLANKS + "b"),
        (["a" + "\n" * 500 + "b"], "a" + "\n" * LAST_BLANKS + "b"),
        (["\x00 \x00"], ""),
        (["naïve \U0001f642", "\N{ZERO WIDTH JOINER}x"], "naïve \U0001f642\N{ZERO WIDTH JOINER}x"),
    ],
)
def test_control_characters_and_the_empty_lines_around_an_answer_are_left_out(pieces: list[str], expected: str):
    assert published(pieces) == published(list("".join(pieces))) == expected


@given(TEXTS, st.data())
def test_what_was_given_out_is_at_any_moment_the_text_to_the_blank_behind_its_last_word(text: str, data: st.DataObject):
    feed = PublishedText()
    fed = given_out = ""
    for piece in data.draw(cut_up(text)):
        fed += piece
        given_out += feed.feed(piece)
        clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "", fed).lstrip()
        words = clean.rstrip()
        if words and clean[len(words) :].startswith(" "):
            words += " "
        assert given_out == re.sub(r"\s+", lambda run: run[0][:LAST_BLANKS], words)
        assert feed.held <= LAST_BLANKS


@pytest.mark.parametrize("unit", [" ", "\n", "\x00", "a ", " " * 30 + "a", " " * 23 + "a"])
def test_it_takes_linear_time(unit: str):
    def in_pieces(text: str) -> None:
        feed = PublishedText()
        for start in range(0, len(text), 100):
            feed.feed(text[start : start + 100])

    assert_linear(in_pieces, unit)
    assert_linear(lambda text: published([text]), unit)
