"""Each request and each socket has an id: that of X-Request-ID, as a proxy sets it, or one of our own.

The answer names it, and so does each line that is logged on its behalf.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from chat.trace import traced

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

HEADER = b"x-request-id"
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_CONVERSATION = re.compile(r"/(?:(?:api|ws)/conversations|uploads)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


class RequestIds:
    def __init__(self, application: Callable[[Any, Receive, Send], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        ids = {"request_id": _given(scope) or uuid.uuid4().hex}
        if conversation := _CONVERSATION.match(scope["path"]):
            ids["conversation_id"] = conversation[1]
        header = (HEADER, ids["request_id"].encode())

        async def answer(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", ()), header]}
            await send(event)

        with traced(**ids):
            # A socket's frames come by the thousand and have no headers: nothing stands in their way.
            await self.application(scope, receive, answer if scope["type"] == "http" else send)


def _given(scope: Any) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and _GIVEN.fullmatch(value):
            return str(value, "ascii")
    return ""
