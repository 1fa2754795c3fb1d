from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import held_back
from pipeline.citations import CitationFilter
from pipeline.tests.growth import assert_linear
from pipeline.tests.nasty import MARKS, PAGES, SOURCES, cut_up, texts

TEXTS = texts(MARKS)


def whole(text: str) -> str:
    return in_pieces([text])


def in_pieces(pieces: list[str]) -> str:
    citations = CitationFilter(SOURCES)
    return "".join(map(citations.feed, pieces)) + citations.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Rest [1].", "Rest [1]."),
        ("Rest [1, 2] and [1,3].", "Rest [1] [2] and [1] [3]."),
        ("Rest [1][2].", "Rest [1] [2]."),
        ("Rest [1-3]. Drink [2–3]; [1 and 3].", "Rest [1] [2] [3]. Drink [2] [3]; [1] [3]."),
        ("Rest [^1] [Source 2] [source: 3] [Sources 1, 2] [Source 1, Source 3].", "Rest [1] [2] [3] [1] [2] [1] [3]."),
        ("Rest (Source 1). Drink (sources 1 and 2) (ref. 3).", "Rest [1]. Drink [1] [2] [3]."),
        ("Rest【1】and drink 【2†L3-L5】 or 【3:0†source】.", "Rest[1]and drink [2] or [3]."),
        ("Rest [[1]](https://evil.com) [2](https://evil.com).", "Rest [1] [2]."),
        ("Rest [ 1 ].", "Rest [1]."),
    ],
)
def test_citations_of_sources_are_written_in_one_way(text: str, shown: str):
    assert whole(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Rest [7].", "Rest."),
        ("Rest [7] and drink [1, 7].", "Rest and drink [1]."),
        ("Rest (Source 9).", "Rest."),
        ("Rest [0] [2024] [99999999999999999999].", "Rest."),
        ("- [7] Rest", "- Rest"),
        ("Rest[7]now", "Rest now"),
        ("[5-9]", ""),
        ("[<b>7</b>] [7<b>]", ""),
        ("[[1]7]", "[[1]7]"),
        ("[[7]7] [[7]^7]", "[7 ] [^7 ]"),
    ],
)
def test_a_number_that_names_no_source_is_dropped(text: str, shown: str):
    assert whole(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Read [the page](https://example.org/asthma).", "Read [the page](https://example.org/asthma)."),
        ('Read [it](https://example.org/asthma "title").', "Read [it](https://example.org/asthma)."),
        ("Read [it](https://example.org/ear_(infection)).", "Read [it](https://example.org/ear_(infection))."),
        ("Read [it](https://example.org/asthma/).", "Read it."),
        ("Read [it](https://example.org/asthma@evil.com).", "Read it."),
        ("Read [NHS](https://evil.com), [a](javascript:alert(1)), [b](//evil.com), [c](/d).", "Read NHS, a, b, c."),
        ("Read [x](<https://evil.com> 'y').", "Read x."),
        ("[12 hours](if it gets worse)", "[12 hours] (if it gets worse)"),
        ("Hello!\n![a rash](https://example.org/asthma)", "Hello!\na rash"),
        ("Wow![a page](https://example.org/asthma)", "Wow! [a page](https://example.org/asthma)"),
        ("Text\n[1]: https://evil.com 'title'\nmore", "Text\n\nmore"),
        ("[note]: //evil.com\n", "\n"),
        ("> [x]: <https://evil.com>", ">"),
        ("[Note]: take it with food.", "Note: take it with food."),
        ("[1]: Asthma, a public body", "[1] Asthma, a public body"),
        ("As in [1]: rest.", "As in [1]: rest."),
        ("As in (Source 1): rest.", "As in [1]: rest."),
        ("[1]www.evil.com: /evil", "[1] : /evil"),
        ("[1][7]: /evil", "[1] : /evil"),
        ("www.evil.com (Source 1): /evil", " [1] : /evil"),
        ("[the page][asthma] and [the page][1]", "the page and the page [1]"),
        ("See https://evil.com/a?b=c. Or <http://evil.com>, www.evil.com!", "See. Or,!"),
        ("See https://example.org/asthma. (https://example.org/asthma)", None),
        ("<https://example.org/asthma>", None),
        ("See https://example.org/asthma.evil.com now", "See now"),
        ("See (https://evil.com) or (see www.evil.com).", "See or (see)."),
        ("mailto:me@evil.com javascript:alert(1) data:text/html;x ftp://evil.com end", " end"),
        ("The data: 5 of 10. Javascript: no. And/or // that.", None),
        ("xhttp://evil.com zwww.evil.com", "xhttp: zwww"),
        ("Write to nurse@evil.com", "Write to nurse @evil.com"),
        ("<a href='https://evil.com'>hi</a> <img src=x onerror=y>b<br/>c<script>d</script><!-- e -->", "hi bcd"),
        ("`[a](http://evil.com)`\n```\nhttp://evil.com\n```", "`a`\n```\n\n```"),
        ("[a]<b>(http://evil.com)", "[a]"),
        ("[a]<b>(evil)", "[a] (evil)"),
        ("<<b>script>", "< script>"),
        ("ht<i>tp://evil.com", ""),
    ],
)
def test_only_links_to_the_sources_pages_stay(text: str, shown: str | None):
    assert whole(text) == (text if shown is None else shown)


@pytest.mark.parametrize(
    "text",
    [
        "[see a doctor] if it lasts [12 hours]. - [ ] rest", "a < b, <5 mg, 2<3 and BP >60 (or so)!", "Hello!! (h",
        "x\n\n\ty  ",
        "**bold** _it_ `code` # 1) 50% & more; what? 10 a/b", "Ask: who/what/when.", "hay (source of pollen) www",
        "([)", "![",
        "data", "http", "a :/ b", "the temp is ≥ 38 °C — call", "<3 <", "naïve [é]",
    ],
)  # fmt: skip
def test_ordinary_text_passes_unchanged(text: str):
    assert whole(text) == text
    assert in_pieces(list(text)) == text


@pytest.mark.parametrize("blank", ["\xa0", "\u2028", "\x1d", "\x85", "\u3000"])
@pytest.mark.parametrize("scheme", ["mailto:", "javascript:", "x-script:", "data:", "zwww.", "http://example.org"])
def test_any_blank_of_unicode_ends_what_could_become_an_address(scheme: str, blank: str):
    text = f"See {scheme}{blank}Rest."
    assert whole(text) == in_pieces(list(text)) == text


def test_it_knows_what_was_cited():
    citations = CitationFilter(SOURCES)
    citations.feed("Rest [1-2]. Sleep [7]. [3](")
    assert citations.cited == {1, 2}
    citations.finish()
    assert citations.cited == {1, 2, 3}


@settings(max_examples=200)
@given(TEXTS, st.data())
def test_any_split_gives_the_same(text: str, data: st.DataObject):
    """But for blanks: one that ends a piece is out at once."""
    by_pieces, by_characters = in_pieces(data.draw(cut_up(text))), in_pieces(list(text))
    assert {"".join(shown.split(" ")) for shown in (by_pieces, by_characters)} == {"".join(whole(text).split(" "))}


SAFE_LINK = re.compile(r"\[[^\[\]\n]*\]\((?:%s)\)|<(?:%s)>" % (("|".join(map(re.escape, PAGES)),) * 2))
PAGE = re.compile("|".join(map(re.escape, PAGES)))
BARE = re.compile(r"(?:https?|ftp|file)://[^\s<]+|www\.[^\s<.]+", re.IGNORECASE)


@settings(max_examples=300)
@given(TEXTS)
def test_nothing_foreign_comes_through(text: str):
    shown = whole(text)
    assert {int(n) for n in re.findall(r"\[\^?(\d+)\]", shown, re.ASCII)} <= {1, 2, 3}
    rest = SAFE_LINK.sub("\0", shown)
    assert "](" not in rest
    assert "][" not in rest
    assert not re.search(r"(?m)^[\s>*+\-\d.)]*\[[^\[\]\n]*\]:", rest)
    assert not re.search(r"!\[[^\[\]]*\]\(", shown)  # `![[a](…)` is a link behind two marks, not a picture
    assert not re.search(r"<[A-Za-z/!?]", rest)
    assert not re.search(r"(?:javascript|mailto|vbscript):[.,;:!?)*_~']*[^\W_/]", PAGE.sub("\0", rest), re.IGNORECASE)
    assert not re.search(r"[\w.+-]@", rest, re.ASCII)
    for address in BARE.findall(rest):
        assert any(address.startswith(page) and not address[len(page) :].strip(".,;:!?)*_~'") for page in PAGES)


TOKENS = [
    "If", " you", " wheeze", ",", " use", " the", " blue", " inhaler", ".", " Wait", " for", " what", " happens", "!",
    "\n\n",
    "-", " Less", " than", " 5", " mg", ":", " ask", " a", " doctor", "'s", " advice", "?", " 50", "%", " of",
    " people", "é",
    " month", "s", " who", "ever", " and", "/", "or", " *", "ful", " data", "base", " height", " with", " mail", "ed",
    " —",
]  # fmt: skip


def test_each_token_of_prose_comes_out_of_the_call_that_brings_it():
    citations = CitationFilter(SOURCES)
    late = [token for token in TOKENS if citations.feed(token) != token]
    assert late == [" data", "base", " mail", "ed"]  # each may begin an address


@pytest.mark.parametrize(
    "unit",
    ["[", "<", "(", "!", "![", "http", "http ", "www.", "[1]", "[a](", "]( ", "((a", "(source", "<a ", "[[a] ", " ",
     "[ [] ", "javascript:", "h", "h ", "【", "<a href='", "[1]: ", "](((", "@", "a@", "//", "://", "(http://", "[1](h",
     "].", ":", "x"],
)  # fmt: skip
def test_it_takes_linear_time_and_bounded_memory(unit: str):
    def in_pieces(text: str) -> None:
        citations = CitationFilter(SOURCES)
        for start in range(0, len(text), 1000):
            citations.feed(text[start : start + 1000])
            assert citations.held <= held_back.BRACKETS + held_back.BLANKS
        citations.finish()

    assert_linear(in_pieces, unit)
    assert_linear(whole, unit)
