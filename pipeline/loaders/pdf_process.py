"""Reads a PDF in a process of its own: a child of `pipeline.loaders.pdf`, never imported for its work.

A few thousand bytes can keep the reader busy for hours within one page, or ask for gigabytes: what is bounded from
outside can be ended. The child reads standard input and writes JSON to standard output: `title` and `pages`, or `why`
it is refused.

It is started by path, so it imports nothing of Veda.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from contextlib import suppress
from typing import Any

_MOST_MEMORY = 1024 * 1024 * 1024


def read(data: bytes, *, most_pages: int, most_text: int) -> dict[str, Any]:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it says of broken files is said here, in one line
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        return {"why": "it is encrypted"}
    if len(reader.pages) > most_pages:
        return {"why": f"it has more than {most_pages:,} pages"}
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        pages.append(page.extract_text())
        length += len(pages[-1])
        if length > most_text:
            return {"why": f"its text is longer than {most_text:,} characters"}
    title = reader.metadata.title if reader.metadata else None
    return {"title": str(title or ""), "pages": pages}


def _bound_this_process() -> None:
    """No file, and no more memory than a long document takes; the parent's clock bounds the time."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_AS, _MOST_MEMORY)):
        with suppress(ValueError, OSError):  # macOS knows no bound of the address space
            resource.setrlimit(kind, (most, most))


def main(most_pages: str, most_text: str) -> None:
    _bound_this_process()
    try:
        told = read(sys.stdin.buffer.read(), most_pages=int(most_pages), most_text=int(most_text))
    except Exception as error:  # whatever a broken file makes of the library
        told = {"why": f"it is broken ({type(error).__name__})"}
    sys.stdout.buffer.write(json.dumps(told).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
