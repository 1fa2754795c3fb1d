"""What running replies have published, in a file each, so that a killed process loses nothing that was shown.

The database has what was published two seconds ago; this has the rest. A line is a frame of the protocol, written
before anybody is shown it. With the end of its reply the file is emptied and laid aside for another one; what a killed
process left is read by whoever ends its replies. It outlives a process, not a power cut: nothing waits for the disk.
"""

from __future__ import annotations

import logging
import mmap
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from chat import protocol

logger = logging.getLogger(__name__)

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_RESERVED_BYTES = 32 * 1024
"""To begin with, and doubled where a reply is longer: some two hundred words."""

_MOST_SPARE = 128
_spare: list[tuple[str, mmap.mmap]] = []
"""Files of zeros that ended replies of this process left. To make and delete one costs a reply five times as much."""

KEPT_SECONDS = 24 * 3600.0
"""What nobody ended by then belongs to no reply any more."""


def _folder() -> str:
    return os.path.join(settings.DATA_DIR, "streams")


def _spare_folder() -> str:
    return os.path.join(settings.DATA_DIR, "spare-streams")


def _path(reply_id: str, fence: int) -> str:
    return f"{_folder()}{os.sep}{reply_id}.{fence}"


class Journal:
    """Of one reply under one claim. A disk that takes nothing costs the journal, never the reply.

    The file is mapped to memory: a line is written without a call to the system, which for each chunk cost more than to
    send it, and which on the event loop gives other threads their turn. What follows the last line is zeros, written
    beforehand, since a page that finds no room on the disk would end the process.
    Made and closed in threads.
    """

    def __init__(self, reply_id: str, fence: int) -> None:
        self._path = _path(reply_id, fence)
        self._lines: mmap.mmap | None = None
        self._end = 0
        try:
            self._lines = _take_spare(self._path) or self._reserve(_RESERVED_BYTES)
        except OSError as error:
            self._give_up(error)

    def write(self, frames: Sequence[protocol.Frame]) -> None:
        if (lines := self._lines) is None:
            return
        written = protocol.encode_lines(frames)
        end = self._end + len(written)
        try:
            if end > len(lines):
                lines = self._reserve(max(len(lines), len(written)))
            lines[self._end : end] = written
            self._end = end
        except OSError as error:
            self._give_up(error)

    def clear(self) -> None:
        """What was written so far was taken back."""
        if self._lines is not None:
            self._lines[: self._end] = bytes(self._end)
            self._end = 0

    def close(self, *, remove: bool) -> None:
        """`remove`: all of it is in the database."""
        lines, self._lines = self._lines, None
        if lines is not None:
            if remove:
                lines[: self._end] = bytes(self._end)
                if _keep_spare(self._path, lines):
                    return
            lines.close()
        if remove:
            with suppress(OSError):
                os.unlink(self._path)

    def _reserve(self, more: int) -> mmap.mmap:
        """Raises OSError."""
        file = _open(self._path)
        try:
            zeros = memoryview(bytes(more))
            while zeros:
                zeros = zeros[os.write(file, zeros) :]
            self._lines = mmap.mmap(file, os.fstat(file).st_size)  # keeps a number of its own
        finally:
            os.close(file)
        return self._lines

    def _give_up(self, error: OSError) -> None:
        logger.error("A reply goes on without its journal: %s", type(error).__name__)
        self.close(remove=False)


def _open(path: str) -> int:
    try:
        return os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:  # the first of all
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return os.open(path, _FLAGS, 0o600)


def _take_spare(path: str) -> mmap.mmap | None:
    with suppress(IndexError):
        while True:
            spare, lines = _spare.pop()
            try:
                os.rename(spare, path)
                os.utime(path)  # not every file system notes that mapped memory was written: `remove_old` goes by it
                return lines
            except OSError:  # somebody tidied up
                lines.close()
    return None


def _keep_spare(path: str, lines: mmap.mmap) -> bool:
    """Whether its file, of which nothing is left but zeros, was laid aside."""
    if len(_spare) >= _MOST_SPARE or len(lines) > _RESERVED_BYTES:
        return False
    spare = os.path.join(_spare_folder(), os.path.basename(path))
    try:
        try:
            os.rename(path, spare)
        except FileNotFoundError:  # the first of all
            os.makedirs(_spare_folder(), mode=0o700, exist_ok=True)
            os.rename(path, spare)
    except OSError:
        return False
    _spare.append((spare, lines))
    return True


def remove_spare() -> None:
    """Of a process that writes no more replies."""
    with suppress(IndexError):
        while True:
            path, lines = _spare.pop()
            lines.close()
            with suppress(OSError):
                os.unlink(path)


def read(reply_id: str, fence: int) -> list[protocol.Frame]:
    """What was published, as far as it was written; a line that was cut off is left out."""
    try:
        lines = Path(_path(reply_id, fence)).read_bytes().split(b"\n")
    except OSError:
        return []
    frames: list[protocol.Frame] = []
    for line in lines[:-1]:  # behind the last line's end stand zeros, or a part of a line
        with suppress(protocol.InvalidFrame):
            frames.append(protocol.parse_server_frame(line))
    return frames


def remove(reply_id: str, fence: int) -> None:
    with suppress(OSError):
        os.unlink(_path(reply_id, fence))


def remove_old() -> int:
    """Files that nobody came back for; returns how many. For periodic work."""
    oldest = time.time() - KEPT_SECONDS
    removed = 0
    for folder in (_folder(), _spare_folder()):
        with suppress(OSError):
            for path in Path(folder).iterdir():
                with suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        path.unlink()
                        removed += 1
    return removed
