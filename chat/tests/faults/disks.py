"""A disk that takes nothing more."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from chat.tests.faults.processes import Process

ROOM = 64 * 1024
LARGEST_FILE = 4096


@contextlib.contextmanager
def full(folder: Path, process: Process) -> Iterator[bool]:
    """A full file system in place of a process's folder; where none may be mounted, no file of it may grow.

    False: that is so, in this folder and in any other.
    """
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0 and _mount(folder):
        try:
            (folder / "filler").write_bytes(bytes(ROOM))
            yield True
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
        return
    import resource  # Windows, where the tests are only collected, has none

    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, before[1]))
    try:
        yield False
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
