"""Builds the search index behind a request's back: one thread a process, and one build for all that changed meanwhile.

The rows are the truth, and that the index is behind them is noted before they change: where the process ends in
mid-build, whoever builds next takes it up: a server does so when it starts, and every hour.
"""

from __future__ import annotations

import logging
import threading
import time

from django.core.files import locks
from django.db import connections

from pipeline import ingest, wiring
from pipeline.errors import IncompleteIndex

logger = logging.getLogger(__name__)


class IndexKeeper:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._cut_again = False
        self.last_seconds: float | None = None
        """What the last build took."""

    @property
    def is_building(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wake(self, *, cut_again: bool = False) -> None:
        """`cut_again`: documents whose passages are cut otherwise by now are cut anew first."""
        ingest.note_change(wiring.index_folder())
        with self._lock:
            self._cut_again |= cut_again
            if self._thread is None:
                self._thread = threading.Thread(target=self._build, name="index", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """For the build that runs, if there is one."""
        if thread := self._thread:
            thread.join()

    def catch_up(self) -> None:
        """For periodic work: what a process that ended left behind is built by one process of all."""
        folder = wiring.index_folder()
        if not ingest.is_noted_as_behind(folder):
            return
        with (folder / "catching-up").open("w") as file:
            if locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):  # the system lets go of it when the process ends
                self.wake()
                self.wait()

    def _build(self) -> None:
        try:
            while self._goes_on():
                begin = time.monotonic()
                if self._cut_again:
                    self._cut_again = False
                    ingest.cut_again()
                number = ingest.build_index(
                    wiring.index_folder(), wiring.embedder(), wiring.vector_store(), wiring.lexicon()
                )
                self.last_seconds = time.monotonic() - begin
                logger.info("Search index %d was built in %.1f s", number, self.last_seconds)
        except IncompleteIndex as error:
            logger.warning("The search index was built, but stays noted as behind: %s", error.detail)
            with self._lock:
                self._thread = None
        except Exception:
            logger.exception("The search index could not be built; it stays noted as behind")
            with self._lock:
                self._thread = None
        finally:
            connections.close_all()

    def _goes_on(self) -> bool:
        """Together with its end, so that nobody who wakes it meanwhile is left waiting."""
        with self._lock:
            if ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store()) or self._cut_again:
                return True
            self._thread = None
            return False


keeper = IndexKeeper()
