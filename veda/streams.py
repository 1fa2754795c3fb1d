"""What Daphne doesn't bound by itself: what it gathers of a request, and what it keeps for a slow reader.

Daphne takes parts as fast as they are made and keeps what a slow reader hasn't taken; and an answer that breaks off in
the middle would end the timer that tidies up behind all requests. Here each part waits until the reader has room, and
an answer that breaks off cuts the connection, so that nobody takes it for whole.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from io import BytesIO
from typing import Any

from autobahn.exception import Disconnected
from daphne.http_protocol import WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings

from veda.bodies import REFUSAL
from veda.errors import TooLarge


class BoundedRequest(WebRequest):
    """Daphne's request. A body that is too large is read to its end, as HTTP wants it, and thrown away."""

    received = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Forms are read by Django alone: Twisted would read them too, and answer an odd one with an empty 400."""
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:
        """In memory, of which it takes little enough: Twisted writes what is longer than 100 kB to a disk."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self.received += len(data)
        if self.received <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            super().handleContentChunk(data)

    def process(self) -> Any:
        if self.received <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            return super().process()
        self.setResponseCode(TooLarge.status)
        self.setHeader(b"Content-Type", b"application/json")
        self.setHeader(b"Content-Length", str(len(REFUSAL)).encode())
        self.write(REFUSAL)
        self.finish()
        return None


class StreamedRequest(BoundedRequest):
    """A producer of Twisted's: the transport tells it when the reader is behind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = asyncio.Event()
        self.room.set()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message.get("more_body") and not self.finished and self.channel is not None and self.producer is None:
            self.registerProducer(self, True)
        super().handle_reply(message)

    def handle_exception(self, exception: BaseException) -> None:
        if not self._response_started:
            super().handle_exception(exception)
        elif self.channel is not None:
            self.channel.forceAbortClient()

    def finish(self) -> None:
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.room.set()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        self.room.clear()

    def resumeProducing(self) -> None:
        self.room.set()

    def stopProducing(self) -> None:
        self.room.set()


class Room:
    """A producer of Twisted's."""

    def __init__(self) -> None:
        self._there_is = asyncio.Event()
        self._there_is.set()
        self.wait = self._there_is.wait
        self.pauseProducing = self._there_is.clear
        self.resumeProducing = self.stopProducing = self._there_is.set


class StreamedSocket(WebSocketProtocol):
    room: Room

    def onOpen(self) -> None:
        self.room = Room()
        self.transport.unregisterProducer()  # of HTTP, as which the connection began
        self.transport.registerProducer(self.room, True)
        super().onOpen()

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        """A socket that closes takes nothing more; its application hears of the end by what it receives next."""
        with suppress(Disconnected):
            super().serverSend(content, binary)


class StreamingServer(Server):
    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, StreamedRequest) or message["type"] == "websocket.send":
            await protocol.room.wait()
