"""Linear time, measured by growth and not by this machine's speed of the day."""

from __future__ import annotations

import time
from collections.abc import Callable


def assert_linear(filtered: Callable[[str], object], unit: str) -> None:
    """`filtered` is given repetitions of `unit`. A second try, since others share the processor."""
    assert _grows_linearly(filtered, unit) or _grows_linearly(filtered, unit), (
        "four times the text: about four times the time, and sixteen if it were quadratic"
    )


def _grows_linearly(filtered: Callable[[str], object], unit: str) -> bool:
    short, long = (_seconds(filtered, unit * (length // len(unit))) for length in (20_000, 80_000))
    return long < 8 * short + 0.05


def _seconds(filtered: Callable[[str], object], text: str) -> float:
    """Of this thread's own work."""
    started = time.thread_time()
    filtered(text)
    return time.thread_time() - started
