"""The WebSocket of a conversation, driven through the application as a browser drives it."""

from __future__ import annotations

import threading
import uuid

import pytest
from channels.db import database_sync_to_async as in_thread

from chat import generation
from chat.models import DISCLAIMER, Conversation, Message
from chat.stream_log import stream_log
from chat.tests.sockets import eventually, listed, messages_of
from moderation import services as moderation
from moderation.models import Decision
from moderation.types import Rule, RuleSet, Severity

CRISIS = "I want to kill myself"
WORDS = "peculiarwords"
"""What no line of a log may show."""


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
    script.say("Rest", " 🌙 in the", " dark [1].")
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
    for text in ("é🌙", "e\u0301", " 👩‍⚕️", "end"):
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
    script.say("Rest")
    await socket.until_text("Rest")
    assert await socket.still_answers()


async def test_a_closed_tab_stops_nothing(running, script, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest")
    await socket.until_text("Rest")
    await socket.leave()
    script.say(" in the dark.")
    script.end()

    async def status():
        return (await listed(rest, owner, conversation))[1]["status"] == "done"

    await eventually(status)
    assert (await listed(rest, owner, conversation))[1]["content"] == "Rest in the dark."


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


# Stopping and deleting


async def test_stopping_keeps_the_text_that_was_written(running, script, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    script.say("Rest in")
    await socket.until_text("Rest in")
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
    await socket.send("stop", messageId=reply_id)
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
    script.say("Rest")
    await sockets[0].until_text("Rest")
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
    await eventually(lambda: not script.writing)  # else it would take the words that are for the next
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
    reminder = moderation.reminder("self_harm_crisis")
    assert (await socket.until("done"))["message"]["content"] == f"{reminder}\n\nRest."
    assert script.questions[0].history == ()


async def test_an_emergency_is_answered_under_its_notice(running, script, owner, conversation, connect, monkeypatch):
    rule = Rule("test", Severity.HIGH, "medical_emergency", ("purple moon",), emergency=True)
    monkeypatch.setattr(moderation, "shipped_rules", lambda: RuleSet("test", (rule,)))
    socket = await connect(owner, conversation)
    await socket.ask("I see a purple moon")
    script.say("Call now.")
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
