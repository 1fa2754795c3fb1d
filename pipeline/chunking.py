"""Cuts a Markdown topic into the blocks that may be quoted. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"\s*\[\^(\d+)\]")
URGENT_HEADING = "Get help now if"


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
        blocks.append(Block(heading, _MARK.sub("", part), marks))
    return blocks
