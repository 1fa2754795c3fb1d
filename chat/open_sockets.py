"""The open WebSockets of this process: how many a person has, whether they still may, and their end."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Collection
from typing import Protocol

from django.conf import settings
from django.db import Error as DatabaseError

from accounts.tokens import live_families
from chat import metrics
from chat.threads import in_thread

logger = logging.getLogger(__name__)

CHECK_SECONDS = 30.0
"""The news that a device was signed out may be lost; by then it is noticed."""
COME_BACK = 4503
"""To this process or to another. Daphne sends none of the codes that WebSockets have for it, 1012 and 1013."""


class Socket(Protocol):
    family_id: uuid.UUID
    user_id: uuid.UUID

    @property
    def is_reading(self) -> bool:
        """Whether a reply is being written for it."""

    async def look_who_it_is(self) -> None:
        """Closes where its person may read no more."""

    async def close(self, code: int) -> None: ...


class OpenSockets:
    def __init__(self) -> None:
        self._sockets: set[Socket] = set()
        self._by_user: Counter[uuid.UUID] = Counter()

    def add(self, socket: Socket) -> bool:
        """False: the person has as many as one may have."""
        if self._by_user[socket.user_id] >= settings.MAX_SOCKETS_PER_USER:
            return False
        self._by_user[socket.user_id] += 1
        self._sockets.add(socket)
        metrics.sockets_open(len(self._sockets))
        return True

    def remove(self, socket: Socket) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)
            self._by_user[socket.user_id] -= 1
            if not self._by_user[socket.user_id]:
                del self._by_user[socket.user_id]
            metrics.sockets_open(len(self._sockets))

    def count(self, user_id: uuid.UUID) -> int:
        return self._by_user.get(user_id, 0)

    @property
    def is_read(self) -> bool:
        """Whether somebody reads a reply that is being written, here or elsewhere."""
        return any(socket.is_reading for socket in self._sockets)

    async def keep_watch(self) -> None:
        """For ever: closes those whose device was signed out without their hearing of it."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check()
            except DatabaseError as error:
                logger.error("Not known who is still signed in: %s", type(error).__name__)

    async def _check(self) -> None:
        sockets = list(self._sockets)
        live = await in_thread(live_families)({socket.family_id for socket in sockets})
        for socket in sockets:
            if socket.family_id not in live:
                await socket.look_who_it_is()

    async def close_idle(self) -> None:
        """Those for whom nothing is written may go to another process at once."""
        await self._close([socket for socket in self._sockets if not socket.is_reading])

    async def close_all(self) -> None:
        await self._close(list(self._sockets))

    async def _close(self, sockets: Collection[Socket]) -> None:
        await asyncio.gather(*(socket.close(COME_BACK) for socket in sockets), return_exceptions=True)


open_sockets = OpenSockets()
