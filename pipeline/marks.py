"""Sets a blank between marks that must not meet, and takes back the blanks before what is dropped. Pure."""

from __future__ import annotations

import re

from pipeline.held_back import BLANKS

_MEETS = re.compile(
    r"(?<=\])(?=[(\[:])"  # a link, a label, a definition
    r"|(?<=[0-9])(?=\])"  # perhaps a citation
    r"|(?<=<)(?=[A-Za-z/!?])"  # a tag
    r"|(?<=[A-Za-z0-9._+-])(?=@)"  # an e-mail address, which Markdown links by itself
)
_TAIL = 24
_BEFORE_A_DEFINITION = re.compile(r"[\s>*+\-\d.)#]*")


def may_define_behind(text: str) -> bool:
    """Whether a reader of Markdown would see the definition of a link in `[label]: …` behind a text's last line."""
    return _BEFORE_A_DEFINITION.fullmatch(text, text.rfind("\n") + 1) is not None


class Marks:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blanks = ""
        self._tail = ""
        """The last characters that went out."""
        self._line_begins = True
        """Whether only what may stand before a definition went out since the last line break."""
        self._after_citation = False
        """Whether a colon may follow, as in "Of [1]: rest"."""
        self._gap = False
        """Whether something was dropped here."""

    @property
    def held(self) -> int:
        return len(self._blanks)

    @property
    def at_ease(self) -> bool:
        """Whether nothing here would meet a word."""
        return not self._gap and self._tail[-1:] != "<"

    def take(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text

    def pass_words(self, text: str) -> None:
        """They went out as they are, when at ease."""
        self._tail = (self._tail + text)[-_TAIL:]
        if self._line_begins:
            self._line_begins = may_define_behind(text)

    def end_word(self) -> None:
        """Lets a blank out that came with the end of a piece: it ends the word, and nothing that waits is behind it."""
        if self._blanks.startswith(" ") and self._tail[-1:] not in ("", " "):
            self._parts.append(" ")
            self._tail = (self._tail + " ")[-_TAIL:]
            self._blanks = self._blanks[1:]

    def write(self, text: str) -> None:
        if not text:
            return
        if self._gap and not self._blanks and self._tail[-1:].isalnum() and text[0].isalnum():
            self._blanks = " "
        if self._gap and self._tail[-1:] == " ":
            text = text.lstrip(" ")  # the blank before what was dropped is out already
        self._gap = False
        text = self._blanks + text
        blanks = len(text) - len(text.rstrip(" \t"))
        released = len(text) - min(blanks, BLANKS)
        self._blanks = text[released:]
        self._release(text[:released])

    def write_unit(self, text: str) -> None:
        """A citation or a link, which nothing is put into."""
        before = self._tail[-1:]
        meets = (before == "]" and text[0] == "[") or (before == "!" and "](" in text) or before == "<"
        self._parts.append((self._blanks or (" " if meets else "")) + text)
        self._blanks = ""
        self._tail = (self._tail + text)[-_TAIL:]
        self._after_citation = not self._line_begins
        self._line_begins = False
        self._gap = False

    def drop(self) -> None:
        self._blanks = ""
        self._gap = True

    def finish(self) -> None:
        self._parts.append(self._blanks)
        self._blanks = ""

    def _release(self, text: str) -> None:
        if not text:
            return
        joined = self._tail + text
        done = len(self._tail)
        shown: list[str] = []
        for meeting in _MEETS.finditer(joined, done):
            at = meeting.start()
            if joined[at] == ":" and at == len(self._tail) and self._after_citation:
                continue
            if joined[at] == "]" and not _may_be_number_in_brackets(joined[max(0, at - _TAIL) : at]):
                continue
            shown.append(f"{joined[done:at]} ")
            done = at
        shown.append(joined[done:])
        self._parts += shown
        self._tail = (self._tail + "".join(shown)[-_TAIL:])[-_TAIL:]
        self._after_citation = False
        if self._line_begins or "\n" in text:
            self._line_begins = may_define_behind(text)


def _may_be_number_in_brackets(before: str) -> bool:
    rest = before.rstrip("0123456789")
    return rest.endswith(("[", "[^")) or (not rest and len(before) == _TAIL)
