"""Lets only good citations and links through, as a model's text streams. Pure.

Three steps, each of which reads what the one before lets out, so that nothing which one takes away can bring two
harmless pieces together to something that isn't: brackets and tags, then addresses, then marks that would meet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import accumulate

from pipeline.types import Source

_LONGEST_HELD = 400
"""Characters that wait for a closing bracket, and again for the address behind it."""
_LONGEST_NUMBER = 9
_DEEPEST = 3
"""Parentheses in the address of a link."""


def _any_start(words: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(start) for word in words for start in accumulate(word)}, key=len, reverse=True))


_LABEL_WORDS = ("sources", "refs", "references", "citations", "passages", "documents", "docs")
_LABEL_WORD = "(?:sources?|references?|refs?|citations?|passages?|documents?|docs?)"
_LABEL = rf"{_LABEL_WORD}(?![a-z])[.:# ]*"
_NUMBERS = r"\d+(?: ?(?:,|;|&|and|[-–—]) ?\d+)*"
_CITES = re.compile(
    rf" ?(?:\^|#|{_LABEL})? ?({_NUMBERS}(?: ?(?:[,;&]|and) ?{_LABEL}{_NUMBERS})*)(?::\d+)? ?(?:†.*)?", re.IGNORECASE
)
_RANGE = re.compile(r"(\d+)(?: ?[-–—] ?(\d+))?")
_TAG = re.compile(
    r"""</?[a-z][a-z0-9-]*(?:\s+[a-z_:@][\w.:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*/?>"""
    r"""|<[a-z/][^<>]*=[^<>]*>|<[/!?][^<>]*>""",
    re.IGNORECASE,
)
_AUTOLINK = re.compile(r"<((?:[a-z][a-z0-9+.-]*:|www\.|//)[^<>\s]*|[^\s<>@]+@[^\s<>@]+)>", re.IGNORECASE)
_TARGET = re.compile(
    r"""\(\s*(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)"""
)
_DEFINED = ("http://", "https://", "www.", "//", "<http", "<www.", "<//")
_IN_PARENTHESES = re.compile(
    rf"\s*(?:{_any_start(_LABEL_WORDS)}"
    rf"|{_LABEL_WORD}(?:[\d\s,;&.:#–—-]|and|{_LABEL_WORD})*(?:{_any_start([*_LABEL_WORDS, 'and'])})?"
    rf"|{_any_start(('http://', 'https://', 'www.'))}|(?:https?://|www\.)[^\s\[\]<>()]*\s*)?",
    re.IGNORECASE,
)
"""What could yet become `(Source 1)` or `(https://…)`."""
_ONE_ADDRESS = re.compile(r"\s*((?:https?://|www\.)[^\s\[\]<>()]*)\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"[\[\]【】［］\n]")
_PARENTHESES = re.compile(r"[()]")
_END_OF_TAG = re.compile(r"[<>\n]")
_SPECIAL = re.compile(r"\[(?!\[\[)|[【［]|<(?=[A-Za-z/!?]|\Z)|\((?=\s*(?:[A-Za-z]|\Z))|!(?=\[|\Z)")
_BEFORE_A_DEFINITION = re.compile(r"[\s>*+\-\d.)#]*")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*|\S*@\S*", re.IGNORECASE)


class CitationFilter:
    """`[n]` of a source stays, in this form whatever the model wrote; what names no source goes.

    Links stay where they lead to a page that one of the sources names. Code is no exception: nothing may hide in it.
    A citation that is dropped takes the blank before it along. A bracket waits for its end and the character after it,
    a word for as long as it may become an address, a blank for what follows it. All else is released by the call that
    brings it.
    """

    def __init__(self, sources: Collection[Source]) -> None:
        self._numbers = sorted({source.n for source in sources})
        self._pages = frozenset(reference.url for source in sources for reference in source.passage.references)
        self._addresses = _Addresses(self._pages, _Marks())
        self._held = ""
        self._written: list[str] = []
        self._before = ""
        """The last character."""
        self._line_begins = True
        """Whether only what may stand before a definition came since the last line break."""
        self._skips_line = False
        self.cited: set[int] = set()
        """Numbers of the sources that were cited so far."""

    def feed(self, text: str) -> str:
        self._run(self._held + text, last=False)
        return self._addresses.marks.take()

    def finish(self) -> str:
        self._run(self._held, last=True)
        self._addresses.finish()
        return self._addresses.marks.take()

    def _run(self, text: str, *, last: bool) -> None:
        at = 0
        while at < len(text):
            read_to = self._step(text, at, last)
            if read_to is None:
                break
            at = read_to
        self._held = text[at:]
        self._pass_on()

    def _step(self, text: str, at: int, last: bool) -> int | None:
        """Reads on from `at`, and gives how far, or None to wait for more. More text never changes what it read."""
        if self._skips_line:
            end = text.find("\n", at)
            self._skips_line = end < 0
            return end if end >= 0 else len(text)
        found = _SPECIAL.search(text, at)
        start = found.start() if found else len(text)
        if start > at:
            self._write(text[at:start])
            return start
        if text[at] == "<":
            return self._tag(text, at, last)
        if text[at] == "(":
            return self._parenthesis(text, at, last)
        if text[at] == "!":
            return self._exclamation(text, at, last)
        return self._bracket(text, at, last)

    # Brackets

    def _bracket(self, text: str, at: int, last: bool) -> int | None:
        end = _end_of_bracket(text, at, last)
        if end is None or (end == len(text) and not last):
            return None
        inner = _plain_inner(text[at + 1 : end - 1]) if end >= 0 else ""
        cites = _cites(inner)
        follows = text[end : end + 1]
        if end < 0 or (not cites and follows != "(" and _BRACKETS.search(text, at + 1, end - 1)):
            self._write("[")
            return at + 1
        if follows == "(":
            return self._link(text, end, last, inner)
        if follows == ":":
            return self._definition(text, end, last, inner)
        if cites:
            self._cite(cites)
            return end
        if follows == "[":
            return self._link_by_label(text, end, last, inner)
        self._write(f"[{inner}]")
        return end

    def _link(self, text: str, at: int, last: bool, inner: str) -> int | None:
        end = _end_of_parenthesis(text, at, last)
        if end is None:
            return None
        target = _TARGET.fullmatch(text, at, end) if end >= 0 else None
        if cites := _cites(inner):
            self._cite(cites)
        elif target is None:
            self._write(f"[{inner}]")
        else:
            self._write_link(inner, (target[1] if target[1] is not None else target[2]).strip())
        return end if target else at

    def _write_link(self, inner: str, target: str) -> None:
        if target not in self._pages:
            self._write(inner)
            return
        label = " ".join(re.sub(r"[\[\]\\`<>]", "", _ADDRESS.sub("", inner)).split())
        self._write_unit(f"[{label}]({target})" if label and not _cites(label) else f"<{target}>")

    def _link_by_label(self, text: str, at: int, last: bool, inner: str) -> int | None:
        """`[text][label]`: its text. A label may be a citation of its own."""
        end = _end_of_bracket(text, at, last)
        if end is None:
            return None
        if end < 0:
            self._write(f"[{inner}]")
            return at
        label_cites = _cites(_plain_inner(text[at + 1 : end - 1]))
        self._write(f"{inner} " if label_cites else inner)
        return at if label_cites else end

    def _definition(self, text: str, at: int, last: bool, inner: str) -> int | None:
        """`[label]: …`, of which a reader of Markdown could make a link's address."""
        begins = self._line_begins
        if begins:
            rest = text[at + 1 : at + 1 + _LONGEST_HELD]
            target = rest.lstrip(" \t").lower()
            if target.startswith(_DEFINED):
                self._drop()
                self._skips_line = True
                return at
            may_define = any(start.startswith(target) for start in _DEFINED)
            if may_define and len(rest) < _LONGEST_HELD and not last:
                return None
        if cites := _cites(inner):
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

    def _tag(self, text: str, at: int, last: bool) -> int | None:
        stop = _END_OF_TAG.search(text, at + 1, at + _LONGEST_HELD)
        if stop is None and len(text) - at < _LONGEST_HELD and not last:
            return None
        end = stop.end() if stop and stop[0] == ">" else at
        if autolink := _AUTOLINK.fullmatch(text, at, end):
            if autolink[1] in self._pages:
                self._write_unit(f"<{autolink[1]}>")
            else:
                self._drop()
            return end
        if _TAG.fullmatch(text, at, end):
            return end
        self._write("<")
        return at + 1

    def _parenthesis(self, text: str, at: int, last: bool) -> int | None:
        """`(Source 1)`; and `(https://…)`, of which empty parentheses would be left."""
        close = text.find(")", at, at + _LONGEST_HELD)
        inner = text[at + 1 : close if close >= 0 else at + _LONGEST_HELD]
        if _IN_PARENTHESES.fullmatch(inner):
            if close < 0 and len(text) - at < _LONGEST_HELD and not last:
                return None
            if close >= 0 and (cites := _cites(inner)):
                self._cite(cites)
                return close + 1
            if close >= 0 and (address := _ONE_ADDRESS.fullmatch(inner)) and address[1] not in self._pages:
                self._drop()
                return close + 1
        self._write("(")
        return at + 1

    def _exclamation(self, text: str, at: int, last: bool) -> int | None:
        """`![alt](…)`: the alternative text."""
        if not self._before.isalnum():  # "Hello!" doesn't wait
            end = _end_of_bracket(text, at + 1, last) if at + 1 < len(text) or not last else -1
            if end is None or (end == len(text) and not last):
                return None
            if end >= 0 and text[end : end + 1] == "(":
                close = _end_of_parenthesis(text, end, last)
                if close is None:
                    return None
                self._write(_plain_inner(text[at + 2 : end - 1]))
                return max(close, end)
            if end < 0 and at + 1 < len(text):
                self._write("![")
                return at + 2
        self._write("!")
        return at + 1

    def _write(self, text: str) -> None:
        if not text:
            return
        self._written.append(text)
        self._before = text[-1]
        if self._line_begins or "\n" in text:
            self._line_begins = _BEFORE_A_DEFINITION.fullmatch(text, text.rfind("\n") + 1) is not None

    def _write_unit(self, text: str) -> None:
        self._pass_on()
        self._addresses.write_unit(text)
        self._before = text[-1]
        self._line_begins = False

    def _drop(self) -> None:
        self._pass_on()
        self._addresses.drop()

    def _pass_on(self) -> None:
        if self._written:
            self._addresses.write("".join(self._written))
            self._written.clear()


def _cites(inner: str) -> str:
    """The numbers, if it cites."""
    found = _CITES.fullmatch(re.sub(r"\s+", " ", inner))
    return found[1] if found else ""


def _plain_inner(text: str) -> str:
    """What stands in brackets, without tags and brackets of its own."""
    while (shorter := _TAG.sub("", text)) != text:
        text = shorter
    return _BRACKETS.sub(" ", text).strip() if _BRACKETS.search(text) else text


def _end_of_bracket(text: str, at: int, last: bool) -> int | None:
    """Behind the closing one; -1 where it doesn't close on its line, or too late, or holds more than one level."""
    depth = 1
    for mark in _BRACKETS.finditer(text, at + 1, at + _LONGEST_HELD):
        depth += 1 if mark[0] in "[【［" else -1
        if depth == 0:
            return mark.end()
        if depth > 2 or mark[0] == "\n":
            return -1
    return None if len(text) - at < _LONGEST_HELD and not last else -1


def _end_of_parenthesis(text: str, at: int, last: bool) -> int | None:
    depth = 0
    for mark in _PARENTHESES.finditer(text, at, at + _LONGEST_HELD):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return mark.end()
        if depth > _DEEPEST:
            return -1
    return None if len(text) - at < _LONGEST_HELD and not last else -1


_SCHEMES = ("http://", "https://", "ftp://", "file://", "www.", "mailto:", "javascript:", "vbscript:", "data:")
_BEGINS_ADDRESS = re.compile(
    r"(?<![^\W_])(?ai:https?://|ftp://|file://|www\.|(?:mailto|javascript|vbscript|data):(?=\S))"
    # In the middle of a word, whose beginning is out already
    r"|(?<=:)//|(?ai:(?<=www)\.(?=\S)|(?:(?<=script:)|(?<=mailto:))(?=[^\s<>\"`\[\]]))"
)
_MAY_BEGIN_ADDRESS = re.compile(rf"(?<![^\W_])(?ai:{_any_start(_SCHEMES)})\Z|(?<=:)/\Z|(?<=(?ai:www))\.\Z")
_LONGEST_SCHEME = max(map(len, _SCHEMES))
_END_OF_ADDRESS = re.compile(r"[\s<>\"`\[\]]")
_PUNCTUATION = ".,;:!?)*_~'"
"""Of the sentence, where it ends an address."""
_MOST_PUNCTUATION = 8


class _Addresses:
    """Drops addresses that no source names."""

    def __init__(self, pages: Collection[str], marks: _Marks) -> None:
        self.marks = marks
        self._pages = pages
        self._held = ""
        self._tail = ""
        """The last characters that were passed on."""
        self._dropping = False
        self._punctuation = ""
        self._has_parentheses = False
        """Of what is being dropped."""

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


_MEETS = re.compile(
    r"(?<=\])(?=[(\[:])"  # a link, a label, a definition
    r"|(?<=[0-9])(?=\])"  # perhaps a citation
    r"|(?<=<)(?=[A-Za-z/!?])"  # a tag
    r"|(?<=[A-Za-z0-9._+-])(?=@)"  # an e-mail address, which Markdown links by itself
)
_TAIL = 24


class _Marks:
    """Sets a blank between marks that must not meet, and takes back the blank before what is dropped."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blanks = ""
        self._tail = ""
        """The last characters that went out."""
        self._after_unit = False
        self._gap = False
        """Whether something was dropped here."""

    def take(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text

    def write(self, text: str) -> None:
        if not text:
            return
        if self._gap and not self._blanks and self._tail[-1:].isalnum() and text[0].isalnum():
            self._blanks = " "
        self._gap = False
        text = self._blanks + text
        shown = text.rstrip(" \t")
        blanks = text[len(shown) :]
        kept = min(len(blanks), _LONGEST_HELD)
        self._blanks = blanks[len(blanks) - kept :]
        self._release(text[: len(text) - kept])

    def write_unit(self, text: str) -> None:
        before = self._tail[-1:]
        meets = (before == "]" and text[0] == "[") or (before == "!" and "](" in text) or before == "<"
        self._parts.append((self._blanks or (" " if meets else "")) + text)
        self._blanks = ""
        self._tail = (self._tail + text)[-_TAIL:]
        self._after_unit = True
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
            if joined[at] == ":" and at == len(self._tail) and self._after_unit:
                continue
            if joined[at] == "]" and not _may_be_number_in_brackets(joined[max(0, at - _TAIL) : at]):
                continue
            shown.append(f"{joined[done:at]} ")
            done = at
        shown.append(joined[done:])
        self._parts += shown
        self._tail = (self._tail + "".join(shown)[-_TAIL:])[-_TAIL:]
        self._after_unit = False


def _may_be_number_in_brackets(before: str) -> bool:
    rest = before.rstrip("0123456789")
    return rest.endswith("[") or (not rest and len(before) == _TAIL)
