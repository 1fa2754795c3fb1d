"""Whose turn it is: limits over all processes, a bounded queue, and places in it."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from chat import services
from chat.models import Message, RowLock
from chat.queue import WAITING_PER_PATIENT, claim_replies
from chat.runner import Runner
from chat.stream_log import StreamLog
from chat.tests.asking import ask, conversations, reload, until_status
from chat.tests.sockets import eventually
from veda.errors import Busy, TooManyRequests


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
    another = Runner(StreamLog())
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
    claims = [claim for claimed in at_once(lambda: claim_replies("somebody")[0], 6) for claim in claimed]
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


async def test_who_leaves_the_queue_makes_the_others_places_better(
    running, script, owner, conversation, connect, settings
):
    settings.MAX_REPLIES_AT_ONCE = 1
    await ask(conversation)
    await script.until_asked()
    second, third = await in_thread(conversations)(2, owner)
    waiting = [await connect(owner, second), await connect(owner, third)]
    replies = [(await socket.ask("What helps?"))["replyId"] for socket in waiting]
    assert [(await socket.until("stage"))["position"] for socket in waiting] == [1, 2]
    await waiting[0].send("stop", messageId=replies[0])
    assert (await waiting[0].until("done"))["message"]["metadata"]["reason"] == "stopped"
    assert (await waiting[1].until("stage"))["position"] == 1


# The order of asking, and the end of the queue


@pytest.mark.django_db
def test_in_a_conversation_the_first_question_comes_first_though_the_clock_was_set_back(conversation):
    first, second = (
        services.send_message(user=conversation.user, conversation_id=conversation.id, content=content).reply
        for content in ("One?", "Two?")
    )
    Message.objects.filter(id=second.id).update(created_at=timezone.now() - timedelta(hours=1))
    assert [claim.reply.id for claim in claim_replies("here")[0]] == [first.id]


def send_to(conversation, content="What helps?"):
    return services.send_message(user=conversation.user, conversation_id=conversation.id, content=content)


@pytest.mark.django_db
def test_a_full_queue_takes_no_more_and_stores_nothing(settings):
    settings.MAX_REPLIES_QUEUED = 3
    for conversation in conversations(3):
        send_to(conversation)
    (late,) = conversations(1)
    with pytest.raises(Busy) as caught:
        send_to(late)
    assert 1 <= caught.value.retry_after <= 300
    assert not late.messages.exists()
    late.refresh_from_db()
    assert (late.messages_count, late.title) == (0, "")


@pytest.mark.django_db
def test_one_patient_fills_the_queue_for_nobody(owner, outsider, settings):
    settings.RATES = {**settings.RATES, "message": ("", "")}
    for conversation in conversations(WAITING_PER_PATIENT, owner):
        send_to(conversation)
    with pytest.raises(TooManyRequests) as caught:
        send_to(*conversations(1, owner))
    assert "your questions" in caught.value.message
    assert send_to(*conversations(1, outsider)).created


@pytest.mark.django_db
def test_no_full_queue_keeps_out_who_is_in_danger(settings):
    settings.MAX_REPLIES_QUEUED = 1
    waiting, emergency, crisis = conversations(3)
    send_to(waiting)
    assert send_to(emergency, "I have crushing chest pain and can't breathe").reply.status == "queued"
    assert send_to(crisis, "I want to kill myself").blocked


@pytest.mark.django_db
def test_the_same_send_gets_its_answer_though_the_queue_is_full_by_now(conversation, settings):
    settings.MAX_REPLIES_QUEUED = 1
    given = {"client_message_id": uuid.uuid4(), "content": "What helps?"}
    sends = [services.send_message(user=conversation.user, conversation_id=conversation.id, **given) for _ in range(2)]
    assert [sent.created for sent in sends] == [True, False]
    assert sends[0].reply.id == sends[1].reply.id


async def test_both_doors_say_that_veda_is_busy_and_for_how_long(owner, conversation, connect, rest, settings):
    settings.MAX_REPLIES_QUEUED = 1
    await in_thread(send_to)(*await in_thread(conversations)(1))
    answer = await rest(owner, "post", f"/api/conversations/{conversation.id}/messages", {"content": "What helps?"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "busy"
    assert int(answer["Retry-After"]) == answer.json()["retry_after"] >= 1
    socket = await connect(owner, conversation)
    given = str(uuid.uuid4())
    await socket.send("message", client_message_id=given, content="What helps?")
    refusal = await socket.until("error")
    assert (refusal["error"], refusal["client_message_id"], refusal["retryable"]) == ("busy", given, True)
    assert refusal["retry_after"] == answer.json()["retry_after"]
    assert await socket.still_answers()
