"""PDFs that have text in them. Scanned pages have none, and are refused."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipeline.child import run_child
from pipeline.loaders import pdf_process
from pipeline.loaders.outside import MOST_TEXT, Item, Refused, Unreadable, document, paragraphs_of_plain, whole
from pipeline.loaders.text import title_of_file

MOST_PAGES = 3_000
MOST_SECONDS = 120
_WORD_BROKEN = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_LINE_WITHIN = re.compile(r"(?<![.!?:])\n(?=[a-z(0-9])|(?<=[a-z,;])\n(?=[A-Z])")


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    try:
        data = whole(stream)
        if not data.lstrip()[:5] == b"%PDF-":
            raise Unreadable("it is no PDF")
        title, text = _title_and_text(data)
    except Unreadable as error:
        yield Refused("", str(error))
        return
    if not text.strip():
        yield Refused("", "it has no text; are its pages scanned?")
        return
    yield document(key=name, title=title or title_of_file(name), body=paragraphs_of_plain(text))


def _title_and_text(data: bytes) -> tuple[str, str]:
    told = _read_in_a_process(data)
    if "why" in told:
        raise Unreadable(told["why"])
    return told["title"], _LINE_WITHIN.sub(" ", _WORD_BROKEN.sub("", "\n\n".join(told["pages"])))


def _read_in_a_process(data: bytes) -> dict[str, Any]:
    """Raises Unreadable."""
    try:
        ended = run_child(pdf_process.__file__, (str(MOST_PAGES), str(MOST_TEXT)), data, MOST_SECONDS)
        told: dict[str, Any] = json.loads(ended.stdout)
    except subprocess.TimeoutExpired:
        raise Unreadable(f"reading it takes longer than {MOST_SECONDS} seconds") from None
    except ValueError:  # it was killed, as by its bound of memory
        raise Unreadable(f"it is broken (its reader ended with status {ended.returncode})") from None
    except OSError as error:
        raise Unreadable(f"the process that reads PDFs can't be started: {error.strerror}") from None
    return told
