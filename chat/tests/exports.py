"""An export as a server gets it from the application."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile

from channels.db import database_sync_to_async as in_thread

from accounts.tests.factories import PASSWORD
from accounts.tokens import start_session
from veda.asgi import application

EXPORT = "/api/account/export"


class Answer:
    """What a server gets from the application, which waits with each part until the one before was taken."""

    def __init__(self, headers, body):
        self._body = body
        self._events = asyncio.Queue(1)
        scope = {"type": "http", "method": "POST", "path": EXPORT, "query_string": b"", "headers": headers}
        headers.append((b"content-length", str(len(body)).encode()))
        self._running = asyncio.ensure_future(application(scope, self._receive, self._events.put))

    async def _receive(self):
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body}

    async def _next(self):
        event = asyncio.ensure_future(self._events.get())
        await asyncio.wait([event, self._running], return_when=asyncio.FIRST_COMPLETED)
        if not event.done() and self._running.exception():
            event.cancel()
            raise self._running.exception()
        return await event

    async def begin(self):
        start = await self._next()
        self.status = start["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return self

    async def parts(self):
        more = True
        while more:
            event = await self._next()
            more = event.get("more_body", False)
            if event.get("body"):
                yield event["body"]
        await self._running


async def ask(user, password=PASSWORD):
    """The answer to an export, which has begun."""
    headers = [(b"host", b"testserver"), (b"content-type", b"application/json"), (b"accept", b"application/zip")]
    if user:
        access = (await in_thread(start_session)(user=user, method="password")).access
        headers.append((b"authorization", f"Bearer {access}".encode()))
    return await Answer(headers, json.dumps({"password": password}).encode()).begin()


async def exported(user):
    """The zip."""
    answer = await ask(user)
    assert answer.status == 200
    return zipfile.ZipFile(io.BytesIO(b"".join([part async for part in answer.parts()])))
