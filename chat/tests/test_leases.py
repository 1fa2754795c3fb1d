"""Partial text, leases and fences: what a process that dies leaves, and who ends it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from chat import generation, journal, queue, services, stopping
from chat import runner as runners
from chat.generation import Generation
from chat.models import Conversation, Message
from chat.protocol import Chunk, Stage, Withdrawn
from chat.queue import LEASE, claim_replies
from chat.reaper import LONGEST_GAP_SECONDS, Dead, Reaper, end_dead
from chat.storing import Published, store_published
from chat.stream_log import stream_log
from chat.tests.asking import ask, reload, until_status
from chat.tests.sockets import eventually
from pipeline.types import Question


def generation_of(reply, published):
    return Generation(reply, Question("What helps?"), published=published)


@pytest.fixture
def stores_often(monkeypatch):
    """Asked for before the runner starts."""
    monkeypatch.setattr(runners, "STORE_SECONDS", 0.02)


async def test_what_was_shown_is_stored_while_it_is_written(stores_often, running, script, conversation):
    reply = await ask(conversation)
    script.say("Rest 🌙")

    async def stored():
        return (await reload(reply)).content == "Rest 🌙"

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
    ((claim,), _) = claim_replies("another process")
    return claim.reply


class Clock:
    """Of the reaper, which looks once a second."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reaper(clock):
    return Reaper(clock)


def look_for(reaper, clock, seconds, meanwhile=None):
    """What it finds dead when it has looked once a second for so long."""
    dead = reaper.look()
    for _ in range(round(seconds)):
        clock.seconds += 1
        if meanwhile:
            meanwhile()
        dead = reaper.look()
    return dead


def published(reply, text, changed=True):
    return {reply.id: Published(reply.fence, text, {"provider": "scripted"}, changed)}


@pytest.mark.django_db
def test_partial_text_is_stored_and_the_lease_renewed_in_one_step(claimed):
    before = claimed.lease_until
    stored = store_published("another process", published(claimed, "Rest in"))
    assert (stored.lost, stored.stop) == (set(), set())
    claimed.refresh_from_db()
    assert (claimed.content, claimed.metadata) == ("Rest in", {"provider": "scripted"})
    assert before < claimed.lease_until <= timezone.now() + LEASE


@pytest.mark.django_db
def test_a_claimed_reply_is_not_claimed_again(claimed):
    assert claim_replies("a third process") == ([], False)


@pytest.mark.django_db
def test_a_lease_that_nobody_renews_is_dead_after_its_time_and_not_before(claimed, reaper, clock):
    assert look_for(reaper, clock, LEASE.total_seconds() - 1) == []
    (dead,) = look_for(reaper, clock, 1)
    assert dead.reply_id == claimed.id


@pytest.mark.django_db
def test_a_lease_that_is_renewed_lives_for_ever(claimed, reaper, clock):
    def renew():
        store_published("another process", published(claimed, "", changed=False))

    assert look_for(reaper, clock, 3 * LEASE.total_seconds(), renew) == []


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_was_set_neither_saves_nor_ends_a_reply(claimed, reaper, clock, hours):
    Message.objects.filter(id=claimed.id).update(lease_until=timezone.now() + timedelta(hours=hours))
    assert look_for(reaper, clock, 5) == []
    assert len(look_for(reaper, clock, LEASE.total_seconds())) == 1


@pytest.mark.django_db
def test_while_nobody_could_look_no_lease_runs_out(claimed, reaper, clock):
    """The database was away: its writer couldn't renew it either."""
    look_for(reaper, clock, 5)
    clock.seconds += 3600
    assert reaper.look() == []
    assert look_for(reaper, clock, LEASE.total_seconds() - 5 - LONGEST_GAP_SECONDS - 1) == []
    assert len(look_for(reaper, clock, 1)) == 1


def dead_of(reply):
    """As a reaper sees it that has looked for long enough."""
    clock = Clock()
    (dead,) = look_for(Reaper(clock), clock, LEASE.total_seconds())
    assert dead.reply_id == reply.id
    return dead


def test_a_dead_reply_is_ended_once_with_its_text(transactional_db, claimed, at_once):
    Message.objects.filter(id=claimed.id).update(content="Rest")
    dead = dead_of(claimed)
    ended = [reply for reply in at_once(lambda: end_dead(dead, []), 4) if reply]
    assert [reply.id for reply in ended] == [claimed.id]
    claimed.refresh_from_db()
    assert (claimed.status, claimed.content) == ("incomplete", "Rest")
    assert (claimed.metadata["incomplete"], claimed.metadata["reason"]) == (True, "interrupted")
    assert (claimed.lease_holder, claimed.lease_until) == ("", None)


@pytest.mark.django_db
def test_a_dead_reply_keeps_what_was_shown_beyond_what_was_stored(claimed):
    Message.objects.filter(id=claimed.id).update(content="Rest 🌙")
    key = str(claimed.id)
    frames = [
        Stage(messageId=key, stage="answering"),
        Chunk(messageId=key, data="Rest 🌙", offset=0),
        Chunk(messageId=key, data=" in the", offset=6),
        Chunk(messageId=key, data="the dark", offset=10),  # told twice in part, as after an outage
    ]
    assert end_dead(dead_of(claimed), frames).content == "Rest 🌙 in the dark"


@pytest.mark.django_db
def test_what_is_stored_is_never_cut_back(claimed):
    Message.objects.filter(id=claimed.id).update(content="Rest in the dark")
    frames = [Chunk(messageId=str(claimed.id), data="Rest", offset=0)]
    assert end_dead(dead_of(claimed), frames).content == "Rest in the dark"


@pytest.mark.django_db
def test_a_reply_that_was_renewed_at_the_last_moment_is_left_alone(claimed):
    dead = dead_of(claimed)
    store_published("another process", published(claimed, "Rest"))
    assert end_dead(dead, []) is None
    claimed.refresh_from_db()
    assert claimed.status == "streaming"


@pytest.mark.django_db
def test_a_writer_that_was_taken_for_dead_stores_no_more(claimed):
    end_dead(dead_of(claimed), [])
    assert store_published("another process", published(claimed, "Rest in the dark")).lost == {claimed.id}
    assert generation._write_end(generation_of(claimed, published="Rest in the dark")) is None
    claimed.refresh_from_db()
    assert (claimed.status, claimed.content) == ("incomplete", "")


@pytest.mark.django_db
def test_an_end_whose_answer_was_lost_is_no_loss(claimed):
    """The connection broke behind the commit, and the writer tries again."""
    ending = generation_of(claimed, published="Rest.")
    assert generation._write_end(ending).content == "Rest."
    assert generation._write_end(ending).status == "done"


@pytest.fixture
def leases_run_out(monkeypatch):
    """Asked for before the runner starts; called as soon as whoever is to hear of it reads along."""
    monkeypatch.setattr(runners, "POLL_SECONDS", 0.05)
    return partial(monkeypatch.setattr, queue, "LEASE", timedelta(seconds=0.2))


async def test_readers_of_a_dead_reply_are_told_its_end(
    leases_run_out, claimed, running, owner, conversation, connect, script
):
    key = str(claimed.id)
    left = journal.Journal(key, claimed.fence)  # by the process that was killed
    left.write([Chunk(messageId=key, data="Rest", offset=0)])
    left.close(remove=False)
    socket = await connect(owner, conversation)
    leases_run_out()
    done = await socket.until("done")
    assert socket.frames[-2] == {
        "type": "error", "error": "stream interrupted", "messageId": key, "retryable": True,
    }  # fmt: skip
    message = done["message"]
    assert (message["content"], message["status"], message["metadata"]["reason"]) == (
        "Rest", "incomplete", "interrupted",
    )  # fmt: skip
    assert journal.read(key, claimed.fence) == []
    script.say("Yes.")
    script.end()
    await socket.ask("And now?")
    assert (await socket.until("done"))["message"]["content"] == "Yes."


async def test_of_a_dead_reply_that_said_nothing_readers_are_told_its_end(
    leases_run_out, claimed, running, owner, conversation, connect
):
    socket = await connect(owner, conversation)
    leases_run_out()
    message = (await socket.until("done"))["message"]
    assert (message["content"], message["status"]) == ("", "incomplete")
    assert socket.of_type("chunk") == []


async def test_what_its_dead_writer_had_taken_back_stays_taken_back(
    leases_run_out, claimed, running, owner, conversation, connect
):
    key = str(claimed.id)
    left = journal.Journal(key, claimed.fence)
    left.write([Chunk(messageId=key, data="peculiarwords", offset=0), Withdrawn(messageId=key, content="Taken back")])
    left.close(remove=False)
    socket = await connect(owner, conversation)
    leases_run_out()
    message = (await socket.until("done"))["message"]
    assert (message["content"], message["metadata"]["withdrawn"]) == ("Taken back", True)
    assert "peculiarwords" not in socket.text(key)


async def test_a_reply_that_only_seemed_dead_is_written_on(running, script, conversation, monkeypatch):
    """Its lease was renewed behind the reaper's look."""
    reply = await ask(conversation)
    await eventually(lambda: script.writing == 1)
    before, looks = Dead(reply.id, reply.fence, timezone.now() - LEASE), []
    monkeypatch.setattr(running._reaper, "look", lambda: [before] if not looks.append(1) else [])
    await eventually(lambda: len(looks) > 1)
    script.say("Rest.")
    script.end()
    assert (await until_status(reply, "done")).content == "Rest."


# What another process writes, where nothing else brings it


@pytest.fixture
def looks_often(monkeypatch):
    """Asked for before the runner starts."""
    monkeypatch.setattr(runners, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(runners, "SILENCE_SECONDS", 0.05)


def written_elsewhere(reply, **fields):
    return in_thread(Message.objects.filter(id=reply.id).update)(**fields)


async def test_what_another_process_stores_is_read_from_the_database(
    looks_often, claimed, running, owner, conversation, connect
):
    socket = await connect(owner, conversation)
    await written_elsewhere(claimed, content="Rest 🌙")
    await socket.until_text("Rest 🌙")
    await written_elsewhere(claimed, content="Rest 🌙 now.", status="done", lease_holder="", lease_until=None)
    assert (await socket.until("done"))["message"]["content"] == "Rest 🌙 now."


async def test_readers_of_a_reply_that_waits_and_then_is_gone_come_to_an_end(
    looks_often, claimed, running, owner, conversation, connect, settings, monkeypatch
):
    replies_by_id, looked = runners.replies_by_id, []
    monkeypatch.setattr(runners, "replies_by_id", lambda keys: looked.extend(keys) or replies_by_id(keys))
    settings.MAX_REPLIES_AT_ONCE = 1  # which another process has
    second = await in_thread(Conversation.objects.create)(user=owner)
    socket = await connect(owner, second)
    key = (await socket.ask("What helps?"))["replyId"]
    await socket.until("stage")
    await eventually(lambda: looked.count(key) > 1)
    assert stream_log.is_running(key)
    await in_thread(Message.objects.filter(id=key).delete)()
    await eventually(lambda: stream_log.length(key) is None)
    assert await socket.still_answers()


async def test_a_stop_that_no_news_brought_is_found_with_the_next_store(
    stores_often, running, script, owner, conversation, monkeypatch
):
    monkeypatch.setattr(stopping, "tell_runners", lambda *_: None)  # the channel layer lost it
    reply = await ask(conversation)
    script.say("Rest")
    await eventually(lambda: stream_log.length(str(reply.id)) == len("Rest"))
    await in_thread(stopping.stop_reply)(user=owner, conversation_id=conversation.id, reply_id=reply.id)
    await until_status(reply, "incomplete")
    assert (reply.content, reply.metadata["reason"]) == ("Rest", "stopped")


async def test_a_writer_that_lost_its_lease_writes_nothing_more(running, script, conversation):
    reply = await ask(conversation)
    script.say("Rest")
    await eventually(lambda: stream_log.length(str(reply.id)) == len("Rest"))
    taken = {"fence": 7, "lease_holder": "another process", "content": "Theirs."}
    await in_thread(Message.objects.filter(id=reply.id).update)(**taken)
    script.say(" in the dark.")
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
