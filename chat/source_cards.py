"""A source as the patient sees it beside an answer."""

from __future__ import annotations

import re

from chat import protocol
from pipeline.types import Source

EXCERPT_CHARS = 1200
MOST_PUBLISHERS = 2


def source_card(source: Source) -> protocol.SourceCard:
    """The page that the block's facts are from stands for it; the words are Veda's own."""
    passage = source.passage
    page = passage.references[0] if passage.references else None
    publishers = list(dict.fromkeys(reference.publisher for reference in passage.references))
    others = len(publishers) - MOST_PUBLISHERS
    known = "; ".join(publishers[:MOST_PUBLISHERS]) + (f" and {others} more" if others > 0 else "")
    return protocol.SourceCard(
        n=source.n,
        title=passage.title,
        heading=passage.heading or None,
        url=page.url if page else "",
        source="Veda health topics" + (f", facts from {known}" if known else ""),
        read_on=page.read_on.isoformat() if page and page.read_on else None,
        excerpt=_excerpt(passage.text),
        score=round(min(1.0, source.score), 3),
        clinically_reviewed=passage.clinically_reviewed,
    )


def _excerpt(text: str) -> str:
    """In running text: a list's items follow one another."""
    text = re.sub(r"\s*\n(?:[-*]|\d+\.)\s+", " · ", text).replace(": · ", ": ")
    if len(text) <= EXCERPT_CHARS:
        return text
    return text[:EXCERPT_CHARS].rsplit(" ", 1)[0] + " …"
