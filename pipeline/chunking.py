"""Cuts a Markdown topic into the blocks that may be quoted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MARK = re.compile(r"\s*\[\^(\d+)\]")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]?[A-Z0-9-])|\s+(?=- [A-Z])")
URGENT_HEADING = "Get help now if"
LONGEST = 130
"""Words of a block that stays whole. A longer one, which is nothing to quote and means too many things to be found by
one of them, is cut between sentences or list items."""
_PIECE = 100
"""Words of its pieces, where a single sentence has no more."""


@dataclass(frozen=True, slots=True)
class Block:
    heading: str
    text: str
    marks: tuple[int, ...]
    """Numbers of the sources, from 1, that the block was checked against."""

    @property
    def urgent(self) -> bool:
        return self.heading.casefold() == URGENT_HEADING.casefold()


def cut(body: str) -> list[Block]:
    """Blank lines part blocks; a list stays with the line above it; `[^1]` marks are taken out of the text."""
    blocks: list[Block] = []
    heading = ""
    for part in re.split(r"\n\s*\n", body.strip()):
        part = part.strip()
        if not part:
            continue
        if match := re.match(r"#{1,6}\s+(.*)", part):
            heading = match.group(1).strip()
            part = part[match.end() :].strip()
            if not part:
                continue
        marks = tuple(sorted({int(number) for number in _MARK.findall(part)}))
        blocks.extend(Block(heading, piece, marks) for piece in _pieces(_MARK.sub("", part)))
    return blocks


def _pieces(text: str) -> list[str]:
    if len(text.split()) <= LONGEST:
        return [text]
    lead, *items = text.split("\n")
    if not items:
        return [" ".join(group) for group in _groups(_sentences(text), _PIECE)]
    if len(lead.split()) > _PIECE // 2:  # no lead-in, a paragraph of its own
        return [*_pieces(lead), *_pieces("\n".join(items))]
    if not lead.endswith(":"):
        return ["\n".join(group) for group in _groups(_sentences_of_lines([lead, *items]), _PIECE)]
    return ["\n".join([lead, *group]) for group in _groups(_sentences_of_lines(items), _PIECE)]


def _sentences_of_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from [line] if len(line.split()) <= _PIECE else _sentences(line)


def _sentences(text: str) -> Iterator[str]:
    """What is still too long has no full stops, and is cut where it is full."""
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        if len(words) <= LONGEST:
            yield sentence
        else:
            yield from (" ".join(words[start : start + _PIECE]) for start in range(0, len(words), _PIECE))


def _groups(parts: Iterable[str], most: int) -> Iterator[list[str]]:
    """As many parts together as have so many words."""
    group: list[str] = []
    words = 0
    for part in parts:
        length = len(part.split())
        if group and words + length > most:
            yield group
            group, words = [], 0
        group.append(part)
        words += length
    if group:
        yield group
