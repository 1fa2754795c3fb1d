"""What a model host was last seen to be, without making a question wait for the look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pipeline.types import HostState

FRESH_SECONDS = 5.0


class HostWatch:
    """Remembers a host's state for a while; what is older is shown once more while a thread looks anew."""

    def __init__(self, look: Callable[[], HostState]) -> None:
        self._look = look
        self._seen: HostState | None = None
        self._seen_at = 0.0
        self._looking = threading.Lock()

    def look(self) -> HostState:
        """Now. Waits for the host."""
        self._seen = self._look()
        self._seen_at = time.monotonic()
        return self._seen

    def state(self) -> HostState:
        """As last seen; waits only where nothing was seen yet."""
        if self._seen is None:
            return self.look()
        if time.monotonic() - self._seen_at > FRESH_SECONDS and self._looking.acquire(blocking=False):
            threading.Thread(target=self._look_and_release, name="model-host-watch", daemon=True).start()
        return self._seen

    def _look_and_release(self) -> None:
        try:
            self.look()
        finally:
            self._looking.release()
