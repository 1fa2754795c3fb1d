"""Two tabs, a reload, a line that was cut: every reader gets the whole, and nothing twice."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer

from chat import consumers, subscription
from chat.models import Conversation
from chat.news import sockets_group
from chat.tests.sockets import dones_until_pong, listed, resume
from chat.threads import in_thread as in_thread_of_chat

CRISIS = "I want to kill myself"
WORDS = "peculiarwords"
"""What no line of a log may show."""


# Two tabs


async def test_two_tabs_get_the_same_frames(running, script, owner, conversation, connect):
    one, two = await connect(owner, conversation), await connect(owner, conversation)
    await one.ask("What helps?")
    await two.until("ack")
    script.say("Rest", " in the dark.")
    script.end()
    for tab in (one, two):
        await tab.until("done")
    reply_id = one.frames[0]["replyId"]
    assert one.of_type("ack", "sources", "done") == two.of_type("ack", "sources", "done")
    assert one.text(reply_id) == two.text(reply_id) == "Rest in the dark."


async def test_a_tab_that_opens_late_gets_what_happens_from_then_on(running, script, owner, conversation, connect):
    early = await connect(owner, conversation)
    await early.ask("What helps?")
    script.say("Rest")
    await early.until_text("Rest")
    late = await connect(owner, conversation)
    script.say(" in the dark.")
    script.end()
    await early.until("done")
    done = await late.until("done")
    assert done == early.frames[-1]
    chunks = late.of_type("chunk")
    assert chunks[0]["offset"] == len("Rest")
    assert "".join(chunk["data"] for chunk in chunks) == " in the dark."


async def test_a_message_that_was_sent_by_rest_arrives_on_an_open_socket(
    running, script, owner, conversation, connect, rest
):
    socket = await connect(owner, conversation)
    answer = await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", {"content": "What helps?"})
    ack = await socket.until("ack")
    script.say("Rest.")
    script.end()
    done = await socket.until("done")
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


# Resuming


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
    text = "Rest 🌙"
    first = await connect(owner, conversation)
    reply_id = (await first.ask("What helps?"))["replyId"]
    script.say(text)
    await first.until_text(text)
    await first.leave()
    socket = await connect(owner, conversation)
    ack = await resume(socket, conversation, reply_id, held)
    assert (ack["messageId"], ack["offset"], ack["status"]) == (reply_id, held, "streaming")
    script.say(" in the dark.")
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
    script.say("Rest")
    await first.until_text("Rest")
    await first.leave()
    reply = (await listed(rest, owner, conversation))[1]
    assert reply["status"] == "streaming"
    assert "Rest".startswith(reply["content"])
    socket = await connect(owner, conversation)
    await resume(socket, conversation, reply["id"], len(reply["content"]))
    await socket.until_text("Rest")
    script.say(" in the dark.")
    script.end()
    await socket.until("done")
    assert socket.text(ack["replyId"]) == "Rest in the dark."
    assert socket.of_type("sources")[0]["sources"][0]["title"] == "Headache"


async def test_resuming_twice_gives_no_frame_twice_from_then_on(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    script.say("Rest")
    await socket.until_text("Rest")
    for _ in range(2):
        await resume(socket, conversation, reply_id, len("Rest"))
    script.say(" in the dark.")
    script.end()
    await socket.until("done")
    assert await socket.still_answers()
    assert len(socket.of_type("done")) == 1
    assert [chunk["data"] for chunk in socket.of_type("chunk")] == ["Rest", " in the dark."]


async def test_every_later_message_comes_before_the_running_text(running, script, owner, conversation, connect):
    first = await connect(owner, conversation)
    await first.ask("One?")
    script.say("First answer.")
    script.end()
    await first.until("done")
    await first.ask("Two?")
    script.say("Second")
    await first.until_text("Second")
    await first.ask("Three?")
    socket = await connect(owner, conversation)
    await resume(socket, conversation, None)
    await socket.until(lambda frame: frame["type"] == "chunk" and frame["data"] == "Second")
    after_ack = socket.frames[socket.frames.index(socket.of_type("resume_ack")[0]) + 1 :]
    assert [frame["message"]["content"] for frame in after_ack if frame["type"] == "done"] == [
        "One?", "First answer.", "Two?", "Three?",
    ]  # fmt: skip


# An end that comes in between


@pytest.fixture
def read_late(monkeypatch):
    """What a socket reads next of the database reaches it when the test lets go of it."""
    was_read, let_go = asyncio.Event(), asyncio.Event()

    def reads_by(in_thread):
        for module in (consumers, subscription):
            monkeypatch.setattr(module, "in_thread", in_thread)

    def late_once(work):
        async def read(*given):
            reads_by(in_thread_of_chat)
            rows = await in_thread_of_chat(work)(*given)
            was_read.set()
            await let_go.wait()
            return rows

        return read

    def hold():
        reads_by(late_once)
        return was_read, let_go

    return hold


@pytest.fixture
async def late_tab(running, script, owner, conversation, connect):
    """It opened in the middle of a reply."""
    first = await connect(owner, conversation)
    ack = await first.ask("What helps?")
    script.say("Rest")
    await first.until_text("Rest")
    return await connect(owner, conversation), ack


def told_after(socket, frame):
    return [told["type"] for told in socket.frames[socket.frames.index(frame) + 1 :]]


async def test_a_reply_that_ends_while_it_is_asked_for_is_not_streamed_again(late_tab, script, conversation, read_late):
    tab, ack = late_tab
    was_read, let_go = read_late()
    await tab.send("resume", conversationId=str(conversation.id), lastMessageId=ack["replyId"], offset=0)
    await was_read.wait()
    script.say(" in the dark.")
    script.end()
    done = await tab.until("done")
    let_go.set()
    assert await tab.still_answers()
    assert told_after(tab, done) == ["resume_ack", "done", "pong"]


async def test_news_of_a_reply_whose_end_was_told_stream_it_no_more(late_tab, script, conversation, read_late):
    tab, ack = late_tab
    was_read, let_go = read_late()
    news = {"type": "message.sent", "message_id": ack["message"]["id"]}
    await get_channel_layer().group_send(sockets_group(conversation.id), news)
    await was_read.wait()
    script.say(" in the dark.")
    script.end()
    done = await tab.until("done")
    let_go.set()
    assert await tab.still_answers()
    assert told_after(tab, done) == ["ack", "done", "pong"]


async def test_news_of_what_was_resumed_tell_nothing_again(late_tab, script, conversation):
    tab, ack = late_tab
    await resume(tab, conversation, ack["replyId"], 0)
    await tab.until_text("Rest")
    news = {"type": "message.sent", "message_id": ack["message"]["id"]}
    await get_channel_layer().group_send(sockets_group(conversation.id), news)
    script.say(" in the dark.")
    script.end()
    await tab.until("done")
    assert await tab.still_answers()
    assert [frame["type"] for frame in tab.frames if frame["type"] in {"ack", "done"}] == ["done"]
    assert [chunk["data"] for chunk in tab.of_type("chunk")] == ["Rest", " in the dark."]
