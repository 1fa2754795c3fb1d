from __future__ import annotations

from collections.abc import Callable

observers: list[Callable[[str], None]] = []
"""Told in which step a part failed, whether or not the work went on without it."""


class ProviderError(Exception):
    """A part that Veda depends on didn't do its work.

    `message` may be shown to the patient; `detail` is for the operator's log. Neither holds anybody's words.
    """

    def __init__(self, message: str, *, retryable: bool, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.detail = detail or message


class IncompleteIndex(ProviderError):
    """A new search index is in use, and words find all that it has; but not all of its vectors could be kept."""


def note_failure(step: str) -> None:
    for observer in observers:
        observer(step)
