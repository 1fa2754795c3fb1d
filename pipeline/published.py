"""What of an answer's text is published, whoever wrote it: no control characters, no empty lines around it. Pure."""

from __future__ import annotations

import re

from pipeline.held_back import LAST_BLANKS

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""NUL, which PostgreSQL stores not, and what could show digits in another order than they were written."""
_LONG_RUN = re.compile(rf"(\s{{{LAST_BLANKS}}})\s+")


class PublishedText:
    """Line breaks and runs of blanks wait for what follows them; one blank behind a word doesn't, as it ends the word.

    A run of more blanks than may wait is cut to that many. Those that nothing follows are never given out: there is
    nothing to finish.
    """

    def __init__(self) -> None:
        self._begun = False
        self._after_blank = False
        """Whether the blank behind the last word is out."""
        self._blanks = ""

    @property
    def held(self) -> int:
        """In code points."""
        return len(self._blanks)

    def feed(self, text: str) -> str:
        at_ease = self._begun and not self._blanks and 0 < len(text) < LAST_BLANKS and text.isprintable()
        if at_ease and (text[-1] != " " or text[-2:-1].isalnum()):  # nearly always: a word, and the blank that ends it
            self._after_blank = text[-1] == " "
            return text
        if not text.isprintable():
            text = _CONTROLS.sub("", text)
        if not self._begun:
            text = text.lstrip()
            self._begun = text != ""
        text = self._blanks + text
        if self._after_blank and len(text) >= LAST_BLANKS:
            run = len(text) - len(text.lstrip())
            text = text[: min(run, LAST_BLANKS - 1)] + text[run:]
        words = text.rstrip()
        blanks = text[len(words) :]
        if words:
            self._after_blank = False
        if not self._after_blank and blanks.startswith(" "):
            self._after_blank = True
            words += " "
            blanks = blanks[1:]
        self._blanks = blanks[: LAST_BLANKS - self._after_blank]
        return _LONG_RUN.sub(r"\1", words) if len(words) > LAST_BLANKS else words
