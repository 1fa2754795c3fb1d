"""Drops web and mail addresses that no source names, as a text streams. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import accumulate

from pipeline.held_back import ADDRESS
from pipeline.marks import Marks


def any_start(words: Iterable[str]) -> str:
    """A pattern of all the beginnings of words, the words themselves among them."""
    return "|".join(sorted({re.escape(start) for word in words for start in accumulate(word)}, key=len, reverse=True))


_SCHEMES = ("http://", "https://", "ftp://", "file://", "www.", "mailto:", "javascript:", "vbscript:", "data:")
SCHEME_STARTS = frozenset(start for scheme in _SCHEMES for start in accumulate(scheme))
_BEGINS_ADDRESS = re.compile(
    r"(?<![^\W_])(?:(?ai:https?://|ftp://|file://|www\.)|(?ai:mailto:|javascript:|vbscript:|data:)(?=\S))"
    # In the middle of a word, whose beginning is out already
    r"|(?<=:)//|(?<=(?ai:www))\.(?=\S)|(?:(?<=(?ai:script:))|(?<=(?ai:mailto:)))(?=[^\s<>\"`\[\]])"
)
"""With `a` only where letters are: for it, a no-break space isn't one of the blanks that end an address."""
_MAY_BEGIN_ADDRESS = re.compile(rf"(?<![^\W_])(?ai:{any_start(_SCHEMES)})\Z|(?<=:)/\Z|(?<=(?ai:www))\.\Z")
_LONGEST_SCHEME = max(map(len, _SCHEMES))
_END_OF_ADDRESS = re.compile(r"[\s<>\"`\[\]]")
_PUNCTUATION = ".,;:!?)*_~'"
"""Of the sentence, where it ends an address."""
_MOST_PUNCTUATION = 8
_LONGEST_PAGE = ADDRESS - _MOST_PUNCTUATION


class Addresses:
    """An address waits for its end as long as it may be a page's; any other is dropped as it comes, however long.

    A page whose address is longer than may wait is dropped like a foreign one.
    """

    def __init__(self, pages: Collection[str], marks: Marks) -> None:
        self.marks = marks
        self._pages = frozenset(page for page in pages if len(page) <= _LONGEST_PAGE)
        self._held = ""
        self._tail = ""
        """The last characters that were passed on."""
        self._dropping = False
        self._punctuation = ""
        self._has_parentheses = False
        """Of what is being dropped."""

    @property
    def held(self) -> int:
        """What waits here, in code points; the same wherever the text was cut."""
        return len(self._held) + len(self._punctuation)

    @property
    def at_ease(self) -> bool:
        """Whether a word can be passed on as it is, unless it begins a scheme."""
        return not self._held and not self._dropping and self._tail[-1:] != ":" and self.marks.at_ease

    def pass_words(self, text: str) -> None:
        """They went out as they are, when at ease."""
        self._tail = (self._tail + text)[-_LONGEST_SCHEME:]
        self.marks.pass_words(text)

    def write(self, text: str) -> None:
        self._run(text, last=False)

    def write_unit(self, text: str) -> None:
        self._run("", last=True, before_unit=True)
        self.marks.write_unit(text)
        self._tail = text[-1]

    def drop(self) -> None:
        if not self._held and not self._dropping:
            self.marks.drop()

    def finish(self) -> None:
        self._run("", last=True)
        self.marks.finish()

    def _run(self, text: str, *, last: bool, before_unit: bool = False) -> None:
        at = len(self._tail)
        text = self._tail + self._held + text
        while at < len(text) or self._dropping:
            if self._dropping:
                at = self._drop_on(text, at)
                if self._dropping and not last:
                    break
                self._stop_dropping()
                continue
            found = _BEGINS_ADDRESS.search(text, at)
            if found is None:
                break
            self.marks.write(text[at : found.start()])
            end = _END_OF_ADDRESS.search(text, found.start())
            at = found.start()
            if end is None and not last and self._may_be_a_page(text[at:]):
                self._hold(text, at)
                return
            stop = end.start() if end else len(text)
            if (page := self._page(text[at:stop])) and (end or last):
                self.marks.write_unit(page)
                apart = " " if before_unit or (end and not end[0].isspace()) else ""
                self.marks.write(text[at + len(page) : stop] + apart)
                at = stop
            else:
                self.marks.drop()
                self._dropping = True
        undecided = len(text) if last else self._undecided(text, at)
        self.marks.write(text[at:undecided])
        self._hold(text, undecided)

    def _undecided(self, text: str, at: int) -> int:
        """Where what may become an address begins."""
        found = _MAY_BEGIN_ADDRESS.search(text, max(at, len(text) - _LONGEST_SCHEME))
        return found.start() if found else len(text)

    def _hold(self, text: str, at: int) -> None:
        self._held = text[at:]
        self._tail = text[max(0, at - _LONGEST_SCHEME) : at]

    def _drop_on(self, text: str, at: int) -> int:
        end = _END_OF_ADDRESS.search(text, at)
        stop = end.start() if end else len(text)
        self._has_parentheses |= "(" in text[at:stop]
        self._punctuation = _last_punctuation(self._punctuation + text[at:stop])
        self._dropping = end is None
        return stop

    def _stop_dropping(self) -> None:
        self._dropping = False
        self.marks.write(self._punctuation.replace(")", "") if self._has_parentheses else self._punctuation)
        self._punctuation = ""
        self._has_parentheses = False

    def _page(self, run: str) -> str:
        """The page's address that a run of characters is, but for a sentence's punctuation."""
        for length in range(len(run), max(0, len(run) - _MOST_PUNCTUATION) - 1, -1):
            if run[:length] in self._pages:
                return run[:length]
            if length and run[length - 1] not in _PUNCTUATION:
                break
        return ""

    def _may_be_a_page(self, run: str) -> bool:
        return self._page(run) != "" or any(page.startswith(run) for page in self._pages)


def _last_punctuation(text: str) -> str:
    return text[len(text.rstrip(_PUNCTUATION)) :][-_MOST_PUNCTUATION:]
