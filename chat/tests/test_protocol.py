"""Frames from text and to text."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chat import protocol

ID = uuid.uuid4()

CLIENT_FRAMES = [
    (
        {"type": "message", "client_message_id": str(ID), "content": "What helps?"},
        protocol.SendMessage(client_message_id=ID, content="What helps?"),
    ),
    (
        {"type": "resume", "conversationId": str(ID), "lastMessageId": str(ID), "offset": 3},
        protocol.Resume(conversationId=ID, lastMessageId=ID, offset=3),
    ),
    ({"type": "resume", "conversationId": str(ID), "lastMessageId": None}, protocol.Resume(conversationId=ID)),
    ({"type": "stop", "messageId": str(ID)}, protocol.Stop(messageId=ID)),
    ({"type": "ping"}, protocol.Ping()),
    ({"type": "ping", "from the future": [1]}, protocol.Ping()),
]


@pytest.mark.parametrize(("text", "frame"), CLIENT_FRAMES)
def test_what_a_client_sends_is_read_and_is_in_the_schema(text, frame):
    assert protocol.parse(json.dumps(text)) == frame
    Draft202012Validator(protocol.schema()).validate({"client": text})


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_whatever_else_is_sent_is_an_invalid_frame_and_nothing_worse(text):
    with pytest.raises(protocol.InvalidFrame):
        protocol.parse(text)


@given(st.text())
def test_any_text_of_a_message_is_read_as_it_was_written(content):
    text = json.dumps({"type": "message", "client_message_id": str(ID), "content": content})
    assert protocol.parse(text) == protocol.SendMessage(client_message_id=ID, content=content)


@given(st.text(), st.integers(min_value=0, max_value=10**9))
def test_any_text_of_a_chunk_is_sent_as_it_was_published(data, offset):
    frame = protocol.Chunk(messageId=str(ID), data=data, offset=offset)
    sent = json.loads(protocol.encode(frame))
    assert sent == {"type": "chunk", "messageId": str(ID), "data": data, "offset": offset}


def test_a_field_without_a_value_is_left_out():
    assert json.loads(protocol.encode(protocol.Stage(messageId="r", stage="retrieving"))) == {
        "type": "stage", "messageId": "r", "stage": "retrieving",
    }  # fmt: skip


WRITTEN = [
    protocol.Chunk(messageId="r", data="Rest 🌙", offset=0),
    protocol.Stage(messageId="r", stage="queued", position=2),
    protocol.Withdrawn(messageId="r", content="Taken back"),
    protocol.Done(message={"id": "r"}),
]


def test_what_a_process_writes_down_another_reads():
    assert [protocol.parse_server_frame(protocol.encode_bytes(frame)) for frame in WRITTEN] == WRITTEN
    assert protocol.parse_server_frames(protocol.encode_bytes(WRITTEN)) == WRITTEN


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"type": "ping"}', b'{"type": "chunk", "messageId": 1}', b"\xff"])
def test_a_line_that_is_torn_or_of_another_version_is_no_frame(line):
    with pytest.raises(protocol.InvalidFrame):
        protocol.parse_server_frame(line)
    with pytest.raises(protocol.InvalidFrame):
        protocol.parse_server_frames(b"[" + line + b",")
