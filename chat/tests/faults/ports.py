"""Ports at which servers listen again after they were killed."""

from __future__ import annotations

import random
import socket

FIRST, LAST = 20_000, 32_000
"""Below what systems give to clients: one that knocks at a server that is down never gets that server's own port."""

_given: set[int] = set()


def own_port() -> int:
    """One at which nobody listens, and that no other call gets."""
    while True:
        port = random.randrange(FIRST, LAST)
        if port in _given:
            continue
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
