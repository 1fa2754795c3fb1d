"""What loaders of documents from outside give: documents as Markdown, and what was refused and why. Pure.

A loader takes a stream of bytes and the file's name, and yields in the file's order. One thing that is broken costs
that thing only. The words of a document are data: links lose their address, and brackets, with which answers cite,
become round ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

import charset_normalizer

MOST_TEXT = 2_000_000
"""Characters of one document."""
MOST_BYTES = 50_000_000
"""Of a file that is one document: it is read whole."""
LONG_PARAGRAPH = 900
"""Characters. A longer one is parted between sentences: a passage is quoted whole."""
_MOST_NAMES = 60
_WESTERN = "cp1252"
"""Of the encodings that fit as well as any other, the one that English is written in."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ue000-\uf8ff]")
_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)")
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,2000}>")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[\"“(]?[A-Z0-9])")
_BRACKETS = str.maketrans("[]", "()")


@dataclass(frozen=True, slots=True)
class OutsideDocument:
    key: str
    """Its id in what it came from; a file's path where it has none."""
    title: str
    body: str
    """Markdown: paragraphs, lists and headings."""
    names: tuple[str, ...] = ()
    url: str = ""
    publisher: str = ""

    @property
    def content_hash(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Refused:
    where: str
    """Within the file, like `line 7`; empty: the whole file."""
    why: str
    on_purpose: bool = False
    """Nothing is wrong with it."""


Item = OutsideDocument | Refused
Loader = Callable[[BinaryIO, str], Iterator[Item]]


def document(
    *,
    key: str,
    title: str,
    body: str,
    names: tuple[str, ...] = (),
    url: str = "",
    publisher: str = "",
    where: str = "",
) -> Item:
    """Checked and tidied; `body` is Markdown already."""
    key, title, body = one_line(key), one_line(title), tidy(body)
    if not key:
        return Refused(where, "it has no id")
    if len(key) > 200:
        return Refused(where, "its id is longer than 200 characters")
    if not title:
        return Refused(where, "it has no title")
    if not re.search(r"\w", body):
        return Refused(where, "it has no text")
    if len(body) > MOST_TEXT:
        return Refused(where, f"its text is longer than {MOST_TEXT:,} characters")
    tidied = (one_line(name)[:200] for name in names[:_MOST_NAMES])
    return OutsideDocument(
        key,
        title[:300],
        body,
        tuple(dict.fromkeys(name for name in tidied if name and name != title)),
        _web_address(url),
        one_line(publisher)[:200],
    )


def tidy(text: str) -> str:
    """Without what no database or page takes: control characters, halves of characters, other line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n").replace("\x85", "\n")
    text = _CONTROL.sub("", text).encode("utf-8", "ignore").decode()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def one_line(text: str) -> str:
    return " ".join(without_links(tidy(text)).split())


def without_links(text: str) -> str:
    """Links become their words, tags go, and no bracket is left that could be taken for a citation."""
    return _TAG.sub("", _IMAGE_OR_LINK.sub(r"\1", text)).translate(_BRACKETS)


def paragraphs_of_plain(text: str) -> str:
    """Plain text as Markdown: nothing in it is a heading."""
    lines = (re.sub(r"^[#>=\s]*", "", line) for line in tidy(text).split("\n"))
    return in_short_paragraphs(without_links("\n".join(lines)))


def in_short_paragraphs(markdown: str) -> str:
    return "\n\n".join(part for block in re.split(r"\n\s*\n", markdown) if (part := _parted(block.strip())))


def _parted(block: str) -> str:
    if len(block) <= LONG_PARAGRAPH or block.startswith("#"):
        return block
    lines = block.split("\n")
    pieces = lines if len(lines) > 1 else _SENTENCE_END.split(block)
    between = "\n" if len(lines) > 1 else " "
    blocks: list[str] = []
    for piece in pieces:
        piece = "\n\n".join(_in_lengths(piece)) if len(piece) > LONG_PARAGRAPH else piece
        if blocks and len(blocks[-1]) + len(piece) < LONG_PARAGRAPH:
            blocks[-1] += between + piece
        else:
            blocks.append(piece)
    return "\n\n".join(blocks)


def _in_lengths(text: str) -> list[str]:
    """What has no sentences, or very long ones: parted between words; a `word` without end is parted too."""
    if len(sentences := _SENTENCE_END.split(text)) > 1:
        return [part for sentence in sentences for part in _in_lengths(sentence)]
    return re.findall(rf"\S(?:.{{0,{LONG_PARAGRAPH - 2}}}\S)?(?=\s|$)|\S{{{LONG_PARAGRAPH}}}", text, re.DOTALL)


def _web_address(url: str) -> str:
    """Empty where it is none."""
    url = "".join(tidy(url).split())
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname and len(url) <= 1000 else ""


# Reading a file that is one document


class Unreadable(Exception):
    """Why a file can't be taken."""


def whole(stream: BinaryIO) -> bytes:
    """Raises Unreadable."""
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    if not data.strip():
        raise Unreadable("it is empty")
    return data


def decoded(data: bytes, declared: str = "") -> str:
    """By what it says itself, then UTF-8, then by what its bytes look like. Raises Unreadable."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strictly(data, encoding)
    if b"\x00" in data[:8192]:
        raise Unreadable("it is no text")
    for encoding in filter(None, (declared, "utf-8")):
        try:
            return _strictly(data, encoding)
        except Unreadable:
            continue
    guesses = list(charset_normalizer.from_bytes(data[:200_000]))
    if not guesses:
        raise Unreadable("its encoding can't be told; save it as UTF-8")
    western = any(guess.encoding == _WESTERN and guess.chaos <= guesses[0].chaos for guess in guesses)
    return _strictly(data, _WESTERN if western else guesses[0].encoding)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        raise Unreadable(f"it isn't {encoding.removesuffix('-sig').upper()}, which it seems to be") from None
