"""Lets only good citations and links through, as a model's text streams. Pure.

Three steps, each of which reads what the one before lets out, so that nothing which one takes away can bring two
harmless pieces together to something that isn't: brackets and tags, then addresses, then marks that would meet.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pipeline import held_back
from pipeline.addresses import SCHEME_STARTS, Addresses
from pipeline.brackets import (
    ANGLES,
    AUTOLINK,
    BEGINS_AUTOLINK,
    BEGINS_CITATION,
    BEGINS_TAG,
    BEGINS_TARGET,
    BRACKETS,
    MAY_STAND_ALONE,
    ONE_ADDRESS,
    PARENTHESES,
    TAG,
    TARGET,
    cited_numbers,
    end_of_bracket,
    end_of_parenthesis,
    plain_inner,
)
from pipeline.marks import Marks, may_define_behind
from pipeline.types import Source

_LONGEST_NUMBER = 9
_DEFINED = ("http://", "https://", "www.", "//", "<http", "<www.", "<//")
_RANGE = re.compile(r"(\d+)(?: ?[-–—] ?(\d+))?")
_SPECIAL = re.compile(r"\[(?!\[\[)|[【［]|<(?=[A-Za-z/!?]|\Z)|\((?=\s*(?:[A-Za-z]|\Z))|!(?=\[|\Z)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*|\S*@\S*", re.IGNORECASE)
_LINE = re.compile(r"\n")
_CLOSING = ")>]】］"
_ANGLES_OR_BLANK = re.compile(r"[<>\s]")


class CitationFilter:
    """`[n]` of a source stays, in this form whatever the model wrote; what names no source goes.

    Links stay where they lead to a page that one of the sources names. Code is no exception: nothing may hide in it.
    A citation that is dropped takes the blanks before it along, unless one is out already. A bracket waits for its end
    and the character after it, a word for as long as it may become an address, a blank for what follows it in the same
    piece. All else is released by the call that brings it.

    What is too long to wait for its end is decided by its beginning. What can only be a list of numbers, a tag or a
    link's address is dropped from there to its end, or its line's. Any other bracket is a character like others from
    then on, and what it holds is read on by itself.
    """

    def __init__(self, sources: Collection[Source]) -> None:
        self._numbers = sorted({source.n for source in sources})
        self._pages = frozenset(reference.url for source in sources for reference in source.passage.references)
        self._addresses = Addresses(self._pages, Marks())
        self._held = ""
        self._written: list[str] = []
        self._before = ""
        """The last character."""
        self._line_begins = True
        """Whether only what may stand before a definition came since the last line break."""
        self._drops_to: re.Pattern[str] | None = None
        """What ends what is being dropped. A mark that closes goes with it."""
        self._depth = 0
        """Of parentheses in what is being dropped."""
        self._at_ease = False
        """Whether a word is of no interest here: nothing waits, and nothing before it would meet it."""
        self._passed: list[str] = []
        """Words that came while at ease: the steps behind hear of them together, with what isn't one."""
        self.cited: set[int] = set()
        """Numbers of the sources that were cited so far."""

    @property
    def held(self) -> int:
        """What waits here for what follows it, in code points."""
        return len(self._held) + self._addresses.held + self._addresses.marks.held

    def passes(self, text: str) -> bool:
        """Whether it goes through as it is: nearly always, since most pieces are a word and a blank."""
        if not self._at_ease:
            return False
        ends = text.endswith(" ")
        word = text[:-1] if ends else text
        if not word.isalnum():
            word = word.removeprefix(" ")
            if not word.isalnum() and (word not in (".", ",") or self._before in "wW"):  # as in `www.`
                return False
        if not ends and word.lower() in SCHEME_STARTS:
            return False
        self._before = text[-1]
        self._passed.append(text)
        return True

    def feed(self, text: str) -> str:
        self._run(self._held + text, last=False)
        marks = self._addresses.marks
        if not self._held and self._drops_to is None and not self._addresses.held:
            marks.end_word()
            self._at_ease = not self._line_begins and not marks.held and self._addresses.at_ease
        return marks.take()

    def finish(self) -> str:
        self._run(self._held, last=True)
        self._addresses.finish()
        return self._addresses.marks.take()

    def _run(self, text: str, *, last: bool) -> None:
        self._at_ease = False
        if self._passed:
            self._addresses.pass_words("".join(self._passed))
            self._passed.clear()
        at = 0
        while at < len(text):
            read = self._step(text, at, last)
            if read is None:
                break
            at += read
        self._held = text[at:]
        self._pass_on()

    def _step(self, text: str, at: int, last: bool) -> int | None:
        """Reads on from `at`, and gives how far, or None to wait for more. More text never changes what it read."""
        if self._drops_to:
            return self._drop_on(text, at, self._drops_to) - at
        found = _SPECIAL.search(text, at)
        start = found.start() if found else len(text)
        if start > at:
            self._write(text[at:start])
            return start - at
        self._pass_on()
        room = held_back.BRACKETS - self._addresses.held
        text = text[at : at + room]
        return self._read(text, last or len(text) == room, len(text) == room)

    def _read(self, text: str, whole: bool, full: bool) -> int | None:
        """How far what begins here goes, or None to wait for more: never where the text is `whole`.

        `full`: it's whole because no more than this may wait. More may come.
        """
        if text[0] == "<":
            return self._tag(text, whole, full)
        if text[0] == "(":
            return self._parenthesis(text, whole, full)
        if text[0] == "!":
            return self._exclamation(text, whole, full)
        return self._bracket(text, whole, full)

    # Brackets

    def _bracket(self, text: str, whole: bool, full: bool) -> int | None:
        end = end_of_bracket(text, 0)
        if (end is None or end == len(text)) and not whole:
            return None
        if end is None and full and BEGINS_CITATION.fullmatch(text):
            self._drop()
            return self._drop_on(text, len(text), BRACKETS)
        end = -1 if end is None else end
        inner = plain_inner(text[1 : end - 1]) if end >= 0 else ""
        cites = cited_numbers(inner)
        follows = text[end : end + 1]
        if end < 0 or (not cites and follows != "(" and BRACKETS.search(text, 1, end - 1)):
            self._write("[")
            return 1
        if follows == "(":
            return self._link(text, end, whole, full, inner)
        if follows == ":":
            return self._definition(text, end, whole, inner)
        if cites:
            self._cite(cites)
            return end
        if follows == "[":
            return self._link_by_label(text, end, whole, inner)
        self._write(f"[{inner}]")
        return end

    def _link(self, text: str, at: int, whole: bool, full: bool, inner: str) -> int | None:
        end = end_of_parenthesis(text, at)
        if end is None and not whole:
            return None
        target = TARGET.fullmatch(text, at, end) if end is not None and end >= 0 else None
        too_long = end is None and full and BEGINS_TARGET.fullmatch(text, at) is not None
        if cites := cited_numbers(inner):
            self._cite(cites)
        elif too_long:
            self._write(inner)
        elif target is None:
            self._write(f"[{inner}]")
        else:
            self._write_link(inner, (target[1] if target[1] is not None else target[2]).strip())
        if too_long:
            return self._drop_on(text, at, PARENTHESES)
        return target.end() if target else at

    def _write_link(self, inner: str, target: str) -> None:
        if target not in self._pages:
            self._write(inner)
            return
        label = " ".join(re.sub(r"[\[\]\\`<>]", "", _ADDRESS.sub("", inner)).split())
        self._write_unit(f"[{label}]({target})" if label and not cited_numbers(label) else f"<{target}>")

    def _link_by_label(self, text: str, at: int, whole: bool, inner: str) -> int | None:
        """`[text][label]`: its text. A label may be a citation of its own."""
        end = end_of_bracket(text, at)
        if end is None and not whole:
            return None
        if end is None or end < 0:
            self._write(f"[{inner}]")
            return at
        label_cites = cited_numbers(plain_inner(text[at + 1 : end - 1]))
        self._write(f"{inner} " if label_cites else inner)
        return at if label_cites else end

    def _definition(self, text: str, at: int, whole: bool, inner: str) -> int | None:
        """`[label]: …`, of which a reader of Markdown could make a link's address."""
        begins = self._line_begins
        if begins:
            target = text[at + 1 :].lstrip(" \t").lower()
            if target.startswith(_DEFINED):
                self._drop()
                return self._drop_on(text, at, _LINE)
            if not whole and any(start.startswith(target) for start in _DEFINED):
                return None
        if cites := cited_numbers(inner):
            self._cite(cites)
            return at + 1 if begins else at
        self._write(inner)
        return at

    def _cite(self, numbers: str) -> None:
        named: list[int] = []
        for first, to in _RANGE.findall(numbers):
            if max(len(first), len(to)) <= _LONGEST_NUMBER:
                low, high = int(first), int(to or first)
                named += [n for n in self._numbers if low <= n <= high and n not in named]
        if not named:
            self._drop()
            return
        self.cited.update(named)
        self._write_unit(" ".join(f"[{n}]" for n in named))

    # Tags, parentheses, exclamation marks

    def _tag(self, text: str, whole: bool, full: bool) -> int | None:
        stop = ANGLES.search(text, 1)
        if stop is None and not whole:
            return None
        if stop is None and full:
            if BEGINS_AUTOLINK.fullmatch(text):
                self._drop()
                return self._drop_on(text, len(text), _ANGLES_OR_BLANK)
            if BEGINS_TAG.match(text):
                return self._drop_on(text, len(text), ANGLES)
        end = stop.end() if stop and stop[0] == ">" else 0
        if autolink := AUTOLINK.fullmatch(text, 0, end):
            if autolink[1] in self._pages:
                self._write_unit(f"<{autolink[1]}>")
            else:
                self._drop()
            return end
        if TAG.fullmatch(text, 0, end):
            return end
        self._write("<")
        return 1

    def _parenthesis(self, text: str, whole: bool, full: bool) -> int | None:
        """`(Source 1)`; and `(https://…)`, of which empty parentheses would be left."""
        close = text.find(")")
        inner = text[1:close] if close >= 0 else text[1:]
        if MAY_STAND_ALONE.fullmatch(inner):
            if close < 0 and not whole:
                return None
            if close < 0 and full and BEGINS_CITATION.fullmatch(text):
                self._drop()
                return self._drop_on(text, 0, PARENTHESES)
            if close >= 0 and (cites := cited_numbers(inner)):
                self._cite(cites)
                return close + 1
            if close >= 0 and (address := ONE_ADDRESS.fullmatch(inner)) and address[1] not in self._pages:
                self._drop()
                return close + 1
        self._write("(")
        return 1

    def _exclamation(self, text: str, whole: bool, full: bool) -> int | None:
        """`![alt](…)`: the alternative text."""
        if self._before.isalnum():  # "Hello!" doesn't wait
            self._write("!")
            return 1
        end = end_of_bracket(text, 1)
        if (end is None or end == len(text)) and not whole:
            return None
        if end is None or text[end : end + 1] != "(":
            self._write("!")
            return 1
        close = end_of_parenthesis(text, end)
        if close is None and not whole:
            return None
        self._write(plain_inner(text[2 : end - 1]))
        if close is None and full and BEGINS_TARGET.fullmatch(text, end):
            return self._drop_on(text, end, PARENTHESES)
        return max(close or 0, end)

    # What the steps do to the text

    def _write(self, text: str) -> None:
        if not text:
            return
        self._written.append(text)
        self._before = text[-1]
        if self._line_begins or "\n" in text:
            self._line_begins = may_define_behind(text)

    def _write_unit(self, text: str) -> None:
        self._pass_on()
        self._addresses.write_unit(text)
        self._before = text[-1]
        self._line_begins = False

    def _drop(self) -> None:
        self._pass_on()
        self._addresses.drop()

    def _drop_on(self, text: str, at: int, to: re.Pattern[str]) -> int:
        """Drops up to what ends it, if that is here already, and gives how far."""
        self._drops_to = to
        for mark in to.finditer(text, at):
            if mark[0] == "(":
                self._depth += 1
                continue
            if mark[0] == ")":
                self._depth -= 1
                if self._depth > 0:
                    continue
            self._drops_to = None
            self._depth = 0
            return mark.end() if mark[0] in _CLOSING else mark.start()
        return len(text)

    def _pass_on(self) -> None:
        if self._written:
            self._addresses.write("".join(self._written))
            self._written.clear()
