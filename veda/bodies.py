"""Bodies of requests are bounded at the server's edge: what is larger than anything Veda takes is never gathered.

Daphne gathers the whole body before the application hears of the request, and Django does before any view is asked, at
ten times its size in memory: the checks of the parsers come too late for a body of gigabytes.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings

from veda.errors import TooLarge

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_REFUSAL = json.dumps(TooLarge().as_json()).encode()


class BoundedRequest(WebRequest):
    """Daphne's request. A body that is too large is read to its end, as HTTP wants it, and thrown away."""

    received = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Forms are read by Django alone: Twisted would read them too, and answer an odd one with an empty 400."""
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def handleContentChunk(self, data: bytes) -> None:
        self.received += len(data)
        if self.received <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            super().handleContentChunk(data)

    def process(self) -> Any:
        if self.received <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            return super().process()
        self.setResponseCode(TooLarge.status)
        self.setHeader(b"Content-Type", b"application/json")
        self.setHeader(b"Content-Length", str(len(_REFUSAL)).encode())
        self.write(_REFUSAL)
        self.finish()
        return None


class BoundedBodies:
    """The same for servers that hand a body on as it comes, such as uvicorn."""

    def __init__(self, application: Callable[[Any, Receive, Send], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        received = 0
        refused = False

        async def bounded() -> Any:
            nonlocal received, refused
            event = await receive()
            received += len(event.get("body", b""))
            if received <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
                return event
            refused = True
            return {"type": "http.disconnect"}  # Django gives up here and answers nothing

        await self.application(scope, bounded, send)
        if refused:
            headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": int(TooLarge.status), "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSAL})
