"""The shapes of what stands in brackets: citations, links, tags, and what may yet become one. Pure."""

from __future__ import annotations

import re

from pipeline.addresses import any_start

_LABEL_WORDS = ("sources", "refs", "references", "citations", "passages", "documents", "docs")
_LABEL_WORD = "(?:sources?|references?|refs?|citations?|passages?|documents?|docs?)"
_LABEL = rf"{_LABEL_WORD}(?![a-z])[.:# ]*"
_NUMBERS = r"\d+(?: ?(?:,|;|&|and|[-–—]) ?\d+)*"
_CITES = re.compile(
    rf" ?(?:\^|#|{_LABEL})? ?({_NUMBERS}(?: ?(?:[,;&]|and) ?{_LABEL}{_NUMBERS})*)(?::\d+)? ?(?:†.*)?", re.IGNORECASE
)
_CUT_OFF = any_start([*_LABEL_WORDS, "and"])
_LIST = rf"(?:[\d,;&.:#^–—-]|[^\S\n]|and|{_LABEL_WORD})*(?:†.*|{_CUT_OFF})?"
BEGINS_CITATION = re.compile(rf"[\[【［](?=[^\d\n]*\d|\s*\Z){_LIST}|\(\s*{_LABEL_WORD}{_LIST}", re.IGNORECASE)
"""A list of numbers whose end is still to come on its line."""
MAY_STAND_ALONE = re.compile(
    rf"\s*(?:{any_start(_LABEL_WORDS)}|{_LABEL_WORD}(?:[\d\s,;&.:#–—-]|and|{_LABEL_WORD})*(?:{_CUT_OFF})?"
    rf"|{any_start(('http://', 'https://', 'www.'))}|(?:https?://|www\.)[^\s\[\]<>()]*\s*)?",
    re.IGNORECASE,
)
"""What could yet become `(Source 1)` or `(https://…)`."""
ONE_ADDRESS = re.compile(r"\s*((?:https?://|www\.)[^\s\[\]<>()]*)\s*", re.IGNORECASE)

_ATTRIBUTE_NAME = r"[a-z_:@][\w.:-]*"
_ATTRIBUTES = rf"""(?:\s+{_ATTRIBUTE_NAME}(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*"""
TAG = re.compile(
    rf"</?[a-z][a-z0-9-]*{_ATTRIBUTES}\s*/?>|<[a-z/][^<>]*=[^<>]*>|<[/!?][^<>]*>",
    re.IGNORECASE,
)
BEGINS_TAG = re.compile(
    rf"""</[a-z]|<!--|<[!?][a-z]|<[a-z][a-z0-9-]*{_ATTRIBUTES}\s+{_ATTRIBUTE_NAME}\s*=\s*["']""", re.IGNORECASE
)
"""What can be nothing else, however far its end is. `<b and c = 5` can."""
AUTOLINK = re.compile(r"<((?:[a-z][a-z0-9+.-]*:|www\.|//)[^<>\s]*|[^\s<>@]+@[^\s<>@]+)>", re.IGNORECASE)
BEGINS_AUTOLINK = re.compile(r"<(?:[a-z][a-z0-9+.-]*:|www\.|//|[^\s<>@]+@)[^<>\s]*", re.IGNORECASE)
_RUN = r"[^\s()]*(?:\([^\s()]*\)[^\s()]*)*"
TARGET = re.compile(rf"""\(\s*(?:<([^<>\n]*)>|({_RUN}))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)""")
BEGINS_TARGET = re.compile(
    rf"""\([\t ]*(?:<[^<>\n]*|(?:<[^<>\n]*>|(?=[^\t ]){_RUN}(?:\([^\s()]*)?)"""
    r"""(?:[\t ]+(?:"[^"\n]*(?:"[\t ]*)?|'[^'\n]*(?:'[\t ]*)?|\([^()\n]*(?:\)[\t ]*)?)?)?)"""
)
"""The address of a link, and a title, whose closing parenthesis is still to come on their line."""

BRACKETS = re.compile(r"[\[\]【】［］\n]")
PARENTHESES = re.compile(r"[()\n]")
_PARENTHESES = re.compile(r"[()]")
ANGLES = re.compile(r"[<>\n]")
_DEEPEST = 3
"""Parentheses in the address of a link."""


def cited_numbers(inner: str) -> str:
    """The numbers, if it cites."""
    found = _CITES.fullmatch(re.sub(r"\s+", " ", inner))
    return found[1] if found else ""


def plain_inner(text: str) -> str:
    """What stands in brackets, without tags and brackets of its own."""
    while (shorter := TAG.sub("", text)) != text:
        text = shorter
    return BRACKETS.sub(" ", text).strip() if BRACKETS.search(text) else text


def end_of_bracket(text: str, at: int) -> int | None:
    """Behind the closing one; -1 where it doesn't close on its line or holds too many levels; None: not here yet."""
    depth = 1
    for mark in BRACKETS.finditer(text, at + 1):
        depth += 1 if mark[0] in "[【［" else -1
        if depth == 0:
            return mark.end()
        if depth > 2 or mark[0] == "\n":
            return -1
    return None


def end_of_parenthesis(text: str, at: int) -> int | None:
    """Behind the closing one, on whatever line; -1 where it holds too many levels; None: not here yet."""
    depth = 0
    for mark in _PARENTHESES.finditer(text, at):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return mark.end()
        if depth > _DEEPEST:
            return -1
    return None
