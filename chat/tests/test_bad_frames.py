"""What a broken or hostile client sends, and what the log says about it."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import OperationalError

from accounts.models import User
from chat import consumers, services
from chat.tests.sockets import dones_until_pong, messages_of, resume, ticket_for

CRISIS = "I want to kill myself"
WORDS = "peculiarwords"
"""What no line of a log may show."""


# Bad frames

MESSAGE = {"type": "message", "client_message_id": str(uuid.uuid4()), "content": f"{WORDS}?"}
BAD_FRAMES = {
    "empty": ("", "invalid_frame"),
    "blank": ("  \n", "invalid_frame"),
    "no JSON": (WORDS, "invalid_frame"),
    "half JSON": ('{"type": "ping"', "invalid_frame"),
    "a number": ("5", "invalid_frame"),
    "null": ("null", "invalid_frame"),
    "a list": ('[{"type": "ping"}]', "invalid_frame"),
    "no type": ("{}", "invalid_frame"),
    "an unknown type": (json.dumps({"type": WORDS}), "invalid_frame"),
    "a type that is a number": ('{"type": 5}', "invalid_frame"),
    "a type as long as a book": (json.dumps({"type": WORDS * 5000}), "invalid_frame"),
    "a server's type": ('{"type": "done", "message": {}}', "invalid_frame"),
    "nested too deep": ('{"type": "ping", "x": ' + "[" * 100_000, "invalid_frame"),
    "a surrogate alone": (json.dumps(MESSAGE | {"content": "\ud800"}), "invalid_frame"),
    "message without fields": ('{"type": "message"}', "invalid_frame"),
    "message without an id": (json.dumps({"type": "message", "content": WORDS}), "invalid_frame"),
    "message whose id is none": (json.dumps(MESSAGE | {"client_message_id": WORDS}), "invalid_frame"),
    "message of a number": (json.dumps(MESSAGE | {"content": 5}), "invalid_frame"),
    "message of null": (json.dumps(MESSAGE | {"content": None}), "invalid_frame"),
    "message of a list": (json.dumps(MESSAGE | {"content": [WORDS]}), "invalid_frame"),
    "message of nothing": (json.dumps(MESSAGE | {"content": ""}), "message_empty"),
    "message of spaces": (json.dumps(MESSAGE | {"content": " \n\t\u00a0\u3000 "}), "message_empty"),
    "message of NUL": (json.dumps(MESSAGE | {"content": "\x00\x00"}), "message_empty"),
    "message of 100,000 characters": (json.dumps(MESSAGE | {"content": WORDS * 7693}), "message_too_long"),
    "message of one too many": (json.dumps(MESSAGE | {"content": "é" * 8001}), "message_too_long"),
    "a huge frame": (json.dumps(MESSAGE | {"content": WORDS * 30_000}), "frame_too_large"),
    "resume without a conversation": ('{"type": "resume"}', "invalid_frame"),
    "resume of another conversation": (
        json.dumps({"type": "resume", "conversationId": str(uuid.uuid4())}),
        "not_found",
    ),
    "resume at a text": (
        json.dumps({"type": "resume", "conversationId": str(uuid.uuid4()), "offset": "5"}),
        "invalid_frame",
    ),
    "resume below nothing": (
        json.dumps({"type": "resume", "conversationId": str(uuid.uuid4()), "offset": -1}),
        "invalid_frame",
    ),
    "resume at 10^4000": (
        json.dumps({"type": "resume", "conversationId": str(uuid.uuid4()), "offset": 10**4000}),
        "invalid_frame",
    ),
    "stop of nothing": ('{"type": "stop"}', "invalid_frame"),
    "stop of an unknown reply": (json.dumps({"type": "stop", "messageId": str(uuid.uuid4())}), "not_found"),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
async def test_a_bad_frame_gets_its_error_and_the_socket_stays_usable(owner, conversation, connect, logged, name):
    text, code = BAD_FRAMES[name]
    socket = await connect(owner, conversation)
    before = len(logged())
    await socket.send_text(text)
    error = await socket.until("error")
    assert (error["error"], error["retryable"]) == (code, False)
    assert 0 < len(error["message"]) < 300
    if code in {"message_empty", "message_too_long"}:
        assert error["client_message_id"] == MESSAGE["client_message_id"]
    assert await socket.still_answers()
    assert [frame["type"] for frame in socket.frames] == ["error", "pong"]
    assert await in_thread(messages_of)(conversation) == []
    (line,) = logged()[before:]
    assert code in line
    assert str(conversation.id) in line
    assert WORDS not in line


async def test_a_binary_frame_is_refused_and_the_socket_stays_usable(owner, conversation, connect, logged):
    socket = await connect(owner, conversation)
    for data in (b"", b"\x00\xff", json.dumps(MESSAGE).encode()):
        before = len(logged())
        await socket.send_bytes(data)
        assert (await socket.until("error"))["error"] == "invalid_frame"
        assert len(logged()) == before + 1
    assert await socket.still_answers()


async def test_many_bad_frames_in_a_row_lose_no_good_one(running, script, owner, conversation, connect):
    script.end()
    socket = await connect(owner, conversation)
    for text, _ in list(BAD_FRAMES.values())[:12]:
        await socket.send_text(text)
    await socket.ask("What helps?")
    await socket.until("done")
    assert len(socket.of_type("error")) == 12


async def test_a_message_of_the_greatest_length_is_taken(running, script, owner, conversation, connect):
    script.end()
    socket = await connect(owner, conversation)
    content = "🌙" * settings.MAX_MESSAGE_CHARS
    assert (await socket.ask(content))["message"]["content"] == content
    await socket.until("done")


async def test_nul_is_taken_out_of_a_message(running, script, owner, conversation, connect):
    script.end()
    socket = await connect(owner, conversation)
    assert (await socket.ask("What\x00 helps?"))["message"]["content"] == "What helps?"
    await socket.until("done")


async def test_an_offset_beyond_the_text_does_no_harm(answered, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await resume(socket, conversation, answered[1].id, 2**53)
    assert await dones_until_pong(socket) == [str(answered[1].id)]


async def test_without_consent_a_message_is_refused_until_it_is_given(
    running, script, owner, conversation, connect, rest, tokens_of
):
    await in_thread(User.objects.filter(id=owner.id).update)(consent_version="")
    socket = await connect(owner, conversation)
    client_message_id = str(uuid.uuid4())
    await socket.send("message", client_message_id=client_message_id, content="What helps?")
    error = await socket.until("error")
    assert (error["error"], error["client_message_id"]) == ("consent_required", client_message_id)
    assert await in_thread(messages_of)(conversation) == []
    assert (await rest(owner, "post", "/api/auth/consent", {"version": settings.TERMS_VERSION})).status_code == 204
    script.say("Rest.")
    script.end()
    await socket.ask("What helps?", client_message_id)
    assert (await socket.until("done"))["message"]["content"] == "Rest."


async def test_a_database_that_is_away_is_told_and_can_be_tried_again(
    running, script, owner, conversation, connect, monkeypatch, logged
):
    socket = await connect(owner, conversation)
    client_message_id = str(uuid.uuid4())

    def away(**_):
        raise OperationalError(WORDS)

    with monkeypatch.context() as patch:
        patch.setattr(services, "send_message", away)
        await socket.send("message", client_message_id=client_message_id, content="What helps?")
        error = await socket.until("error")
    assert (error["error"], error["retryable"], error["client_message_id"]) == ("unavailable", True, client_message_id)
    assert not [line for line in logged() if WORDS in line]
    script.end()
    await socket.ask("What helps?", client_message_id)
    await socket.until("done")


# Logs


async def test_no_line_of_the_log_has_a_token_a_ticket_or_what_was_written(
    running, script, owner, outsider, conversation, connect, rest, tokens_of, logged
):
    access = (await in_thread(tokens_of)(owner)).access
    ticket = await ticket_for(rest, owner, conversation.id)
    foreign = (await in_thread(tokens_of)(outsider)).access
    socket = await connect(None, conversation, token=access)
    await connect(None, conversation, token=ticket)
    await (await connect(None, conversation, token=ticket, refused=True)).closed()
    await (await connect(None, conversation, token=foreign, refused=True)).closed()
    await socket.ask(f"{WORDS}?")
    script.say(f"{WORDS}, you say. ")
    script.fail(ValueError(WORDS))
    await socket.until("done")
    await socket.ask(f"{CRISIS}, {WORDS}")
    await socket.until("done")
    await socket.send_text(WORDS)
    await socket.until("error")
    lines = "\n".join(logged())
    assert "failed" in lines
    assert "Decision" in lines
    for secret in (access, ticket, foreign, WORDS, "token="):
        assert secret not in lines


# The channel layer of several processes


needs_redis = pytest.mark.skipif(not settings.REDIS_URL, reason="needs TEST_REDIS_URL")


@needs_redis
@pytest.mark.redis
async def test_waiting_longer_than_the_layer_waits_at_a_time_ends_nothing():
    layer = get_channel_layer()
    waiting = asyncio.create_task(layer.receive(await layer.new_channel()))
    await asyncio.wait([waiting], timeout=layer.brpop_timeout + 1)
    assert not waiting.done()
    waiting.cancel()


@needs_redis
@pytest.mark.redis
async def test_one_who_stops_waiting_for_an_event_is_let_go():
    layer = get_channel_layer()
    for moment in range(60):
        await layer.close_pools()
        waiting = asyncio.create_task(layer.receive(await layer.new_channel()))
        for _ in range(moment):  # so many steps of the event loop into its work
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=2)
        assert waiting.done(), moment


async def test_one_who_asks_without_end_is_held_and_may_still_write(
    running, script, owner, conversation, connect, monkeypatch
):
    monkeypatch.setattr(consumers, "TURNS_A_SECOND", 0.1)  # else as many may come back as a busy machine can send
    socket = await connect(owner, conversation)
    for _ in range(150):
        await socket.send("resume", conversationId=str(conversation.id), lastMessageId=None)
    refusal = await socket.until("error")
    assert (refusal["error"], refusal["retryable"], refusal["retry_after"]) == ("too_many_requests", True, 1)
    script.say("Rest.")
    script.end()
    await socket.ask("What helps?")
    assert (await socket.until("done"))["message"]["content"] == "Rest."
