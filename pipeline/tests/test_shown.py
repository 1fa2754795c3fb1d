"""The filters of a model's text together, up to what is published: what waits is bounded and nothing is taken back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.held_back import ADDRESS, BRACKETS, FIRST_WORD, MOST_HELD
from pipeline.published import PublishedText
from pipeline.shown import ShownText
from pipeline.tests.growth import assert_linear
from pipeline.tests.nasty import MARKERS, MARKS, SOURCES, cut_up, make_source

LONG_PAGE = "https://example.org/".ljust(ADDRESS - 10, "l")
ENDLESS_PAGE = "https://example.org/".ljust(ADDRESS + 40, "e")
PAGES = [*SOURCES, make_source(4, LONG_PAGE), make_source(5, ENDLESS_PAGE)]
WORDS = [
    "Rest ", " in", "bed", ".", ",", " h", "ttp", " www", "zwww", " data", "script", "9", "1, ", 'a="x" ', "\u200b",
    "\x00",
]  # fmt: skip
PIECES = [*MARKS, *MARKERS, *WORDS, LONG_PAGE, ENDLESS_PAGE, LONG_PAGE[:60], f"[x]({LONG_PAGE})", f"<{ENDLESS_PAGE}>"]
NASTY = st.sampled_from(PIECES) | st.text(max_size=3)
LONG = st.builds(str.__mul__, NASTY, st.sampled_from([20, 70, 145, 300]))
TEXTS = st.lists(st.one_of(NASTY, NASTY, NASTY, LONG), max_size=14).map(lambda pieces: "".join(pieces)[:3000])


class Stream:
    """What readers got so far."""

    def __init__(self) -> None:
        self.shown = ShownText(PAGES)
        self.published = PublishedText()
        self.text = ""

    @property
    def held(self) -> int:
        return self.shown.held + self.published.held

    def feed(self, text: str) -> None:
        self.text += self.published.feed(self.shown.feed(text))

    def finish(self) -> str:
        self.text += self.published.feed(self.shown.finish())
        return self.text


def in_pieces(pieces: Iterable[str]) -> str:
    stream = Stream()
    for piece in pieces:
        stream.feed(piece)
    return stream.finish()


def whole(text: str) -> str:
    return in_pieces([text])


def words(text: str) -> str:
    """Without blanks: a blank that ends a piece is out at once, so that the cut decides whether it stays before what is
    dropped. Nothing else depends on the cut."""
    return text.replace(" ", "").replace("\t", "")


@settings(max_examples=250)
@given(TEXTS, st.data())
def test_any_split_gives_the_same_and_holds_back_no_more_than_it_may(text: str, data: st.DataObject):
    pieces = data.draw(cut_up(text))
    by_character, by_piece = Stream(), Stream()
    for piece in pieces:
        for character in piece:
            by_character.feed(character)
            assert by_character.held <= MOST_HELD
        by_piece.feed(piece)
        assert by_piece.held <= MOST_HELD
        assert words(by_piece.text) == words(by_character.text)
    assert words(by_character.finish()) == words(by_piece.finish()) == words(whole(text))
    assert by_character.shown.cited == by_piece.shown.cited


@settings(max_examples=250)
@given(st.lists(st.sampled_from([*MARKS, *MARKERS, *WORDS * 4]), max_size=20))
@example(["Rest ", "zwww", ".", "evil"])
@example(["Rest zscript:", "evil"])
@example(["Rest <<b>", "script"])
@example(["Rest(Source 7)", "now"])
@example(["Rest.\nwww.evil.com", " 1", ". ", "[1][7]", ": /evil"])
@example(["Rest.\n", "Of ", "[1]", ":", " rest"])
def test_a_piece_that_is_a_word_goes_the_same_way_as_a_whole_text(pieces: list[str]):
    assert words(in_pieces(pieces)) == words(whole("".join(pieces)))


def test_filters_that_wait_at_the_same_time_share_what_may_wait():
    stream = Stream()
    for character in "1" * FIRST_WORD + " " * 100 + LONG_PAGE + "[" + "a" * BRACKETS + "<|" + "a" * 40:
        stream.feed(character)
        assert stream.held <= MOST_HELD
    stream = Stream()
    most = 0
    for character in "1" * FIRST_WORD + " " * 100 + LONG_PAGE + "[see a doctor" + "<|" + "a" * 40:
        stream.feed(character)
        most = max(most, stream.held)
    assert 200 < most <= MOST_HELD


@settings(max_examples=250)
@given(TEXTS, st.data())
def test_what_was_shown_stays_whatever_comes_and_all_of_it_but_the_last_256_is_there(text: str, data: st.DataObject):
    fed = data.draw(st.integers(0, len(text)))
    stream = Stream()
    stream.feed(text[:fed])
    broken_off = whole(text[:fed])
    assert words(whole(text)).startswith(words(stream.text))
    assert broken_off.startswith(stream.text.rstrip())
    assert len(broken_off) - len(stream.text) <= MOST_HELD
    assert stream.text in (stream.text.strip(), stream.text.strip() + " ")


BAD = "\N{GREEK SMALL LETTER XI}"
UNWANTED = [
    f"https://{BAD}.com/{BAD}_({BAD})", f"http://{BAD * 300}", f"www.{BAD}.com", f"javascript:{BAD}('{BAD}')",
    f"<think>{BAD * 300}</think>", f"<unused94>{BAD}<unused95>", f"<img src='{BAD}'>", f"<!--{BAD}-->",
]  # fmt: skip


@settings(max_examples=250)
@given(
    st.lists(st.one_of(NASTY, LONG, st.sampled_from(UNWANTED)), max_size=12)
    .map("".join)
    .filter(lambda text: BAD in text),
    st.data(),
)
def test_nothing_unwanted_is_shown_in_part(text: str, data: st.DataObject):
    """Between whatever pieces, however they are cut."""
    assert BAD not in in_pieces(data.draw(cut_up(text)))


@pytest.mark.parametrize(
    ("before", "unit", "after", "shown"),
    [
        ("[NHS](https://evil.com/", "x", "). Rest.", "NHS. Rest."),
        ("[NHS](/", "evil/", "). Rest.", "NHS. Rest."),
        ("[NHS](evil_(", "x", ")). Rest.", "NHS. Rest."),
        ("[NHS](<", "evil evil ", ">). Rest.", "NHS. Rest."),
        ('[NHS](/evil "', "evil ", '"). Rest.', "NHS. Rest."),
        ('[NHS](https://example.org/gout "', "evil ", '"). Rest.', "NHS. Rest."),
        ("![a rash](evil/", "x", ") Rest.", "a rash Rest."),
        ("[1](evil", "x", ") Rest.", "[1] Rest."),
        ("See <https://evil.com/", "x", ">. Rest.", "See. Rest."),
        ("See <evil@evil", "x", ">. Rest.", "See. Rest."),
        ("See https://evil.com/", "x", " now. Rest.", "See now. Rest."),
        ("See (https://evil.com/", "x", " there). Rest.", "See ( there). Rest."),
        ("<a href='/evil", "x", "'>Rest</a>.", "Rest."),
        ('<a class="b" href="', "evil ", '">Rest</a>.', "Rest."),
        ("<!-- ", "evil ", "-->Rest.", "Rest."),
        ("A\n[x]: https://evil.com/", "evil ", "\nRest.", "A\n\nRest."),
        ("Rest [9", ", 9", "].", "Rest."),
        ("Rest [", "9", "].", "Rest."),
        ("Rest [", " ", "9].", "Rest."),
        ("Rest ![", "9", "].", "Rest !."),
        ("Rest [Source 9", " and source 9", "].", "Rest."),
        ("Rest (sources 9", ", 9", ").", "Rest."),
        ("Rest 【9†", "evil ", "】.", "Rest."),
        ("Rest.<think>", "evil ", "</think>", "Rest."),
        ("<|channel|>commentary to=", "evil", "<|message|>evil<|end|><|channel|>final<|message|>Rest.", "Rest."),
    ],
)
def test_what_is_dropped_is_dropped_whole_however_long_it_is(before: str, unit: str, after: str, shown: str):
    for times in [1, 10, *range(20, 200, 3), 1000]:
        text = f"Hello. {before}{unit * times}{after}"
        assert whole(text) == f"Hello. {shown}", times
        assert words(in_pieces(text)) == words(whole(text)), times


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [NHS](https://evil.com/{}\nRest.", "See NHS\nRest."),
        ("See [9, {}\nRest.", "See\nRest."),
        ('See<a href="{}\nRest.', "See\nRest."),
        ("See <https://evil.com/{} Rest.", "See Rest."),
    ],
)
def test_what_is_never_closed_takes_no_more_than_its_line_along(text: str, shown: str):
    text = text.format("9" * 300)
    assert whole(text) == shown
    assert words(in_pieces(text)) == words(shown)


@pytest.mark.parametrize(
    "text",
    [
        "[" + "see a doctor " * 30 + "] Rest.",
        "[" + "see a doctor " * 30 + "](if it gets worse). Rest.",
        "[12 hours](if it gets worse and " + "worse " * 60 + "). Rest.",
        "a <b and c = 5 mg and " + "then " * 60 + ". Rest.",
        "(source of " + "pollen " * 60 + "). Rest.",
        "(" + " " * 8 + "a)",
        "![" + "see a doctor " * 30 + "](evil) Rest.",
        "[a rash][" + "see a doctor " * 30 + "] Rest.",
        "[-----" + "-" * 300 + "] Rest.",
    ],
)
def test_any_other_bracket_that_is_too_long_is_text_and_no_link(text: str):
    shown = whole(text)
    assert "](" not in shown
    assert "][" not in shown
    assert shown.replace("] (", "](").replace("] [", "][").replace("< ", "<") == text
    assert words(in_pieces(text)) == words(shown)


@pytest.mark.parametrize("begins", ["[", "[a](", "![a](", "(source", "<a href='", "<", "【1†", "[1]: ", "1"])
def test_text_comes_out_again_behind_what_is_never_closed(begins: str):
    stream = Stream()
    stream.feed(f"Hello. {begins}")
    for _ in range(300):
        stream.feed("word\n")
    assert stream.text.endswith("word")
    assert len(stream.text) > 1000


def test_a_link_to_a_page_of_a_source_stays_up_to_the_length_that_may_wait():
    link = f"[a]({LONG_PAGE})"
    assert whole(f"See {link}. Or {LONG_PAGE}.") == f"See {link}. Or {LONG_PAGE}."
    assert whole(f"See [a]({ENDLESS_PAGE}). Or {ENDLESS_PAGE}.") == "See a. Or."


def test_blanks_marks_and_numbers_wait_for_the_first_word():
    stream = Stream()
    for piece in (" ", "\n", "*", "*1", ". "):
        stream.feed(piece)
    assert (stream.text, stream.shown.begun) == ("", False)
    stream.feed("Rest")
    assert (stream.text, stream.shown.begun) == ("**1. Rest", True)


@pytest.mark.parametrize("text", ["", " \n", "[1]", "1. 2. 3.", "<think>hm</think>", "-" * FIRST_WORD])
def test_without_a_word_nothing_is_said(text: str):
    stream = Stream()
    stream.feed(text)
    assert stream.finish() == ""
    assert not stream.shown.begun


def test_more_marks_and_numbers_than_may_wait_are_an_answer():
    numbers = "120/80, 115/75, 130/85, 125/80, 118/76"
    assert whole(numbers) == in_pieces(numbers) == numbers


@pytest.mark.parametrize(
    "unit",
    ["Rest ", "\n", "9", "[9, ", "[NHS](/", "[a](<b ", "<a b='", "<!-- ", "<a@", "(source 9, ", "![", "【1†", "![a](x",
     "<|channel|>x", "[1]: htt", f"{LONG_PAGE}["],
)  # fmt: skip
def test_it_takes_linear_time(unit: str):
    def in_pieces_of_a_hundred(text: str) -> None:
        stream = Stream()
        for start in range(0, len(text), 100):
            stream.feed(text[start : start + 100])
        stream.finish()

    assert_linear(in_pieces_of_a_hundred, unit)
    assert_linear(whole, unit)
