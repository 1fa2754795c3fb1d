"""A WebSocket as a test holds it, and waiting for what must come."""

from __future__ import annotations

import asyncio
import inspect
import json
import uuid
from collections.abc import Callable
from typing import Any

from channels.testing import WebsocketCommunicator
from jsonschema import Draft202012Validator

from chat.models import Message
from chat.protocol import schema

PATIENCE = 40.0
"""Seconds that a test waits for what must come: long, because two slow cores are shared."""

Frame = dict[str, Any]

_contract = Draft202012Validator(schema())


async def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition gives as soon as it holds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.01)


class Closed(Exception):
    """The server closed the socket."""


class Socket:
    """An open WebSocket and every frame that came over it."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self.frames: list[Frame] = []
        self.close_code: int | None = None

    async def send(self, type: str, **fields: Any) -> None:
        await self.send_text(json.dumps({"type": type, **fields}))

    async def send_text(self, text: str) -> None:
        await self.communicator.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self.communicator.send_input({"type": "websocket.receive", "bytes": data})

    async def ask(self, content: str, client_message_id: str | None = None) -> Frame:
        """Sends a message and gives its ack."""
        given = client_message_id or str(uuid.uuid4())
        await self.send("message", client_message_id=given, content=content)
        return await self.until(lambda frame: frame["type"] == "ack" and frame["client_message_id"] == given)

    async def receive(self) -> Frame:
        event = await self.communicator.receive_output(timeout=PATIENCE)
        if event["type"] == "websocket.close":
            self.close_code = event.get("code")
            raise Closed(self.close_code)
        frame: Frame = json.loads(event["text"])
        _contract.validate({"server": frame})
        self.frames.append(frame)
        return frame

    async def until(self, condition: str | Callable[[Frame], Any]) -> Frame:
        """The next frame of this type, or that fulfils this condition."""
        if isinstance(condition, str):
            wanted = condition

            def condition(frame: Frame) -> bool:
                return bool(frame["type"] == wanted)

        while not condition(frame := await self.receive()):
            pass
        return frame

    async def until_text(self, text: str) -> None:
        """Until the chunks of some reply, joined, end with this."""
        await self.until(lambda frame: frame["type"] == "chunk" and self.text(frame["messageId"]).endswith(text))

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        while True:
            try:
                await self.receive()
            except Closed:
                return self.close_code

    async def still_answers(self) -> bool:
        await self.send("ping")
        return (await self.until("pong"))["type"] == "pong"

    def of_type(self, *types: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] in types]

    def text(self, reply_id: str) -> str:
        """The chunks of a reply as a client joins them: what lies below what it holds is dropped, a gap is an error."""
        held = ""
        for chunk in self.of_type("chunk"):
            if chunk["messageId"] == reply_id:
                assert chunk["offset"] <= len(held), f"a gap before {chunk['offset']}; {len(held)} are held"
                assert held[chunk["offset"] :].startswith(chunk["data"][: len(held) - chunk["offset"]])
                held = held[: chunk["offset"]] + chunk["data"] + held[chunk["offset"] + len(chunk["data"]) :]
        return held

    async def leave(self) -> None:
        if not self.communicator.future.done():  # it is where a wait for a frame ran out
            await self.communicator.disconnect(timeout=PATIENCE)


def messages_of(conversation: Any) -> list[Message]:
    return list(Message.objects.filter(conversation=conversation).order_by("position"))


async def listed(rest: Any, user: Any, conversation: Any) -> list[dict[str, Any]]:
    answer = await rest(user, "get", f"/api/conversations/{conversation.id}/messages")
    return answer.json()["results"]


async def resume(socket, conversation, last_message_id, offset=0):
    await socket.send(
        "resume",
        conversationId=str(conversation.id),
        lastMessageId=str(last_message_id) if last_message_id else None,
        offset=offset,
    )
    return await socket.until("resume_ack")


async def dones_until_pong(socket):
    await socket.still_answers()
    return [frame["message"]["id"] for frame in socket.of_type("done")]


async def ticket_for(rest, user, conversation_id):
    answer = await rest(user, "post", "/api/auth/ws-ticket", {"conversation": str(conversation_id)})
    return answer.json()["ticket"]
