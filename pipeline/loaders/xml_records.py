"""Reads XML record by record, as a stream: never more than one in memory, no entities, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pipeline.loaders.outside import Refused

MOST_BYTES = 8_000_000
"""Of one record."""
MOST_ELEMENTS = 50_000
"""Of one record."""
DEEPEST = 60


class _TooLarge(Exception):
    pass


class _Bounded:
    """A stream that may give only so much between two records."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.given = 0

    def read(self, size: int = 16_384) -> bytes:
        data = self._stream.read(size)
        self.given += len(data)
        if self.given > MOST_BYTES:
            raise _TooLarge
        return data


def records(stream: BinaryIO, tag: str) -> Iterator[Element | Refused]:
    """Elements of this name. What is broken ends the file; what came before it stands."""
    bounded = _Bounded(stream)
    events = iterparse(bounded, events=("start", "end"))
    number = depth = elements = 0
    root: Any = None
    try:
        for event, element in events:
            if event == "start":
                root = element if root is None else root
                depth += 1
                elements += 1
                if depth > DEEPEST or elements > MOST_ELEMENTS:
                    raise _TooLarge
                continue
            depth -= 1
            if element.tag == tag:
                number += 1
                yield element
            if depth <= 1 and root.tag != tag:
                root.clear()
                bounded.given = elements = 0
    except _TooLarge:
        yield Refused(_after(number), "a part of it is too large or too deeply nested; the rest is passed over")
    except DefusedXmlException:
        yield Refused(_after(number), "it declares entities, which aren't read; the rest is passed over")
    except ParseError as error:
        line, _ = error.position
        yield Refused(f"line {line}", "it is no well-formed XML from there on; the rest is passed over")
    except (LookupError, ValueError):
        yield Refused(_after(number), "its encoding isn't known")


def _after(number: int) -> str:
    return f"after record {number}" if number else ""


def text_of(element: Any, path: str) -> str:
    found = element.find(path)
    return "" if found is None else "".join(found.itertext())
