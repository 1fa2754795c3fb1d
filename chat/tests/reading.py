"""A reader of a log who takes everything, as a socket does."""

from __future__ import annotations

import asyncio

from chat.tests.sockets import PATIENCE


async def read(log, reply_id, offset=0, *, has_room=None):
    """All frames until the log's end. `has_room`: is waited for before each, as by a socket that is behind."""
    frames = []
    over = asyncio.Event()

    async def take(frame):
        if has_room:
            await has_room()
        frames.append(frame)

    async def at_end():
        over.set()

    reader = log.follow(reply_id, offset, take=take, at_end=at_end)
    reader.wake()
    try:
        async with asyncio.timeout(PATIENCE):
            await over.wait()
    finally:
        reader.stop()
    return frames
