"""PDFs that have text in them. Scanned pages have none, and are refused."""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Iterator
from typing import BinaryIO

from pypdf import PdfReader

from pipeline.loaders.outside import MOST_TEXT, Item, Refused, Unreadable, document, paragraphs_of_plain, whole
from pipeline.loaders.text import title_of_file

MOST_PAGES = 3_000
MOST_SECONDS = 120
_WORD_BROKEN = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_LINE_WITHIN = re.compile(r"(?<![.!?:])\n(?=[a-z(0-9])|(?<=[a-z,;])\n(?=[A-Z])")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it says of broken files is said here, in one line


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    try:
        data = whole(stream)
        if not data.lstrip()[:5] == b"%PDF-":
            raise Unreadable("it is no PDF")
        title, text = _title_and_text(data)
    except Unreadable as error:
        yield Refused("", str(error))
        return
    except Exception as error:  # whatever a broken file makes of the library
        yield Refused("", f"it is broken ({type(error).__name__})")
        return
    if not text.strip():
        yield Refused("", "it has no text; are its pages scanned?")
        return
    yield document(key=name, title=title or title_of_file(name), body=paragraphs_of_plain(text))


def _title_and_text(data: bytes) -> tuple[str, str]:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("it is encrypted")
    if len(reader.pages) > MOST_PAGES:
        raise Unreadable(f"it has more than {MOST_PAGES:,} pages")
    until = time.monotonic() + MOST_SECONDS
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        pages.append(page.extract_text())
        length += len(pages[-1])
        if length > MOST_TEXT:
            raise Unreadable(f"its text is longer than {MOST_TEXT:,} characters")
        if time.monotonic() > until:
            raise Unreadable(f"reading it takes longer than {MOST_SECONDS} seconds")
    title = reader.metadata.title if reader.metadata else None
    return str(title or ""), _LINE_WITHIN.sub(" ", _WORD_BROKEN.sub("", "\n\n".join(pages)))
