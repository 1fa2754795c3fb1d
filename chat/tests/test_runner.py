"""The queue, its limits, and replies that break off."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts.tests.factories import UserFactory
from chat import generation, services
from chat import runner as runners
from chat.generation import Generation
from chat.models import Conversation, Message, RowLock
from chat.runner import LEASE, Runner, claim_replies, end_dead_replies, store_published
from chat.stream_log import stream_log
from chat.tests.sockets import PATIENCE, eventually
from pipeline.errors import ProviderError
from pipeline.types import Question


async def ask(conversation, content="What helps?"):
    """Sends a message as its owner and gives the reply that is to be written."""
    owner = await in_thread(lambda: conversation.user)()
    sent = await in_thread(services.send_message)(user=owner, conversation_id=conversation.id, content=content)
    return sent.reply


async def reload(reply):
    await in_thread(reply.refresh_from_db)()
    return reply


async def until_status(reply, status):
    async def has_it():
        return (await reload(reply)).status == status

    await eventually(has_it)
    return reply


def generation_of(reply, published):
    return Generation(
        reply.id,
        reply.fence,
        Question("What helps?"),
        {},
        conversation_id=reply.conversation_id,
        patient_id=reply.conversation.user_id,
        message_id=reply.reply_to_id,
        published=published,
    )


def conversations(count, user=None):
    """So many conversations, of one user or of as many users."""
    return [Conversation.objects.create(user=user or UserFactory()) for _ in range(count)]


# Limits


async def test_a_conversation_has_one_reply_at_a_time_in_the_order_of_asking(running, script, conversation):
    replies = [await ask(conversation, f"Question {number}") for number in range(3)]
    for number, reply in enumerate(replies):
        await script.until_asked(number + 1)
        script.say(f"Answer {number}")
        script.end()
        await until_status(reply, "done")
    assert [question.text for question in script.questions] == [f"Question {number}" for number in range(3)]
    assert [reply.content for reply in replies] == [f"Answer {number}" for number in range(3)]
    assert script.most_at_once == 1


async def test_a_user_has_so_many_replies_at_a_time_and_others_dont_wait_for_them(
    running, script, owner, conversation, settings
):
    settings.MAX_REPLIES_PER_USER = 2
    replies = [await ask(one) for one in await in_thread(conversations)(4, owner)]
    await eventually(lambda: script.writing == 2)
    (other,) = await in_thread(conversations)(1)
    await ask(other)
    await eventually(lambda: script.writing == 3)
    assert sorted([(await reload(reply)).status for reply in replies]) == ["queued"] * 2 + ["streaming"] * 2
    for _ in range(5):
        script.end()
    for reply in replies:
        await until_status(reply, "done")
    assert script.most_at_once == 3


async def test_a_process_has_so_many_replies_at_a_time(running, script, db, settings):
    settings.MAX_REPLIES_AT_ONCE = 2
    replies = [await ask(one) for one in await in_thread(conversations)(5)]
    await eventually(lambda: script.writing == 2)
    for _ in replies:
        script.end()
    for reply in replies:
        await until_status(reply, "done")
    assert script.most_at_once == 2
    assert len(script.questions) == 5


async def test_the_limits_hold_across_processes_and_no_reply_is_written_twice(running, script, db, settings):
    settings.MAX_REPLIES_AT_ONCE = 2
    another = Runner(stream_log)
    await another.start()
    try:
        replies = [await ask(one) for one in await in_thread(conversations)(6)]
        for _ in replies:
            script.end()
            another.wake()
        for reply in replies:
            await until_status(reply, "done")
    finally:
        await another.stop(drain_seconds=0)
    assert script.most_at_once == 2
    assert len(script.questions) == 6


async def test_sends_of_many_at_once_are_all_stored_and_answered(running, script, at_once):
    """More than the database has connections for: a sender that waited for another's turn would keep its own."""
    senders = await in_thread(conversations)(24)

    def send():
        one = senders.pop()
        return services.send_message(user=one.user, conversation_id=one.id, content="What helps?").reply

    started = asyncio.get_running_loop().time()
    replies = await asyncio.to_thread(at_once, send, 24)
    assert asyncio.get_running_loop().time() - started < 9, "they waited for a connection until that timed out"
    for _ in replies:
        script.end()
    for reply in replies:
        await until_status(reply, "done")


def test_claims_at_once_never_go_over_the_limit(transactional_db, at_once, settings):
    settings.MAX_REPLIES_AT_ONCE = 3
    RowLock.objects.create(name="claims")  # making it would already put the claims in a row
    for conversation in conversations(5):
        services.send_message(user=conversation.user, conversation_id=conversation.id, content="What helps?")
    claims = [claim for claimed in at_once(lambda: claim_replies("somebody"), 6) for claim in claimed]
    assert len({claim.reply.id for claim in claims}) == len(claims) == 3
    assert Message.objects.filter(status="streaming", fence=1).count() == 3


async def test_those_who_wait_are_told_their_place_and_each_step_forward(
    running, script, owner, conversation, connect, settings
):
    settings.MAX_REPLIES_AT_ONCE = 1
    first = await ask(conversation)
    await script.until_asked()
    second, third = await in_thread(conversations)(2, owner)
    waiting = [await connect(owner, second), await connect(owner, third)]
    replies = [(await socket.ask("What helps?"))["replyId"] for socket in waiting]
    for place, (socket, reply_id) in enumerate(zip(waiting, replies, strict=True), 1):
        stage = await socket.until("stage")
        assert stage == {"type": "stage", "messageId": reply_id, "stage": "queued", "position": place}
    script.end()
    await until_status(first, "done")
    assert (await waiting[1].until("stage"))["position"] == 1
    assert (await waiting[0].until("stage"))["stage"] == "retrieving"
    script.end()
    script.end()
    await waiting[0].until("done")
    await waiting[1].until("done")


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
    script.say("Rest ", "in the ")
    script.fail(ProviderError("The model host is away.", retryable=True))
    message = await broken_off(socket, "failed")
    assert message["content"] == "Rest in the" == socket.text(ack["replyId"]).rstrip()
    await the_next_question_is_answered(socket, script)


async def test_a_provider_that_does_what_nobody_expected(running, script, owner, conversation, connect, logged):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest ")
    script.fail(KeyError("peculiarwords"))
    message = await broken_off(socket, "failed")
    assert message["content"] == "Rest"
    assert "peculiarwords" not in str(socket.frames)
    lines = "\n".join(logged())
    assert "KeyError" in lines
    assert "peculiarwords" not in lines
    await the_next_question_is_answered(socket, script)


async def test_a_provider_that_hangs(running, script, owner, conversation, connect, settings):
    settings.REPLY_TIMEOUT_SECONDS = 0.3
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest ")
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
    running, script, conversation, monkeypatch, logged
):
    claim, errors = runners.claim_replies, [OperationalError("peculiarwords")]

    def sometimes(*given):
        if errors:
            raise errors.pop()
        return claim(*given)

    monkeypatch.setattr(runners, "claim_replies", sometimes)
    script.end()
    await until_status(await ask(conversation), "done")
    assert [line for line in logged() if "OperationalError" in line]
    assert not [line for line in logged() if "peculiarwords" in line]


# Partial text, leases, fences


@pytest.fixture
def stores_often(monkeypatch):
    """Asked for before the runner starts."""
    monkeypatch.setattr(runners, "STORE_SECONDS", 0.02)


async def test_what_was_shown_is_stored_while_it_is_written(stores_often, running, script, conversation):
    reply = await ask(conversation)
    script.say("Rest 🌙 ")

    async def stored():
        return (await reload(reply)).content == "Rest 🌙 "

    await eventually(stored)
    assert reply.status == "streaming"
    before = reply.lease_until

    async def renewed():
        return (await reload(reply)).lease_until > before

    await eventually(renewed)
    script.end()
    assert (await until_status(reply, "done")).content == "Rest 🌙"


@pytest.fixture
def claimed(conversation):
    """A reply that some process has claimed, and its question."""
    services.send_message(user=conversation.user, conversation_id=conversation.id, content="What helps?")
    (claim,) = claim_replies("another process")
    return claim.reply


def lapse(reply):
    Message.objects.filter(id=reply.id).update(lease_until=timezone.now() - timedelta(seconds=1), content="Rest ")


@pytest.mark.django_db
def test_partial_text_is_stored_and_the_lease_renewed_in_one_step(claimed):
    lapse(claimed)
    writing = generation_of(claimed, published="Rest in")
    assert store_published([writing], {claimed.id: "Rest in"}) == set()
    claimed.refresh_from_db()
    assert claimed.content == "Rest in"
    assert timezone.now() < claimed.lease_until <= timezone.now() + LEASE
    assert end_dead_replies() == []


@pytest.mark.django_db
def test_a_claimed_reply_is_not_claimed_again(claimed):
    assert claim_replies("a third process") == []


def test_a_dead_reply_is_ended_once_with_its_text(transactional_db, claimed, at_once):
    lapse(claimed)
    ended = [reply for replies in at_once(end_dead_replies, 4) for reply in replies]
    assert [reply.id for reply in ended] == [claimed.id]
    claimed.refresh_from_db()
    assert (claimed.status, claimed.content) == ("incomplete", "Rest ")
    assert (claimed.metadata["incomplete"], claimed.metadata["reason"]) == (True, "interrupted")
    assert (claimed.lease_holder, claimed.lease_until) == ("", None)


@pytest.mark.django_db
def test_a_reply_whose_lease_runs_is_left_alone(claimed):
    assert end_dead_replies() == []
    claimed.refresh_from_db()
    assert claimed.status == "streaming"


@pytest.mark.django_db
def test_a_writer_that_was_taken_for_dead_stores_no_more(claimed):
    lapse(claimed)
    end_dead_replies()
    stale = generation_of(claimed, published="Rest in the dark")
    assert store_published([stale], {claimed.id: stale.published}) == {claimed.id}
    assert generation._write_end(stale) is None
    claimed.refresh_from_db()
    assert (claimed.status, claimed.content) == ("incomplete", "Rest ")


async def test_readers_of_a_dead_reply_are_told_its_end(claimed, running, owner, conversation, connect, script):
    socket = await connect(owner, conversation)
    await in_thread(lapse)(claimed)
    assert (await broken_off(socket, "interrupted"))["content"] == "Rest "
    await the_next_question_is_answered(socket, script)


async def test_a_writer_that_lost_its_lease_writes_nothing_more(running, script, conversation):
    reply = await ask(conversation)
    script.say("Rest ")
    await eventually(lambda: stream_log.length(str(reply.id)) == len("Rest "))
    taken = {"fence": 7, "lease_holder": "another process", "content": "Theirs."}
    await in_thread(Message.objects.filter(id=reply.id).update)(**taken)
    script.say("in the dark.")
    script.end()
    await eventually(lambda: script.writing == 0)
    await eventually(lambda: not running._running)
    await reload(reply)
    assert (reply.status, reply.content, reply.fence) == ("streaming", "Theirs.", 7)


async def test_a_writer_whose_reply_was_taken_away_is_stopped(stores_often, running, script, conversation):
    reply = await ask(conversation)
    await eventually(lambda: script.writing == 1)
    await in_thread(Message.objects.filter(id=reply.id).update)(fence=7)
    await eventually(lambda: script.writing == 0)
    assert (await reload(reply)).status == "streaming"


# Stopping the process


async def test_stopping_lets_running_replies_end_and_claims_no_more(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await socket.ask("One?")
    script.say("Rest ")
    await socket.until_text("Rest ")
    stopping = asyncio.create_task(running.stop(drain_seconds=PATIENCE))
    (other,) = await in_thread(conversations)(1)
    waiting = await ask(other, "Two?")
    script.say("in the dark.")
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
    script.say("Rest ")
    await socket.until_text("Rest ")
    await running.stop(drain_seconds=0)
    assert (await broken_off(socket, "interrupted"))["content"] == "Rest"


async def test_what_was_just_claimed_when_the_process_stops_is_left_in_an_end_state(
    running, script, conversation, monkeypatch
):
    claim, stopping = runners.claim_replies, []
    loop = asyncio.get_running_loop()

    def stop_meanwhile(*given):
        claims = claim(*given)
        if claims:
            stopping.append(asyncio.run_coroutine_threadsafe(running.stop(drain_seconds=0), loop))
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result()
        return claims

    monkeypatch.setattr(runners, "claim_replies", stop_meanwhile)
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
