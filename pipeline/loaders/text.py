"""Plain text: one file, one document. Its first line is the title where it is short and stands alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from pipeline.loaders.outside import Item, Refused, Unreadable, decoded, document, paragraphs_of_plain, whole

_LONGEST_TITLE = 120


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    try:
        text = decoded(whole(stream)).lstrip("\ufeff").strip()
    except Unreadable as error:
        yield Refused("", str(error))
        return
    first, _, rest = text.partition("\n")
    stands_alone = len(first) <= _LONGEST_TITLE and rest.startswith("\n") and not first.rstrip().endswith(".")
    title, body = (first, rest) if stands_alone else (title_of_file(name), text)
    yield document(key=name, title=title, body=paragraphs_of_plain(body))


def title_of_file(name: str) -> str:
    stem = PurePosixPath(name).name.partition(".")[0]
    return stem.replace("_", " ").replace("-", " ").strip().capitalize()
