"""JSON lines: `{"id", "title", "text"}`, and where there are any `source` (who published it), `url` and `names`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import shorten
from typing import Any, BinaryIO

from pipeline.loaders.outside import Item, Refused, Unreadable, document, paragraphs_of_plain

MOST_LINE = 8_000_000
"""Bytes."""


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    number = 0
    while line := stream.readline(MOST_LINE):
        number += 1
        where = f"line {number}"
        if len(line) == MOST_LINE and not line.endswith(b"\n"):
            _pass_over_line(stream)
            yield Refused(where, f"it is longer than {MOST_LINE // 1_000_000} MB")
        elif line.strip():
            yield _document(line, where)
    if not number:
        yield Refused("", "it is empty")


def _pass_over_line(stream: BinaryIO) -> None:
    while (part := stream.readline(MOST_LINE)) and not part.endswith(b"\n"):
        pass


def _document(line: bytes, where: str) -> Item:
    try:
        data = json.loads(line.decode("utf-8-sig"))
        return document(
            key=_text(data, "id"),
            title=_text(data, "title") or _opening(_text(data, "text")),
            body=paragraphs_of_plain(_text(data, "text")),
            names=_names(data),
            url=_text(data, "url"),
            publisher=_text(data, "source"),
            where=where,
        )
    except UnicodeDecodeError:
        return Refused(where, "it isn't UTF-8")
    except (ValueError, RecursionError):
        return Refused(where, "it is no JSON")
    except Unreadable as error:
        return Refused(where, str(error))


def _opening(text: str) -> str:
    """Stands for a title that there isn't."""
    return shorten(text[:1000], 80, placeholder=" …")


def _text(data: Any, name: str) -> str:
    if not isinstance(data, dict):
        raise Unreadable("it is no JSON object")
    value = data.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and name == "id":
        return str(value)
    if not isinstance(value, str):
        raise Unreadable(f"its {name} is no text")
    return value


def _names(data: dict[str, Any]) -> tuple[str, ...]:
    names = data.get("names") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unreadable("its names are no list of texts")
    return tuple(names)
