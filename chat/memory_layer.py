"""The channel layer of a process that is alone."""

from __future__ import annotations

import time

from channels.layers import InMemoryChannelLayer

CLEAN_SECONDS = 10.0


class MemoryLayer(InMemoryChannelLayer):
    """Channels' own goes through all channels and groups with every event: with a thousand sockets, a millisecond."""

    _cleaned_at = 0.0

    def _clean_expired(self) -> None:
        if time.monotonic() - self._cleaned_at > CLEAN_SECONDS:
            self._cleaned_at = time.monotonic()
            super()._clean_expired()
