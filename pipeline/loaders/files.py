"""Finds files, tells what each is, and reads the documents in them. Archives are unpacked while they are read."""

from __future__ import annotations

import gzip
import io
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.loaders import html, jsonl, markdown, medlineplus, medquad, pdf, text
from pipeline.loaders.outside import Item, Loader, Refused

LOADERS: dict[str, Loader] = {
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    ".pdf": pdf.read,
    ".txt": text.read,
}
XML_LOADERS: dict[str, Loader] = {medlineplus.ROOT: medlineplus.read, medquad.ROOT: medquad.read}
"""By the name of the root element."""
KINDS = sorted({*LOADERS, ".xml"})
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)")
MOST_UNPACKED, UNPACKED_BESIDES = 100, 64_000_000
"""An archive may unpack to so many times its size, and so many bytes besides."""


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    name: str
    """Its path within the folder that was named."""
    size: int


@dataclass(frozen=True, slots=True)
class Left:
    """What isn't read."""

    path: Path
    refused: Refused


def find_files(path: Path) -> Iterator[Found | Left]:
    """The file, or all files of the folder that a loader knows. A link to a folder isn't followed: it may lead back."""
    if not path.is_dir():
        yield _file(path, path.name) if kind_of(path.name) else Left(path, Refused("", _UNKNOWN))
        return
    problems: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=problems.append):
        folders.sort()
        for name in list(folders):
            if name.startswith(".") or os.path.islink(os.path.join(folder, name)):
                folders.remove(name)
                if not name.startswith("."):
                    yield Left(Path(folder, name), _LINK)
        for name in sorted(files):
            if kind_of(name) and not name.startswith("."):
                file = Path(folder, name)
                yield _file(file, file.relative_to(path).as_posix())
    yield from (Left(Path(problem.filename), _reason(problem)) for problem in problems)


_UNKNOWN = f"its kind isn’t known; these are: {', '.join(KINDS)}, each also as .gz"
_LINK = Refused("", "it is a link to a folder, which isn’t followed", on_purpose=True)


def kind_of(name: str) -> str:
    """By how the name ends; empty: not known."""
    suffix = Path(name.casefold().removesuffix(".gz")).suffix
    return suffix if suffix in KINDS else ""


def _file(path: Path, name: str) -> Found | Left:
    try:
        size = path.stat().st_size
        if not path.is_file():
            return Left(path, Refused("", "it is no file"))
    except OSError as error:
        return Left(path, _reason(error))
    return Found(path, name, size)


def _reason(error: OSError) -> Refused:
    return Refused("", (error.strerror or type(error).__name__).lower())


class _UnpacksTooLarge(Exception):
    pass


class _Watched(io.RawIOBase):
    """A stream that tells how much was read of it, and gives no more than it may."""

    def __init__(self, stream: Any, most: float, tell: Callable[[int], Any]) -> None:
        self._stream = stream
        self._left = most
        self._tell = tell

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._left -= len(data)
        if self._left < 0:
            raise _UnpacksTooLarge
        self._tell(len(data))
        return len(data)


def read_file(file: Found, progress: Callable[[int], Any] = lambda _: None) -> Iterator[Item]:
    """`progress` is told how many bytes of the file were read since it was told last."""
    try:
        with file.path.open("rb", buffering=0) as opened:
            stream = io.BufferedReader(_Watched(opened, math.inf, progress))
            if file.name.casefold().endswith(".gz"):
                most = file.size * MOST_UNPACKED + UNPACKED_BESIDES
                stream = io.BufferedReader(_Watched(gzip.GzipFile(fileobj=stream), most, lambda _: None), 65_536)
            yield from _loader_of(stream, file.name)(stream, file.name)
    except _UnpacksTooLarge:
        yield Refused("", "it unpacks to far more than an archive of text would; the rest is passed over")
    except (gzip.BadGzipFile, zlib.error, EOFError):
        yield Refused("", "the archive is broken; the rest is passed over")
    except OSError as error:
        yield _reason(error)


def _loader_of(stream: Any, name: str) -> Loader:
    kind = kind_of(name)
    if kind != ".xml":
        return LOADERS[kind]
    head = stream.peek().replace(b"\x00", b"")  # UTF-16 too
    root = _ROOT.search(re.sub(rb"<!--.*?-->", b"", head, flags=re.DOTALL))
    return XML_LOADERS.get(root[1].decode() if root else "", _unknown_xml)


def _unknown_xml(stream: BinaryIO, name: str) -> Iterator[Item]:
    empty = not stream.read(1)
    yield Refused("", "it is empty" if empty else "it is XML, but neither MedlinePlus topics nor MedQuAD")
