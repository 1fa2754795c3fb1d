"""The frames of the WebSocket, both ways: the one place that knows their names and fields.

Pure: no Django, no I/O. `docs/frames.schema.json` and the frontend's `services/contracts.js` are written from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

MAX_FRAME_BYTES = 262_144
"""A longer frame is refused unread. Generous: a message of the greatest length in four-byte characters fits."""


class Frame(msgspec.Struct, tag_field="type", omit_defaults=True):
    """A JSON object whose `type` names its class."""


# Client → server


class SendMessage(Frame, tag="message"):
    client_message_id: UUID
    content: str
    attachments: list[UUID] = []
    simplifies: UUID | None = None
    """A reply that is to be told again in plainer words."""
    repeats: UUID | None = None
    """A reply to the same words, beside which another is wanted."""


class Resume(Frame, tag="resume"):
    conversationId: UUID
    lastMessageId: UUID | None = None
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


class Stop(Frame, tag="stop"):
    messageId: UUID


class Ping(Frame, tag="ping"):
    pass


ClientFrame = SendMessage | Resume | Stop | Ping


# Server → client


class Chunk(Frame, tag="chunk", gc=False):  # there are so many, and none refers to what refers to it
    messageId: str
    data: str
    offset: int


class Done(Frame, tag="done"):
    message: dict[str, Any]


class Error(Frame, tag="error"):
    error: str
    retryable: bool
    messageId: str | None = None
    message: str | None = None
    client_message_id: str | None = None
    retry_after: int | None = None
    flag: dict[str, Any] | None = None
    """Of a message that was refused though it tells of a danger: whom to call."""


class Ack(Frame, tag="ack"):
    client_message_id: str | None
    message: dict[str, Any]
    replyId: str | None
    """None: somebody of the staff is there, and answers in person."""


class Stage(Frame, tag="stage"):
    messageId: str
    stage: Literal["queued", "transcribing", "describing", "summarizing", "retrieving", "answering"]
    position: int | None = None


class SourceCard(msgspec.Struct, omit_defaults=True):
    """A passage as the page shows it. `n` is its number in the answer, from 1."""

    n: int
    title: str
    url: str
    source: str
    excerpt: str
    score: float
    clinically_reviewed: bool
    heading: str | None = None
    read_on: str | None = None


class Sources(Frame, tag="sources"):
    messageId: str
    sources: list[SourceCard]


class Flag(Frame, tag="flag"):
    messageId: str
    severity: Literal["high", "medium", "low"]
    category: str
    about_other: bool = False
    under_age: bool = False
    about_child: bool = False
    sexual: bool = False
    about: Literal["picture", "answer", "earlier"] | None = None
    emergency: dict[str, Any] | None = None


class ResumeAck(Frame, tag="resume_ack"):
    messageId: str | None
    offset: int
    status: Literal["streaming", "done", "incomplete", "unknown"]


class Presence(Frame, tag="presence"):
    who: Literal["staff"]
    state: Literal["joined", "left", "typing"]
    name: str


class Pong(Frame, tag="pong"):
    pass


ServerFrame = Chunk | Done | Error | Ack | Stage | Sources | Flag | ResumeAck | Presence | Pong


class Withdrawn(Frame, tag="withdrawn"):
    """What became of a reply whose text was taken back. Between processes and in journals only: readers get `done`."""

    messageId: str
    content: str


WrittenFrame = ServerFrame | Withdrawn


class InvalidFrame(ValueError):
    """What a client sent is no frame of this protocol. The text is for the client's developer; it quotes no content."""


_decoder = msgspec.json.Decoder(ClientFrame)
_server_decoder = msgspec.json.Decoder(WrittenFrame)
_server_frames_decoder = msgspec.json.Decoder(list[WrittenFrame])
_encoder = msgspec.json.Encoder()


def parse(text: str) -> ClientFrame:
    """Raises InvalidFrame."""
    try:
        frame: ClientFrame = _decoder.decode(text)
        return frame
    except msgspec.ValidationError as error:
        raise InvalidFrame(str(error)[:200]) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise InvalidFrame("The frame isn't JSON.") from None


def encode(frame: Frame) -> str:
    return _encoder.encode(frame).decode()


# What this server wrote down for other processes of it


def encode_bytes(frames: Frame | Sequence[Frame]) -> bytes:
    """One frame, or several as an array."""
    return _encoder.encode(frames)


def encode_lines(frames: Sequence[Frame]) -> bytes:
    """Each on a line of its own."""
    return _encoder.encode_lines(frames)


def parse_server_frame(line: bytes) -> WrittenFrame:
    """Raises InvalidFrame."""
    try:
        frame: WrittenFrame = _server_decoder.decode(line)
        return frame
    except msgspec.MsgspecError as error:
        raise InvalidFrame(str(error)[:200]) from None


def parse_server_frames(array: bytes) -> list[WrittenFrame]:
    """Raises InvalidFrame."""
    try:
        frames: list[WrittenFrame] = _server_frames_decoder.decode(array)
        return frames
    except msgspec.MsgspecError as error:
        raise InvalidFrame(str(error)[:200]) from None


def schema() -> dict[str, Any]:
    """JSON Schema of both directions, as committed in `docs/frames.schema.json`."""
    (client, server), components = msgspec.json.schema_components(
        [ClientFrame, ServerFrame], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Veda WebSocket frames",
        "properties": {"client": client, "server": server},
        "$defs": components,
    }
