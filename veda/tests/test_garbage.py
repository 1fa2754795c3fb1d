"""What nobody refers to any more goes where it is quiet, and in time where it never is."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from veda import garbage


class Ring:
    """Goes by a collection alone: it refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = gc.get_threshold()
    monkeypatch.setattr(garbage, "LOOK_SECONDS", 0.001)
    garbage.set_up()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def an_old_ring(lots: int) -> weakref.ref[Ring]:
    """Garbage that was looked through once while it was in use, as a socket is, and so many lots of new objects."""
    gc.collect()
    ring = Ring()
    gc.collect(0)
    gone = weakref.ref(ring)
    kept = []
    while gc.get_count()[1] < lots:
        kept.append([object()])
    return gone


class Room:
    """Is quiet or not, and knows how often that was asked."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.asked = 0
        self.asked_often = asyncio.Event()

    def is_quiet(self) -> bool:
        self.asked += 1
        if self.asked == 5:
            self.asked_often.set()
        return self.quiet


async def gone_by_itself(ring: weakref.ref[Ring], room: Room) -> None:
    went = asyncio.Event()
    weakref.finalize(ring(), went.set)
    watch = asyncio.create_task(garbage.collect_in_pauses(room.is_quiet))
    try:
        async with asyncio.timeout(20):
            await went.wait()
    finally:
        watch.cancel()


async def test_it_goes_where_it_is_quiet():
    ring, room = an_old_ring(garbage.ENOUGH), Room(quiet=True)
    await gone_by_itself(ring, room)
    assert ring() is None
    assert room.asked == 1


async def test_it_goes_in_time_where_it_is_never_quiet(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(garbage, "MANY", garbage.ENOUGH + 20)
    ring = an_old_ring(garbage.MANY)
    await gone_by_itself(ring, Room(quiet=False))
    assert ring() is None


async def test_it_stays_while_words_are_written():
    ring, room = an_old_ring(garbage.ENOUGH), Room(quiet=False)
    watch = asyncio.create_task(garbage.collect_in_pauses(room.is_quiet))
    try:
        async with asyncio.timeout(20):
            await room.asked_often.wait()
    finally:
        watch.cancel()
    assert ring() is not None
