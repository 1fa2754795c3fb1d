"""When what nobody refers to any more is looked for: where nobody waits for a word, and not in the middle of one.

Python looks by itself whenever so many objects were made, through all that are there: with 200 replies running that
took up to 90 ms, in which nobody's reply went on.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress

YOUNG = 2_000
"""New objects that are looked through at once: half a millisecond."""
NEVER = 1_000_000
ENOUGH, MANY = 20, 200
"""Lots of new objects that were looked through once: so many are worth another look, and so many can't wait for it."""
LOOK_SECONDS = 1.0


def set_up() -> None:
    """What was read at the start lives as long as the process: it isn't gone through again and again."""
    gc.collect()
    _give_back()
    gc.set_threshold(YOUNG, NEVER, NEVER)
    gc.freeze()


def _give_back() -> None:
    """To the system, what reading took besides: 18 MB, which glibc would keep for later. Others do it by themselves."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


async def collect_in_pauses(is_quiet: Callable[[], bool]) -> None:
    """For ever. Where it is never quiet, only among what was made since the last time."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        lots = gc.get_count()[1]
        if lots >= ENOUGH and is_quiet():
            gc.collect()
        elif lots >= MANY:
            gc.collect(1)
