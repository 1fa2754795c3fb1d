"""The channel layer of a process that is alone."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer

CLEAN_SECONDS = 10.0


class MemoryLayer(InMemoryChannelLayer):
    """Channels' own goes through all channels and groups with every event: with a thousand sockets, a millisecond.

    And it makes a task for each channel of a group, though none waits for anything.
    """

    _cleaned_at = 0.0

    def _clean_expired(self) -> None:
        if time.monotonic() - self._cleaned_at > CLEAN_SECONDS:
            self._cleaned_at = time.monotonic()
            super()._clean_expired()

    def has_alone(self, group: str, channel: str) -> bool:
        """Whether nobody else is in this group of the channel's. From any thread."""
        members = self.groups.get(group, ())
        return len(members) == 1 and channel in members

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self._clean_expired()
        for channel in list(self.groups.get(group, ())):
            with suppress(ChannelFull):
                await self.send(channel, message)
