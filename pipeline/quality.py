"""What can be measured of a finished answer: how far its sources have it, and how easy it is to read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.concepts import Lexicon
from pipeline.reading import reading_grade
from pipeline.support import Support, Supporter
from pipeline.types import Source


@dataclass(frozen=True, slots=True)
class Quality:
    support: Support | None
    """None: there were no sources to compare it with."""
    reading_grade: float | None

    def as_json(self) -> dict[str, Any]:
        """As in the `metadata` of a reply."""
        told: dict[str, Any] = {}
        if self.reading_grade is not None:
            told["reading_grade"] = self.reading_grade
        if self.support and self.support.score is not None:
            told["support"] = {"score": round(self.support.score, 3), "sentences": len(self.support.checked)}
            told["unsupported"] = [
                {"start": one.sentence.start, "end": one.sentence.end, "missing": sorted(one.missing)}
                for one in self.support.unsupported
            ]
        return told


def measure(answer: str, sources: Sequence[Source], lexicon: Lexicon, *, own_words: Iterable[str] = ()) -> Quality:
    """`own_words`: paragraphs that are Veda's own, whoever wrote the rest; they aren't measured."""
    written = _without(answer, own_words)
    support = Supporter((source.passage for source in sources), lexicon).check(written) if sources else None
    return Quality(support, reading_grade(written))


def _without(answer: str, own_words: Iterable[str]) -> str:
    """Each place stays where it was."""
    for part in {part.strip() for words in own_words for part in words.split("\n\n")} - {""}:
        if part in answer:
            answer = re.sub(rf"(?m)^{re.escape(part)}$", lambda found: "\n" * len(found[0]), answer)
    return answer
