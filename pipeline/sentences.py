"""Cuts a text in Markdown into its sentences, each with its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"[^\n]+")
_BEFORE_WORDS = re.compile(r"\s*(?:>\s*|[-*+•·]\s+|\d{1,2}[.)]\s+)*")
_HEADING = re.compile(r"\s*#{1,6}\s")
_ITEM = re.compile(r"\s*(?:[-*+•·]|\d{1,2}[.)])\s+")
_END = re.compile(
    r"[.!?](?<![.\s][A-Za-z].)(?<!\bDr.)(?<!\bMr.)(?<!\bMrs.)(?<!\bMs.)(?<!\bSt.)(?<!\be\.g.)(?<!\bi\.e.)(?<!\bvs.)"
    r"(?<!\bno.)(?<!\betc.)[.!?]*[\"'”’)*_]*(?:\s*\[\d{1,2}\])*(?=\s|$)"
)
"""The mark comes first, so that a search passes over all other characters at once."""


@dataclass(frozen=True, slots=True)
class Sentence:
    start: int
    end: int
    """In code points of the text."""
    text: str
    lead: str = ""
    """The line above a list that an item belongs to: it says what the item is about."""


def sentences_of(text: str) -> Iterator[Sentence]:
    """Headings are none. An item of a list is one or more, under the line above its list."""
    line_before, lead = "", ""
    for line in _LINE.finditer(text):
        if not line[0].strip():
            continue
        if _HEADING.match(line[0]):
            line_before = lead = ""
            continue
        if _ITEM.match(line[0]):
            lead = line_before
        else:
            line_before, lead = line[0].strip(), ""
        yield from _in_line(text, line.start(), line.end(), lead)


def _in_line(text: str, start: int, end: int, lead: str) -> Iterator[Sentence]:
    words = _BEFORE_WORDS.match(text, start, end)
    at = words.end() if words else start
    for stop in [*(found.end() for found in _END.finditer(text, at, end)), end]:
        part = text[at:stop]
        first, last = at + len(part) - len(part.lstrip()), at + len(part.rstrip())
        if first < last:
            yield Sentence(first, last, text[first:last], lead)
        at = stop
