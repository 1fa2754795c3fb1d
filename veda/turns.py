"""At most so many requests are worked on at once; the others wait for their turn.

Each request has a thread of its own. When a thousand clients come back at the same moment, a thousand threads would
leave the event loop, on which replies are streamed and sockets opened, next to no time, and the database's pool would
run dry: requests would fail that only had to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

AT_ONCE = 16
NEVER_WAIT = {
    "/emergency",
    "/health",  # who isn't answered here is thought dead, and ended
}


class Turns:
    """A turn begins when the request was read and ends when its answer begins: no slow client holds one."""

    def __init__(self, application: Callable[[Any, Receive, Send], Awaitable[None]]) -> None:
        self.application = application
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["path"] in NEVER_WAIT:
            await self.application(scope, receive, send)
            return
        before, now, after = range(3)
        turn = before

        async def read() -> Any:
            nonlocal turn
            event = await receive()
            if turn == before and event["type"] == "http.request" and not event.get("more_body"):
                await self._turns.acquire()
                turn = now
            return event

        def end() -> None:
            nonlocal turn
            if turn == now:
                self._turns.release()
            turn = after

        async def answer(event: Any) -> None:
            end()
            await send(event)

        try:
            await self.application(scope, read, answer)
        finally:
            end()
