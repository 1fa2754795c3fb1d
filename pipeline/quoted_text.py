"""Text of others in a prompt: data between marks that it can't close, and no longer than it may be. Pure."""

from __future__ import annotations

import re
import unicodedata

QUESTION_CHARS = 600
"""Of a question, where it stands beside others."""
_CUT = " … (cut) … "

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LOOKS_LIKE_LESS = "‹〈⟨《❮❰˂ᐸ≺⋖﹤＜"
_LOOKS_LIKE_MORE = "›〉⟩》❯❱˃ᐳ≻⋗﹥＞"
_PLAIN_MARKS = str.maketrans(_LOOKS_LIKE_LESS + _LOOKS_LIKE_MORE, "<" * 12 + ">" * 12)
_MARK = re.compile(r"</?\s*(?:source|summary|description|answer|profile)s?\b[^<>\n]{0,200}>?", re.IGNORECASE)
_OPENS_A_TAG = re.compile(r"<(?=[A-Za-z/|!?｜<])|\[(?=/?(?:INST|SYSTEM|THINK|TOOL|AVAILABLE))", re.IGNORECASE)
_CITATION = re.compile(r"[ \t]*\[\^?\d+\]")


def as_data(text: str) -> str:
    """Text that can neither close the mark around it nor be read as a token of a chat template."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").translate(_PLAIN_MARKS))
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", text))
    return _OPENS_A_TAG.sub(lambda found: f"{found[0]} ", _without_marks(text)).strip()


def _without_marks(text: str) -> str:
    while (
        shorter := _MARK.sub("", re.sub(r"<[ \t]+(?=/?\s*(?:source|summary|description|answer|profile))", "<", text))
    ) != text:
        text = shorter
    return text


def fenced(mark: str, attributes: str, text: str) -> str:
    return f"<{mark}{attributes}>\n{as_data(text)}\n</{mark}>"


def without_citations(text: str) -> str:
    """Their numbers name other sources than those of the next answer."""
    return _CITATION.sub("", text)


def clip(text: str, chars: int) -> str:
    """The beginning, to the end of a sentence where there is one in its second half."""
    text = text.strip()
    if len(text) <= chars:
        return text
    part = text[:chars]
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s)|\n", part)]
    if ends and ends[-1] > chars // 2:
        return part[: ends[-1]].rstrip()
    return f"{part[: chars - 1].rstrip()}…" if chars else ""


def clip_middle(text: str, chars: int) -> str:
    """The beginning and the end: a long story tells at its end what it asks."""
    if len(text) <= chars:
        return text
    each = max(0, chars - len(_CUT)) // 2
    return f"{text[:each].rstrip()}{_CUT}{text[len(text) - each :].lstrip()}"
