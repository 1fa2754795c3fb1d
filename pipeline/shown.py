"""What of a model's text is shown, as it streams: no thinking, and none but good citations and links. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from pipeline.citations import CitationFilter
from pipeline.held_back import FIRST_WORD
from pipeline.thinking import ThinkingFilter
from pipeline.types import Source

_WORD = re.compile(r"[^\W\d_]|\d{3}")
"""A number of three digits says something, too, which the number of an item or a source doesn't."""


class ShownText:
    """What is released is never taken back, in whole or in part; but for blanks, it's the same however cut.

    Blanks, marks and small numbers alone are no answer: they wait for the first word. Where they get too long for that,
    they are an answer after all.
    """

    def __init__(self, sources: Collection[Source]) -> None:
        self._thinking = ThinkingFilter()
        self._citations = CitationFilter(sources)
        self._before_first_word = ""
        self.begun = False
        """Whether anything was said."""

    @property
    def cited(self) -> set[int]:
        """Numbers of the sources that were cited so far."""
        return self._citations.cited

    @property
    def held(self) -> int:
        """What was fed and neither released nor dropped, in code points."""
        return self._thinking.held + self._citations.held + len(self._before_first_word)

    def feed(self, text: str) -> str:
        if self.begun and self._thinking.at_ease and self._citations.passes(text):
            return text
        text = self._citations.feed(self._thinking.feed(text))
        return text if self.begun else self._begin(text)

    def finish(self) -> str:
        text = self._citations.feed(self._thinking.finish()) + self._citations.finish()
        return text if self.begun else self._begin(text)

    def _begin(self, text: str) -> str:
        text = (self._before_first_word + text).lstrip()
        self.begun = len(text) > FIRST_WORD or _WORD.search(text) is not None
        self._before_first_word = "" if self.begun else text
        return text if self.begun else ""
