"""What a line of the log belongs to: the ids of a request and of a conversation, whichever task or thread writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=MappingProxyType({}))


def trace() -> Mapping[str, str]:
    """The ids that hold here."""
    return _ids.get()


@contextmanager
def traced(**ids: str) -> Iterator[None]:
    """Within, and in the tasks that begin within, these ids hold beside those from outside."""
    token = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(token)
