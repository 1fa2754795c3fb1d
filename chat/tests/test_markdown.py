"""Markdown as staff read it: nothing of a text becomes HTML but what Markdown says, and marks stay well-formed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.markdown import as_html


def test_it_is_rendered():
    html = as_html("# Fever\n\n**Rest** and drink.\n\n* one\n* two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in ("<h1>Fever</h1>", "<strong>Rest</strong>", "<li>one</li>", "<td>2</td>"):
        assert part in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ('a <img src=x onerror="alert(1)">', "&lt;img"),
        ("[here](javascript:alert(1))", "[here](javascript:alert(1))"),
        ("[here](data:text/html,x)", "[here](data:text/html,x)"),
        ("![a picture](https://tracker.example/x.png)", "a picture"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("[1]: https://evil.example", "[1]: https://evil.example"),
    ],
)
def test_it_can_do_no_harm(text, shown):
    html = as_html(text)
    assert shown in html
    assert not re.search(r"<(script|img)\b|href=", html)


def test_a_link_goes_where_it_says_without_telling_from_where():
    assert '<a href="https://nhs.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">' in as_html(
        "[here](https://nhs.example/?a=1&b=2)"
    )


def test_places_are_marked_across_elements():
    assert as_html("Take **forty** pills now.", [(0, 19)]) == (
        "<p><mark>Take </mark><strong><mark>forty</mark></strong><mark> pill</mark>s now.</p>\n"
    )
    assert 'href="https://a.example/"><mark>' not in as_html("Go [there](https://a.example/) now", [(0, 15)])
    assert as_html("Go [there](https://a.example/) now", [(0, 15)]).endswith("</a> now</p>\n")
    assert as_html("Take `40 mg` now", [(6, 16)]) == "<p>Take <code>40 mg</code><mark> now</mark></p>\n"


class Nesting(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        """`<br />` and `<hr />` hold nothing."""
        assert tag in ("br", "hr")


@example("a\\\nb\n\n---", [(0, 9)])
@example("a `bc` d", [(4, 8)])
@example("```a\nb\n```\nc", [(4, 12)])
@example('[a](https://a.example "bc") d', [(24, 29)])
@given(
    st.text(alphabet="ab *_`[]()<>#|-\n\\!:/&\ue000\ue001", max_size=60),
    st.lists(st.tuples(st.integers(-2, 62), st.integers(-2, 62)), max_size=4),
)
def test_whatever_is_marked_elements_are_closed_in_their_order(text, spans):
    parser = Nesting()
    parser.feed(as_html(text, spans))
    assert parser.open == []
