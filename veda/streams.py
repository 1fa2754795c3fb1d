"""What is sent in parts under Daphne: an export, the frames of a WebSocket.

Daphne takes parts as fast as they are made and keeps what a slow reader hasn't taken; and an answer that breaks off in
the middle would end the timer that tidies up behind all requests. Here each part waits until the reader has room, and
an answer that breaks off cuts the connection, so that nobody takes it for whole.
"""

from __future__ import annotations

import asyncio
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol

from veda.bodies import BoundedRequest


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


class StreamingServer(Server):
    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, StreamedRequest) or message["type"] == "websocket.send":
            await protocol.room.wait()
