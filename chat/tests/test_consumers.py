"""The WebSocket of a conversation, driven through the application as a browser drives it."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import OperationalError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import RefreshFamily, User
from chat import generation, services
from chat.models import DISCLAIMER, Conversation, Message
from chat.stream_log import stream_log
from chat.tests.sockets import eventually
from moderation import services as moderation
from moderation.models import Decision
from moderation.types import Rule, RuleSet, Severity
from veda.asgi import application

CRISIS = "I want to kill myself"
WORDS = "peculiarwords"
"""What no line of a log may show."""


def messages_of(conversation):
    return list(Message.objects.filter(conversation=conversation).order_by("position"))


async def listed(rest, user, conversation):
    answer = await rest(user, "get", f"/api/conversations/{conversation.id}/messages")
    return answer.json()["results"]


# The whole way


async def test_a_question_is_acknowledged_answered_and_stored(running, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    ack = await socket.ask("what helps against a migraine?")
    done = await socket.until("done")
    reply = done["message"]
    assert ack["replyId"] == reply["id"]
    assert reply["reply_to"] == ack["message"]["id"]
    assert reply["content"] == socket.text(reply["id"]).rstrip()
    assert "[1]" in reply["content"]
    assert (reply["status"], reply["metadata"]["kind"]) == ("done", "answer")
    assert await listed(rest, owner, conversation) == [ack["message"], reply]


async def test_the_frames_of_a_reply_come_in_their_order(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    ack = await socket.ask("What helps?")
    script.say("Rest ", "🌙 in the ", "dark [1]. ")
    script.end()
    done = await socket.until("done")
    kinds = [frame.get("stage") or frame["type"] for frame in socket.frames if frame["type"] != "chunk"]
    assert [kind for kind in kinds if kind != "queued"] == ["ack", "retrieving", "sources", "answering", "done"]
    assert {frame["messageId"] for frame in socket.of_type("stage", "sources", "chunk")} == {ack["replyId"]}
    (sources,) = socket.of_type("sources")
    assert [(source["n"], source["title"]) for source in sources["sources"]] == [(1, "Headache")]
    message = done["message"]
    assert message["content"] == "Rest 🌙 in the dark [1]."
    assert message["metadata"]["sources"] == sources["sources"]
    assert (message["metadata"]["provider"], message["metadata"]["label"]) == ("scripted", "A script")
    assert set(message["metadata"]) >= {"counts", "timings", "model"}


async def test_the_offsets_of_chunks_count_code_points_without_a_gap(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    for text in ("é🌙", "e\u0301 ", "👩‍⚕️", "end"):
        script.say(text)
        await socket.until_text(text)
    script.end()
    await socket.until("done")
    offset = 0
    for chunk in socket.of_type("chunk"):
        assert chunk["offset"] == offset
        offset += len(chunk["data"])
    assert offset == len("é🌙e\u0301 👩‍⚕️end")


async def test_the_disclaimer_is_on_the_reply_and_not_on_the_question(running, script, owner, conversation, connect):
    script.end()
    socket = await connect(owner, conversation)
    ack = await socket.ask("What helps?")
    assert ack["message"]["disclaimer"] is None
    assert (await socket.until("done"))["message"]["disclaimer"] == DISCLAIMER


async def test_a_second_question_is_understood_in_its_context(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    for question in ("What helps against a migraine?", "And for children?"):
        await socket.ask(question)
        script.say(f"About {question}")
        script.end()
        await socket.until("done")
    assert script.questions[0].history == ()
    (turn,) = script.questions[1].history
    assert (turn.question, turn.answer) == (
        "What helps against a migraine?",
        "About What helps against a migraine?",
    )


async def test_a_ping_is_answered_while_a_reply_is_written(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest ")
    await socket.until_text("Rest ")
    assert await socket.still_answers()


async def test_a_closed_tab_stops_nothing(running, script, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest ")
    await socket.until_text("Rest ")
    await socket.leave()
    script.say("in the dark.")
    script.end()

    async def status():
        return (await listed(rest, owner, conversation))[1]["status"] == "done"

    await eventually(status)
    assert (await listed(rest, owner, conversation))[1]["content"] == "Rest in the dark."


# Who may come in


async def test_the_owner_may_and_the_outsider_the_colleague_and_nobody_may_not(
    owner, outsider, colleague, conversation, connect
):
    assert await (await connect(owner, conversation)).still_answers()
    assert await (await connect(outsider, conversation, refused=True)).closed() == 4404
    assert await (await connect(colleague, conversation, refused=True)).closed() == 4404
    assert await (await connect(None, conversation, refused=True)).closed() == 4401


def expired_access(pair):
    token = AccessToken(pair.access)
    token.set_exp(lifetime=timedelta(seconds=-1))
    return str(token)


@pytest.mark.parametrize(
    "token",
    [
        lambda pair: "",
        lambda pair: "garbage",
        lambda pair: "a:b:c",
        lambda pair: "%C3%A9%00",
        lambda pair: "%FF%FE",
        lambda pair: pair.refresh,
        lambda pair: pair.access[:-3],
        expired_access,
    ],
    ids=["none", "garbage", "no ticket", "not ASCII", "no UTF-8", "refresh", "cut", "expired"],
)
async def test_a_token_that_is_none_is_not_signed_in(owner, conversation, connect, tokens_of, token):
    given = token(await in_thread(tokens_of)(owner))
    assert await (await connect(None, conversation, token=given, refused=True)).closed() == 4401


async def test_a_token_of_a_device_that_signed_out_is_not_signed_in(owner, conversation, connect, tokens_of):
    access = (await in_thread(tokens_of)(owner)).access
    await in_thread(RefreshFamily.objects.all().delete)()
    assert await (await connect(None, conversation, token=access, refused=True)).closed() == 4401


async def ticket_for(rest, user, conversation_id):
    answer = await rest(user, "post", "/api/auth/ws-ticket", {"conversation": str(conversation_id)})
    return answer.json()["ticket"]


async def test_a_ticket_opens_its_conversation_once(owner, conversation, connect, rest):
    ticket = await ticket_for(rest, owner, conversation.id)
    assert await (await connect(None, conversation, token=ticket)).still_answers()
    assert await (await connect(None, conversation, token=ticket, refused=True)).closed() == 4401


async def test_a_ticket_opens_no_other_conversation(owner, conversation, connect, rest):
    other = await in_thread(Conversation.objects.create)(user=owner)
    ticket = await ticket_for(rest, owner, other.id)
    assert await (await connect(None, conversation, token=ticket, refused=True)).closed() == 4401


async def test_a_ticket_for_another_persons_conversation_opens_nothing(outsider, conversation, connect, rest):
    ticket = await ticket_for(rest, outsider, conversation.id)
    assert await (await connect(None, conversation, token=ticket, refused=True)).closed() == 4404


@pytest.mark.parametrize("conversation_id", ["0b0b0b0b-0000-4000-8000-000000000000", "five", "%00", "é", "0" * 5000])
async def test_a_conversation_that_is_none_is_not_found(owner, connect, conversation_id):
    assert await (await connect(owner, conversation_id, refused=True)).closed() == 4404


@pytest.mark.parametrize("path", ["/ws", "/ws/", "/ws/conversations/", "/ws/other/{id}", "/ws/conversations/{id}/"])
async def test_an_unknown_address_is_not_found(owner, conversation, connect, path):
    path = path.format(id=conversation.id)
    assert await (await connect(owner, conversation, path=path, refused=True)).closed() == 4404


async def test_a_disabled_account_is_told_so(owner, conversation, connect, tokens_of):
    access = (await in_thread(tokens_of)(owner)).access
    await in_thread(User.objects.filter(id=owner.id).update)(is_active=False)
    assert await (await connect(None, conversation, token=access, refused=True)).closed() == 4423


async def test_an_account_that_is_disabled_asks_nothing_more_over_an_open_socket(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await in_thread(User.objects.filter(id=owner.id).update)(is_active=False)
    await socket.send("message", client_message_id=str(uuid.uuid4()), content="What helps?")
    assert await socket.closed() == 4423
    assert await in_thread(messages_of)(conversation) == []


async def test_a_user_has_so_many_sockets_and_no_more(owner, outsider, conversation, connect, settings):
    settings.MAX_SOCKETS_PER_USER = 2
    first = await connect(owner, conversation)
    await connect(owner, conversation)
    assert await (await connect(owner, conversation, refused=True)).closed() == 4429
    theirs = await in_thread(Conversation.objects.create)(user=outsider)
    assert await (await connect(outsider, theirs)).still_answers()
    await first.leave()
    assert await (await connect(owner, conversation)).still_answers()


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (b"http://testserver", True),
        (b"http://localhost:8000", True),
        (b"http://localhost:5173", True),
        (b"https://evil.example", False),
        (b"https://testserver.evil.example", False),
        (b"null", False),
        (b"garbage", False),
    ],
)
async def test_the_origin_of_a_page_is_checked(transactional_db, owner, conversation, tokens_of, origin, welcome):
    access = (await in_thread(tokens_of)(owner)).access
    address = f"/ws/conversations/{conversation.id}?token={access}"
    communicator = WebsocketCommunicator(application, address, headers=[(b"origin", origin)])
    accepted, _ = await communicator.connect(timeout=15)
    assert accepted is welcome  # not accepted: the server answers the handshake with HTTP 403
    await communicator.disconnect()


# Two tabs


async def test_two_tabs_get_the_same_frames(running, script, owner, conversation, connect):
    one, two = await connect(owner, conversation), await connect(owner, conversation)
    await one.ask("What helps?")
    await two.until("ack")
    script.say("Rest ", "in the dark.")
    script.end()
    for tab in (one, two):
        await tab.until("done")
    reply_id = one.frames[0]["replyId"]
    assert one.of_type("ack", "sources", "done") == two.of_type("ack", "sources", "done")
    assert one.text(reply_id) == two.text(reply_id) == "Rest in the dark."


async def test_a_tab_that_opens_late_gets_what_happens_from_then_on(running, script, owner, conversation, connect):
    early = await connect(owner, conversation)
    await early.ask("What helps?")
    script.say("Rest ")
    await early.until_text("Rest ")
    late = await connect(owner, conversation)
    script.say("in the dark.")
    script.end()
    await early.until("done")
    done = await late.until("done")
    assert done == early.frames[-1]
    chunks = late.of_type("chunk")
    assert chunks[0]["offset"] == len("Rest ")
    assert "".join(chunk["data"] for chunk in chunks) == "in the dark."


async def test_a_message_that_was_sent_by_rest_arrives_on_an_open_socket(
    running, script, owner, conversation, connect, rest
):
    socket = await connect(owner, conversation)
    answer = await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", {"content": "What helps?"})
    script.say("Rest.")
    script.end()
    done = await socket.until("done")
    (ack,) = socket.of_type("ack")
    assert ack["message"] == {key: value for key, value in answer.json().items() if key != "replyId"}
    assert ack["replyId"] == answer.json()["replyId"] == done["message"]["id"]
    assert socket.text(ack["replyId"]) == "Rest."


async def test_another_conversations_socket_hears_nothing(running, script, owner, conversation, connect):
    other = await in_thread(Conversation.objects.create)(user=owner)
    bystander, socket = await connect(owner, other), await connect(owner, conversation)
    script.end()
    await socket.ask("What helps?")
    await socket.until("done")
    assert await bystander.still_answers()
    assert [frame["type"] for frame in bystander.frames] == ["pong"]


# The same send twice


async def test_a_message_that_is_sent_twice_gets_the_same_ack_and_one_reply(
    running, script, owner, conversation, connect, rest
):
    socket = await connect(owner, conversation)
    client_message_id = str(uuid.uuid4())
    first = await socket.ask("What helps?", client_message_id)
    second = await socket.ask("What helps?", client_message_id)
    body = {"content": "What helps?", "client_message_id": client_message_id}
    by_rest = (await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", body)).json()
    other_tab = await connect(owner, conversation)
    third = await other_tab.ask("What helps?", client_message_id)
    assert first == second == third
    assert (by_rest["id"], by_rest["replyId"]) == (first["message"]["id"], first["replyId"])
    script.say("Rest.")
    script.end()
    done = await socket.until("done")
    assert await socket.ask("What helps?", client_message_id) == first
    assert await socket.until("done") == done
    assert len(script.questions) == 1
    assert len(await in_thread(messages_of)(conversation)) == 2


async def test_the_same_client_message_id_in_two_conversations_is_two_messages(
    running, script, owner, conversation, connect
):
    other = await in_thread(Conversation.objects.create)(user=owner)
    client_message_id = str(uuid.uuid4())
    acks = [
        await (await connect(owner, where)).ask("What helps?", client_message_id) for where in (conversation, other)
    ]
    assert acks[0]["message"]["id"] != acks[1]["message"]["id"]


# Resuming


@pytest.fixture
async def answered(running, script, owner, conversation, connect):
    """A conversation with one question and its reply, both over."""
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest 🌙 in the dark.")
    script.end()
    await socket.until("done")
    question, reply = await in_thread(messages_of)(conversation)
    return question, reply


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


async def test_one_who_holds_nothing_gets_every_message(answered, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    ack = await resume(socket, conversation, None)
    assert (ack["messageId"], ack["offset"], ack["status"]) == (None, 0, "unknown")
    assert await dones_until_pong(socket) == [str(message.id) for message in answered]
    assert [frame["message"] for frame in socket.of_type("done")] == await listed(rest, owner, conversation)


async def test_one_who_holds_the_question_gets_the_reply(answered, owner, conversation, connect):
    question, reply = answered
    socket = await connect(owner, conversation)
    ack = await resume(socket, conversation, question.id)
    assert (ack["messageId"], ack["status"]) == (str(question.id), "done")
    assert await dones_until_pong(socket) == [str(reply.id)]


async def test_one_who_holds_part_of_a_reply_that_ended_gets_it_whole_in_done(answered, owner, conversation, connect):
    _, reply = answered
    socket = await connect(owner, conversation)
    ack = await resume(socket, conversation, reply.id, 5)
    assert (ack["messageId"], ack["status"]) == (str(reply.id), "done")
    assert await dones_until_pong(socket) == [str(reply.id)]
    assert socket.of_type("done")[0]["message"]["content"] == "Rest 🌙 in the dark."


async def test_one_who_holds_all_is_told_so(answered, owner, conversation, connect):
    _, reply = answered
    socket = await connect(owner, conversation)
    ack = await resume(socket, conversation, reply.id, len(reply.content))
    assert (ack["offset"], ack["status"]) == (len("Rest 🌙 in the dark."), "done")
    assert set(await dones_until_pong(socket)) <= {str(reply.id)}


async def test_one_who_holds_what_is_unknown_gets_every_message(answered, owner, conversation, connect):
    socket = await connect(owner, conversation)
    unknown = uuid.uuid4()
    ack = await resume(socket, conversation, unknown, 7)
    assert (ack["messageId"], ack["offset"], ack["status"]) == (str(unknown), 0, "unknown")
    assert await dones_until_pong(socket) == [str(message.id) for message in answered]


async def test_one_who_holds_a_message_of_another_conversation_learns_nothing_of_it(answered, outsider, connect, owner):
    _, reply = answered
    theirs = await in_thread(Conversation.objects.create)(user=outsider)
    socket = await connect(outsider, theirs)
    assert (await resume(socket, theirs, reply.id))["status"] == "unknown"
    assert await dones_until_pong(socket) == []


@pytest.mark.parametrize("held", [0, 3, 6, 7, 99])
async def test_one_who_holds_part_of_a_running_reply_gets_the_rest(running, script, owner, conversation, connect, held):
    text = "Rest 🌙 "
    first = await connect(owner, conversation)
    reply_id = (await first.ask("What helps?"))["replyId"]
    script.say(text)
    await first.until_text(text)
    await first.leave()
    socket = await connect(owner, conversation)
    ack = await resume(socket, conversation, reply_id, held)
    assert (ack["messageId"], ack["offset"], ack["status"]) == (reply_id, held, "streaming")
    script.say("in the dark.")
    script.end()
    done = await socket.until("done")
    got = "".join(chunk["data"] for chunk in socket.of_type("chunk"))
    assert got == "Rest 🌙 in the dark."[held:]
    assert done["message"]["content"] == "Rest 🌙 in the dark."
    if got:
        assert socket.of_type("chunk")[0]["offset"] == held


async def test_a_reload_in_the_middle_loses_nothing(running, script, owner, conversation, connect, rest):
    first = await connect(owner, conversation)
    ack = await first.ask("What helps?")
    script.say("Rest ")
    await first.until_text("Rest ")
    await first.leave()
    reply = (await listed(rest, owner, conversation))[1]
    assert reply["status"] == "streaming"
    assert "Rest ".startswith(reply["content"])
    socket = await connect(owner, conversation)
    await resume(socket, conversation, reply["id"], len(reply["content"]))
    await socket.until_text("Rest ")
    script.say("in the dark.")
    script.end()
    await socket.until("done")
    assert socket.text(ack["replyId"]) == "Rest in the dark."
    assert socket.of_type("sources")[0]["sources"][0]["title"] == "Headache"


async def test_resuming_twice_gives_no_frame_twice_from_then_on(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    script.say("Rest ")
    await socket.until_text("Rest ")
    for _ in range(2):
        await resume(socket, conversation, reply_id, len("Rest "))
    script.say("in the dark.")
    script.end()
    await socket.until("done")
    assert await socket.still_answers()
    assert len(socket.of_type("done")) == 1
    assert [chunk["data"] for chunk in socket.of_type("chunk")] == ["Rest ", "in the dark."]


async def test_every_later_message_comes_before_the_running_text(running, script, owner, conversation, connect):
    first = await connect(owner, conversation)
    await first.ask("One?")
    script.say("First answer.")
    script.end()
    await first.until("done")
    await first.ask("Two?")
    script.say("Second ")
    await first.until_text("Second ")
    await first.ask("Three?")
    socket = await connect(owner, conversation)
    await resume(socket, conversation, None)
    await socket.until(lambda frame: frame["type"] == "chunk" and frame["data"] == "Second ")
    after_ack = socket.frames[socket.frames.index(socket.of_type("resume_ack")[0]) + 1 :]
    assert [frame["message"]["content"] for frame in after_ack if frame["type"] == "done"] == [
        "One?", "First answer.", "Two?", "Three?",
    ]  # fmt: skip


# Stopping and deleting


async def test_stopping_keeps_the_text_that_was_written(running, script, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    script.say("Rest in ")
    await socket.until_text("Rest in ")
    await socket.send("stop", messageId=reply_id)
    message = (await socket.until("done"))["message"]
    assert (message["status"], message["content"]) == ("incomplete", "Rest in")
    assert (message["metadata"]["incomplete"], message["metadata"]["reason"]) == (True, "stopped")
    assert not socket.of_type("error")
    assert (await listed(rest, owner, conversation))[1] == message


async def test_a_reply_that_waits_can_be_stopped(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    first = await socket.ask("One?")
    await script.until_asked()
    second = await socket.ask("Two?")
    await socket.send("stop", messageId=second["replyId"])
    message = (await socket.until("done"))["message"]
    assert message["id"] == second["replyId"]
    assert (message["status"], message["metadata"]["reason"]) == ("incomplete", "stopped")
    script.say("An answer.")
    script.end()
    assert (await socket.until("done"))["message"]["id"] == first["replyId"]
    assert len(script.questions) == 1


async def test_a_stop_from_one_tab_is_seen_in_the_other(running, script, owner, conversation, connect):
    one, two = await connect(owner, conversation), await connect(owner, conversation)
    reply_id = (await one.ask("What helps?"))["replyId"]
    await script.until_asked()
    await two.send("stop", messageId=reply_id)
    assert (await one.until("done"))["message"] == (await two.until("done"))["message"]


async def test_stopping_twice_while_the_end_is_stored_still_tells_the_end(
    running, script, owner, conversation, connect, monkeypatch
):
    storing, go_on = threading.Event(), threading.Event()
    write_end = generation._write_end

    def slowly(*args):
        storing.set()
        go_on.wait(10)
        return write_end(*args)

    monkeypatch.setattr(generation, "_write_end", slowly)
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    script.say("Rest.")
    await socket.until_text("Rest.")
    await socket.send("stop", messageId=reply_id)
    await eventually(storing.is_set)
    running.stop_here(uuid.UUID(reply_id))
    go_on.set()
    message = (await socket.until("done"))["message"]
    assert (message["content"], message["status"]) == ("Rest.", "incomplete")


async def test_stopping_what_has_ended_changes_nothing(answered, owner, conversation, connect, rest):
    before = await listed(rest, owner, conversation)
    socket = await connect(owner, conversation)
    await socket.send("stop", messageId=str(answered[1].id))
    assert await socket.still_answers()
    assert await listed(rest, owner, conversation) == before


async def test_after_a_stop_the_next_question_is_answered(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("One?"))["replyId"]
    await script.until_asked()
    await socket.send("stop", messageId=reply_id)
    await socket.until("done")
    script.say("Yes.")
    script.end()
    await socket.ask("Two?")
    assert (await socket.until("done"))["message"]["content"] == "Yes."


async def test_nobody_stops_another_persons_reply(running, script, owner, outsider, conversation, connect):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    await script.until_asked()
    theirs = await in_thread(Conversation.objects.create)(user=outsider)
    other = await connect(outsider, theirs)
    await other.send("stop", messageId=reply_id)
    assert (await other.until("error"))["error"] == "not_found"
    script.say("Rest.")
    script.end()
    assert (await socket.until("done"))["message"]["status"] == "done"


@pytest.mark.parametrize("queued", [False, True])
async def test_deleting_in_the_middle_closes_the_sockets_and_leaves_nothing(
    running, script, owner, conversation, connect, rest, queued
):
    sockets = [await connect(owner, conversation), await connect(owner, conversation)]
    replies = [(await sockets[0].ask("What helps?"))["replyId"]]
    script.say("Rest ")
    await sockets[0].until_text("Rest ")
    if queued:
        replies.append((await sockets[0].ask("And then?"))["replyId"])
    assert (await rest(owner, "delete", f"/api/conversations/{conversation.id}")).status_code == 204
    for socket in sockets:
        assert await socket.closed() == 4404
    assert not await in_thread(Conversation.objects.exists)()
    assert not await in_thread(Message.objects.exists)()
    await eventually(lambda: script.writing == 0)
    await eventually(lambda: [stream_log.length(reply_id) for reply_id in replies] == [None] * len(replies))
    assert await (await connect(owner, conversation, refused=True)).closed() == 4404


async def test_a_conversation_that_was_deleted_leaves_room_for_the_next(
    running, script, owner, conversation, connect, rest, settings
):
    settings.MAX_REPLIES_PER_USER = 1
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    await script.until_asked()
    await rest(owner, "delete", f"/api/conversations/{conversation.id}")
    other = await in_thread(Conversation.objects.create)(user=owner)
    script.say("Yes.")
    script.end()
    socket = await connect(owner, other)
    await socket.ask("And now?")
    assert (await socket.until("done"))["message"]["content"] == "Yes."


# What is blocked or flagged


async def test_a_blocked_message_gets_the_safe_text_and_no_model(running, script, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    client_message_id = str(uuid.uuid4())
    ack = await socket.ask(CRISIS, client_message_id)
    done = await socket.until("done")
    assert [frame["type"] for frame in socket.frames] == ["ack", "flag", "error", "done"]
    flag, error = socket.frames[1:3]
    assert (flag["messageId"], flag["severity"], flag["category"]) == (ack["replyId"], "high", "self_harm_crisis")
    assert flag["emergency"]["countries"]
    assert (error["error"], error["messageId"], error["retryable"]) == ("unsafe", ack["replyId"], False)
    reply = done["message"]
    assert (reply["id"], reply["status"], reply["metadata"]["kind"]) == (ack["replyId"], "done", "safety")
    assert reply["content"] == moderation.safe_reply("self_harm_crisis")
    assert script.questions == []
    assert await listed(rest, owner, conversation) == [ack["message"], reply]
    frames, socket.frames = socket.frames, []
    await socket.ask(CRISIS, client_message_id)
    await socket.until("done")
    assert socket.frames == frames
    assert await in_thread(Decision.objects.count)() == 1


async def test_the_conversation_stays_open_after_a_blocked_message(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask(CRISIS)
    await socket.until("done")
    script.say("Rest.")
    script.end()
    await socket.ask("What helps against a cough?")
    assert (await socket.until("done"))["message"]["content"] == "Rest."
    assert script.questions[0].history == ()


async def test_an_emergency_is_answered_under_its_notice(running, script, owner, conversation, connect, monkeypatch):
    rule = Rule("test", Severity.HIGH, "medical_emergency", ("purple moon",), emergency=True)
    monkeypatch.setattr(moderation, "shipped_rules", lambda: RuleSet("test", (rule,)))
    socket = await connect(owner, conversation)
    await socket.ask("I see a purple moon")
    script.say("Call now. ")
    script.end()
    done = await socket.until("done")
    kinds = [frame["type"] for frame in socket.frames]
    assert kinds.index("flag") < kinds.index("chunk")
    assert not socket.of_type("error")
    (flag,) = socket.of_type("flag")
    assert flag["emergency"]["countries"]
    notice = moderation.safe_reply("medical_emergency")
    assert done["message"]["content"] == f"{notice}\n\nCall now."
    assert socket.text(done["message"]["id"]).rstrip() == done["message"]["content"]


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
async def test_waiting_longer_than_the_layer_waits_at_a_time_ends_nothing():
    layer = get_channel_layer()
    waiting = asyncio.create_task(layer.receive(await layer.new_channel()))
    await asyncio.wait([waiting], timeout=layer.brpop_timeout + 1)
    assert not waiting.done()
    waiting.cancel()


@needs_redis
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
