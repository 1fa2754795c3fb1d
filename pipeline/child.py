"""Runs a file of Veda's own in a process of its own, for what may hang, crash or ask for too much."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What the child is told of ours: no secret."""


def run_child(script: str, arguments: Sequence[str], data: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """`data` is its standard input; nothing that it says of an error is kept. Raises TimeoutExpired, OSError."""
    return subprocess.run(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-PB", script, *arguments],  # P: pipeline/types.py is not Python's own
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        timeout=seconds,
    )
