"""Takes out of a model's text, as it streams, what isn't meant for the reader: thinking and control tokens. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

from pipeline.held_back import MARKER

_BAR = "[|｜]"
"""DeepSeek's tokens are written with full-width bars."""
_NAMED_TOKEN = rf"<{_BAR}[\w▁/]{{1,40}}{_BAR}>"
_CLOSED_BY = {
    "<think>": r"</think(?:ing)?>",
    "<thinking>": r"</think(?:ing)?>",
    "<thought>": r"</thought>",
    "<reasoning>": r"</reasoning>",
    "[think]": r"\[/think\]",
    "<unused94>": r"<unused95>",  # MedGemma 1.5
    "<|channel>": r"<channel\|>",  # Gemma 4
}
"""Blocks do not nest: an opening tag that thinking merely mentions must not swallow the answer."""
_TURNS = frozenset({"<|im_start|>", "<|start_header_id|>", "<|start|>", "<start_of_turn>", "<|turn>"})
"""They begin somebody's turn: the name of its speaker comes next."""
_CHANNEL = "<|channel|>"
_LITERALS = frozenset(
    {
        *_CLOSED_BY, *_TURNS, "</think>", "</thinking>", "</thought>", "</reasoning>", "[/think]", "<channel|>",
        "<turn|>",
        "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>", "<eos>", "<bos>", "<pad>", "<unk>",
        "<s>", "</s>", "[inst]", "[/inst]", "<<sys>>", "<</sys>>",
    }
)  # fmt: skip
_MARKER = re.compile(
    "|".join([_NAMED_TOKEN, r"<unused\d{1,4}>", *(re.escape(literal) for literal in sorted(_LITERALS))]), re.IGNORECASE
)
_PREFIXES = frozenset(start for literal in _LITERALS for start in accumulate(literal))
_BEGINS_A_TOKEN = re.compile(rf"<{_BAR}(?:[\w▁/]{{1,40}}{_BAR}?)?|<unused\d{{0,4}}", re.IGNORECASE)
_MARKER_START = re.compile(r"[<\[]")

_END_OF_CHANNEL = re.compile(r"<\|(?:end|start|channel|return|call)\|>", re.IGNORECASE)
_NEXT_TURN = re.compile("|".join(re.escape(turn) for turn in sorted(_TURNS)), re.IGNORECASE)
_OWN_ROLES = ("assistant", "model")
_ROLES = (*_OWN_ROLES, "user", "system", "developer", "tool", "ipython")
_ROLE = re.compile(rf" ?({'|'.join(_ROLES)})(?![a-z])\n?", re.IGNORECASE)
_END_OF_HEADER = re.compile(r"<\|message\|>|\n", re.IGNORECASE)
_FINAL = re.compile(r" *final", re.IGNORECASE)
_HIDDEN_CHANNELS = ("analysis", "commentary")

_Reader = Callable[[str, int, bool, list[str]], int | None]


class ThinkingFilter:
    """Text that can't be the beginning of a tag is released by the same call that brings it.

    A block that is still open when the stream ends hides all that follows its opening. Where the host's template opened
    the block already, only its closing tag is in the stream: what came before it was released by then (it can't be held
    for ever on the chance of a tag), so the tag alone is dropped. Turns that a model writes for somebody else, the
    patient for one, are dropped too.
    """

    def __init__(self) -> None:
        self._held = ""
        self._read: _Reader = self._text
        self._closer: re.Pattern[str] | None = None
        """Ends what is being dropped."""
        self._released = False
        self._dropped = False
        self.at_ease = False
        """Whether text without the beginning of a marker is of no interest here."""

    @property
    def held(self) -> int:
        """What waits here and may yet be shown, in code points."""
        return 0 if self._closer else len(self._held)

    def feed(self, text: str) -> str:
        if self.at_ease and "<" not in text and "[" not in text:
            return text
        return self._run(self._held + text, last=False)

    def finish(self) -> str:
        released = self._run(self._held, last=True)
        self._held = ""
        return released

    def _run(self, text: str, *, last: bool) -> str:
        released: list[str] = []
        at = 0
        while at < len(text):
            read_to = self._read(text, at, last, released)
            if read_to is None:
                break
            at = read_to
        self._held = text[at:]
        self.at_ease = self._released and not self._held and self._read == self._text
        return "".join(released)

    # What reads next: each takes the text and where to begin, and gives how far it read, or None to wait for more.

    def _text(self, text: str, at: int, last: bool, released: list[str]) -> int | None:
        found = _MARKER_START.search(text, at)
        start = found.start() if found else len(text)
        self._release(text[at:start], released)
        if found is None:
            return start
        if marker := _MARKER.match(text, start):
            self._take(marker[0].lower())
            return marker.end()
        rest = text[start : start + MARKER]
        if start + len(rest) == len(text) and _may_become_a_marker(rest):
            if not last:
                return None if start == at else start
            if rest[:2] in ("<|", "<｜"):  # a token that was cut off
                return len(text)
        self._release(text[start], released)
        return start + 1

    def _hidden(self, text: str, at: int, last: bool, _released: list[str]) -> int | None:
        assert self._closer is not None
        closed = self._closer.search(text, at)
        if closed is None:
            keep_from = max(at, len(text) - MARKER)
            if last:
                return len(text)
            return keep_from if keep_from > at else None
        self._read = self._text
        self._closer = None
        if closed[0].lower() in _TURNS or closed[0].lower() == _CHANNEL:
            return closed.start()
        return closed.end()

    def _channel_header(self, text: str, at: int, last: bool, released: list[str]) -> int | None:
        """`final<|message|>`, or `commentary to=… <|constrain|>json<|message|>`."""
        header = text[at : at + MARKER]
        if header.lstrip(" ").lower().startswith(_HIDDEN_CHANNELS):
            self._hide_until(_END_OF_CHANNEL)
            return at
        found = _END_OF_HEADER.search(header)
        if found is None and len(header) < MARKER and not last:
            return None
        self._read = self._text
        if found and found[0] != "\n":
            return at + found.end()
        if final := _FINAL.match(header):
            return at + final.end()
        return at  # no channel after all

    def _role(self, text: str, at: int, last: bool, _released: list[str]) -> int | None:
        rest = text[at : at + MARKER].lower()
        if not last and any(role.startswith(rest.removeprefix(" ")) for role in _ROLES):
            return None
        self._read = self._text
        role = _ROLE.match(text, at)
        if role is None:
            return at
        if role[1].lower() not in _OWN_ROLES:
            self._hide_until(_NEXT_TURN)
        return role.end()

    def _take(self, marker: str) -> None:
        self._dropped = True
        if closer := _CLOSED_BY.get(marker):
            self._hide_until(re.compile(closer, re.IGNORECASE))
        elif marker in _TURNS:
            self._read = self._role
        elif marker == _CHANNEL:
            self._read = self._channel_header

    def _hide_until(self, closer: re.Pattern[str]) -> None:
        self._closer = closer
        self._read = self._hidden

    def _release(self, text: str, released: list[str]) -> None:
        if self._dropped and not self._released:
            text = text.lstrip()  # between the thinking and the answer's first word
        if text:
            self._released = True
            released.append(text)


def _may_become_a_marker(text: str) -> bool:
    return text.lower() in _PREFIXES or _BEGINS_A_TOKEN.fullmatch(text) is not None
