"""Bodies of requests are bounded at the server's edge: what is larger than anything Veda takes is never gathered.

Daphne gathers the whole body before the application hears of the request, and Django does before any view is asked, at
ten times its size in memory: the checks of the parsers come too late for a body of gigabytes.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from veda.errors import TooLarge

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

REFUSAL = json.dumps(TooLarge().as_json()).encode()


class BoundedBodies:
    """For servers that hand a body on as it comes, as uvicorn does; for Daphne there is `streams.BoundedRequest`."""

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
            await send({"type": "http.response.body", "body": REFUSAL})
