"""Replies that break off, and processes that stop."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from django.db import InterfaceError, OperationalError

from chat import generation, news, queue
from chat import runner as runners
from chat.open_sockets import open_sockets
from chat.source_cards import EXCERPT_CHARS, source_card
from chat.stream_log import stream_log
from chat.tests.asking import ask, conversations, reload, until_status
from chat.tests.scripted import PASSAGE
from chat.tests.sockets import PATIENCE, eventually, messages_of
from pipeline.errors import ProviderError
from pipeline.types import Source

# Replies that break off


async def broken_off(socket, reason):
    """The last two frames and the message of a reply that broke off."""
    done = await socket.until("done")
    message = done["message"]
    error = socket.frames[-2]
    assert error == {
        "type": "error", "error": "stream interrupted", "messageId": message["id"], "retryable": True,
    }  # fmt: skip
    assert (message["status"], message["metadata"]["incomplete"]) == ("incomplete", True)
    assert message["metadata"]["reason"] == reason
    assert len(socket.of_type("done")) == 1
    return message


async def the_next_question_is_answered(socket, script):
    script.fails_first = None
    script.say("Yes.")
    script.end()
    await socket.ask("And now?")
    assert (await socket.until("done"))["message"]["content"] == "Yes."


async def test_a_provider_that_fails_before_the_first_word(running, script, owner, conversation, connect):
    script.fails_first = ProviderError("The search index is away.", retryable=True)
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    message = await broken_off(socket, "failed")
    assert (message["content"], message["metadata"]["error"]) == ("", "The search index is away.")
    await the_next_question_is_answered(socket, script)


async def test_a_provider_that_fails_in_the_middle(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    ack = await socket.ask("What helps?")
    script.say("Rest", " in the")
    script.fail(ProviderError("The model host is away.", retryable=True))
    message = await broken_off(socket, "failed")
    assert message["content"] == "Rest in the" == socket.text(ack["replyId"]).rstrip()
    await the_next_question_is_answered(socket, script)


async def test_a_provider_that_does_what_nobody_expected(running, script, owner, conversation, connect, logged):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest")
    script.fail(KeyError("peculiarwords"))
    message = await broken_off(socket, "failed")
    assert message["content"] == "Rest"
    assert "peculiarwords" not in str(socket.frames)
    lines = "\n".join(logged())
    assert "KeyError" in lines
    assert "peculiarwords" not in lines
    await the_next_question_is_answered(socket, script)


async def test_what_is_stopped_before_its_first_step_is_in_an_end_state(
    running, script, owner, conversation, connect, monkeypatch
):
    begin = running._begin

    def begin_and_stop(claim, *rest):
        begin(claim, *rest)
        running._on_news("stop", [str(claim.reply.id)])

    monkeypatch.setattr(running, "_begin", begin_and_stop)
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    message = (await socket.until("done"))["message"]
    assert (message["status"], message["metadata"]["reason"]) == ("incomplete", "stopped")


async def test_a_provider_that_hangs(running, script, owner, conversation, connect, settings):
    settings.REPLY_TIMEOUT_SECONDS = 0.3
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest")
    assert (await broken_off(socket, "timeout"))["content"] == "Rest"
    settings.REPLY_TIMEOUT_SECONDS = PATIENCE
    await the_next_question_is_answered(socket, script)


async def test_a_database_that_is_away_while_the_end_is_stored_is_tried_again(
    running, script, owner, conversation, connect, monkeypatch
):
    write_end, errors = generation._write_end, [OperationalError("away"), InterfaceError("closed")]

    def sometimes(*args):
        if errors:
            raise errors.pop()
        return write_end(*args)

    monkeypatch.setattr(generation, "_write_end", sometimes)
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest.")
    script.end()
    message = (await socket.until("done"))["message"]
    assert (message["content"], message["status"]) == ("Rest.", "done")


async def test_a_database_that_is_away_while_replies_are_claimed_stops_nothing(
    transactional_db, script, conversation, monkeypatch, logged
):
    """The reply waits from before the runner's start, so that no send claims it."""
    reply = await ask(conversation)
    claim, errors = queue.claim_replies, [OperationalError("peculiarwords"), OperationalError("peculiarwords")]
    monkeypatch.setattr(runners, "POLL_SECONDS", 0.01)

    def sometimes(*given):
        if errors:
            raise errors.pop()
        return claim(*given)

    monkeypatch.setattr(queue, "claim_replies", sometimes)
    script.end()
    await runners.runner.start()
    try:
        await until_status(reply, "done")
    finally:
        await runners.runner.stop(drain_seconds=0)
    assert len([line for line in logged() if "OperationalError" in line]) == 1  # told once, not every second
    assert not [line for line in logged() if "peculiarwords" in line]


async def test_a_database_that_stays_away_is_not_waited_for_by_a_process_that_ends(
    running, script, owner, conversation, connect, monkeypatch, logged
):
    def away(*args):
        raise OperationalError("peculiarwords")

    monkeypatch.setattr(generation, "LONGEST_PAUSE_SECONDS", 0.01)
    socket = await connect(owner, conversation)
    ack = await socket.ask("What helps?")
    script.say("Rest")
    await socket.until_text("Rest")
    monkeypatch.setattr(generation, "_write_end", away)
    await running.stop(drain_seconds=0)
    (_, reply) = await in_thread(messages_of)(conversation)
    assert (str(reply.id), reply.status) == (ack["replyId"], "streaming")  # its lease runs out, and others end it
    assert not [line for line in logged() if "peculiarwords" in line]


async def test_a_stop_that_comes_when_the_end_is_being_stored_changes_nothing(
    running, script, owner, conversation, connect, monkeypatch
):
    write_end, begun, stopped = generation._write_end, threading.Event(), threading.Event()

    def slowly(*args):
        begun.set()
        stopped.wait(PATIENCE)
        return write_end(*args)

    monkeypatch.setattr(generation, "_write_end", slowly)
    socket = await connect(owner, conversation)
    ack = await socket.ask("What helps?")
    script.say("Rest.")
    script.end()
    await eventually(begun.is_set)
    running._on_news("stop", [ack["replyId"]])
    stopped.set()
    message = (await socket.until("done"))["message"]
    assert (message["content"], message["status"]) == ("Rest.", "done")


async def test_a_claim_that_was_lost_before_its_first_word_writes_nothing(script, conversation, transactional_db):
    """Another process was told to have the reply under a later fence."""
    reply = await ask(conversation)
    stream_log.append_text(str(reply.id), "Theirs.", fence=9)
    await runners.runner.start()
    try:
        await until_status(reply, "streaming")
        await eventually(lambda: not runners.runner._running)
        assert (reply.content, stream_log.length(str(reply.id))) == ("", len("Theirs."))
    finally:
        await runners.runner.stop(drain_seconds=0)
        stream_log.discard([str(reply.id)])


async def test_an_answer_that_cant_be_measured_goes_out_without(
    running, script, owner, conversation, connect, monkeypatch, logged
):
    def fails(text, *rest, **named):
        raise ValueError(text)

    monkeypatch.setattr(generation, "measure", fails)
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest peculiarwords.")
    script.end()
    message = (await socket.until("done"))["message"]
    assert (message["content"], message["status"]) == ("Rest peculiarwords.", "done")
    lines = "\n".join(logged())
    assert "couldn't be measured: ValueError" in lines
    assert "peculiarwords" not in lines


async def test_what_holds_nothing_to_show_is_no_chunk(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("\x00", "Rest.")
    script.end()
    assert (await socket.until("done"))["message"]["content"] == "Rest."
    assert "".join(frame["data"] for frame in socket.of_type("chunk")) == "Rest."


async def test_a_process_knows_while_somebody_waits_for_a_word(running, script, owner, conversation, connect):
    """Only else does it look for garbage."""
    socket = await connect(owner, conversation)
    assert not running.is_writing
    assert not open_sockets.is_read
    await socket.ask("What helps?")
    script.say("Rest in the dark, ")
    await socket.until("chunk")
    assert running.is_writing
    assert open_sockets.is_read
    script.end()
    await socket.until("done")
    await eventually(lambda: not running.is_writing and not open_sockets.is_read)


async def test_a_runner_whose_place_in_the_group_was_forgotten_hears_the_next_stop(
    script, owner, conversation, connect, monkeypatch, transactional_db
):
    """Nothing else would tell it: what is published is stored too seldom here."""
    monkeypatch.setattr(runners, "REJOIN_SECONDS", 0.05)
    monkeypatch.setattr(runners, "STORE_SECONDS", 3600)
    await runners.runner.start()
    try:
        reply = await ask(conversation)
        await eventually(lambda: script.writing == 1)
        layer = get_channel_layer()
        await layer.flush()

        async def stopped():
            await layer.group_send(news.RUNNERS_GROUP, {"type": "stop", "reply_ids": [str(reply.id)]})
            return (await reload(reply)).status == "incomplete"

        await eventually(stopped)
        assert reply.metadata["reason"] == "stopped"
    finally:
        await runners.runner.stop(drain_seconds=0)


def test_a_long_passage_is_cut_at_a_word_on_its_card():
    passage = replace(PASSAGE, text="Rest in a dark room. " * 100)
    excerpt = source_card(Source(1, passage, 0.5)).excerpt
    assert len(excerpt) <= EXCERPT_CHARS + 2
    assert excerpt.endswith((" in …", " a …", " dark …", " room. …", "Rest …"))


# Stopping the process


async def test_stopping_lets_running_replies_end_and_claims_no_more(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("One?")
    script.say("Rest")
    await socket.until_text("Rest")
    stopping = asyncio.create_task(running.stop(drain_seconds=PATIENCE))
    (other,) = await in_thread(conversations)(1)
    waiting = await ask(other, "Two?")
    script.say(" in the dark.")
    script.end()
    message = (await socket.until("done"))["message"]
    await stopping
    assert (message["status"], message["content"]) == ("done", "Rest in the dark.")
    assert (await reload(waiting)).status == "queued"
    assert not running.is_running
    await running.start()
    script.end()
    await until_status(waiting, "done")


async def test_what_doesnt_end_in_time_is_broken_off_with_its_text(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("One?")
    script.say("Rest")
    await socket.until_text("Rest")
    await running.stop(drain_seconds=0)
    assert (await broken_off(socket, "interrupted"))["content"] == "Rest"


async def test_what_was_just_claimed_when_the_process_stops_is_left_in_an_end_state(
    running, script, conversation, monkeypatch
):
    admit, stopping = queue.admit, []
    loop = asyncio.get_running_loop()

    def stop_meanwhile(*given, **named):
        claim = admit(*given, **named)
        assert claim
        stopping.append(asyncio.run_coroutine_threadsafe(running.stop(drain_seconds=0), loop))
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result()
        return claim

    monkeypatch.setattr(queue, "admit", stop_meanwhile)
    reply = await ask(conversation)
    await eventually(lambda: stopping)
    await asyncio.wrap_future(stopping[0])
    assert (await reload(reply)).status == "incomplete"


async def test_what_waits_from_before_the_start_is_answered(script, conversation, transactional_db):
    reply = await ask(conversation)
    script.say("Rest.")
    script.end()
    await runners.runner.start()
    try:
        assert (await until_status(reply, "done")).content == "Rest."
    finally:
        await runners.runner.stop(drain_seconds=0)
