"""The log of running replies: append at an offset, read after an offset, follow."""

from __future__ import annotations

import asyncio
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat import stream_log as module
from chat.protocol import Chunk, Done, Stage
from chat.stream_log import KEEP_SECONDS, StaleFence, StreamLog
from chat.tests.reading import read as read_all

REPLY = "reply"
DONE = Done(message={})


@pytest.fixture
def log():
    return StreamLog()


@pytest.fixture
def clock(monkeypatch):
    """A clock of the log that the test moves."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


async def read(log, offset=0, **how):
    return await read_all(log, REPLY, offset, **how)


def text_of(frames):
    return "".join(frame.data for frame in frames if isinstance(frame, Chunk))


def test_appending_counts_code_points(log):
    assert log.append_text(REPLY, "é🌙", fence=1) == 2
    assert log.append_text(REPLY, "👩‍⚕️", fence=1) == 2 + len("👩‍⚕️")
    assert log.length(REPLY) == 2 + len("👩‍⚕️")


def test_what_is_not_buffered_has_no_length(log):
    assert log.length(REPLY) is None
    assert not log.is_running(REPLY)
    log.open(REPLY)
    assert log.length(REPLY) == 0
    assert log.is_running(REPLY)


async def test_following_joins_the_chunks_that_wait(log):
    for word in ("Rest ", "in ", "the dark."):
        log.append_text(REPLY, word, fence=1)
    log.append(REPLY, DONE, fence=1)
    assert await read(log) == [Chunk(messageId=REPLY, data="Rest in the dark.", offset=0), DONE]


async def test_following_from_within_a_chunk_cuts_it(log):
    log.append_text(REPLY, "a🌙b", fence=1)
    log.append_text(REPLY, "cd", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert await read(log, 2) == [Chunk(messageId=REPLY, data="bcd", offset=2), DONE]


async def test_chunks_are_not_joined_across_another_frame(log):
    stage = Stage(messageId=REPLY, stage="answering")
    log.append_text(REPLY, "a", fence=1)
    log.append(REPLY, stage, fence=1)
    log.append_text(REPLY, "b", fence=1)
    log.append(REPLY, DONE, fence=1)
    frames = await read(log)
    assert [type(frame) for frame in frames] == [Chunk, Stage, Chunk, Done]


async def test_a_follower_gets_what_comes_and_ends_at_done(log):
    log.open(REPLY)
    reader = asyncio.create_task(read(log))
    for word in ("Rest ", "now."):
        log.append_text(REPLY, word, fence=1)
        await asyncio.sleep(0)
    assert not reader.done()
    log.append(REPLY, DONE, fence=1)
    frames = await reader
    assert text_of(frames) == "Rest now."
    assert frames[-1] == DONE


async def test_what_is_published_is_read_within_that_step(log):
    log.open(REPLY)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.append_text(REPLY, "Rest.", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert not log._logs[REPLY].readers, "it has read to the end, and no turn of the loop was between"
    assert text_of(await reader) == "Rest."


async def test_what_comes_while_a_follower_has_no_room_waits_for_it_and_comes_joined(log):
    room = asyncio.Event()
    log.append_text(REPLY, "Rest ", fence=1)
    reader = asyncio.create_task(read(log, has_room=room.wait))
    await asyncio.sleep(0)
    log.append_text(REPLY, "in ", fence=1)
    log.append_text(REPLY, "the dark.", fence=1)
    log.append(REPLY, DONE, fence=1)
    await asyncio.sleep(0)
    assert not reader.done()
    room.set()
    frames = await reader
    assert [frame.data for frame in frames[:-1]] == ["Rest ", "in the dark."]
    assert frames[-1] == DONE


async def test_a_follower_without_room_holds_nobody_up(log):
    log.open(REPLY)
    slow = asyncio.create_task(read(log, has_room=asyncio.Event().wait))
    quick = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.append_text(REPLY, "Rest.", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert text_of(await quick) == "Rest."
    assert not slow.done()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert not log._logs[REPLY].readers


async def test_a_follower_that_breaks_is_gone_and_hurts_nobody(log):
    async def broken():
        raise ConnectionResetError

    async def broken_later():
        await asyncio.sleep(0)
        raise ConnectionResetError

    log.open(REPLY)
    breaking = [asyncio.create_task(read(log, has_room=way)) for way in (broken, broken_later)]
    staying = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.append_text(REPLY, "Rest.", fence=1)
    log.append_text(REPLY, " Now.", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert text_of(await staying) == "Rest. Now."
    await asyncio.sleep(0)
    assert not log._logs[REPLY].readers
    for task in breaking:
        task.cancel()


async def test_what_is_wrong_with_a_reader_itself_is_told(log, caplog):
    async def wrong():
        raise ValueError

    log.open(REPLY)
    task = asyncio.create_task(read(log, has_room=wrong))
    await asyncio.sleep(0)
    log.append_text(REPLY, "Rest.", fence=1)
    assert [record.getMessage() for record in caplog.records] == ["A reader broke: ValueError"]
    assert caplog.records[0].levelname == "ERROR"
    task.cancel()


async def test_all_followers_get_the_same(log):
    log.open(REPLY)
    readers = [asyncio.create_task(read(log)) for _ in range(5)]
    await asyncio.sleep(0)
    log.append_text(REPLY, "Rest.", fence=1)
    await asyncio.sleep(0)
    log.append(REPLY, DONE, fence=1)
    assert {text_of(frames) for frames in await asyncio.gather(*readers)} == {"Rest."}


async def test_a_follower_that_goes_takes_nothing_from_the_others(log):
    log.open(REPLY)
    leaving, staying = asyncio.create_task(read(log)), asyncio.create_task(read(log))
    await asyncio.sleep(0)
    leaving.cancel()
    log.append_text(REPLY, "Rest.", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert text_of(await staying) == "Rest."


async def test_one_who_comes_after_the_end_gets_everything_and_ends(log):
    log.append_text(REPLY, "Rest.", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert text_of(await read(log)) == "Rest."
    assert await read(log, 5) == [DONE]


async def test_nothing_follows_done(log):
    log.append_text(REPLY, "Rest.", fence=1)
    log.append(REPLY, DONE, fence=1)
    log.append(REPLY, Stage(messageId=REPLY, stage="answering"), DONE, fence=1)
    assert [type(frame) for frame in await read(log)] == [Chunk, Done]
    assert not log.is_running(REPLY)


def test_a_stale_writer_writes_no_more(log):
    log.append_text(REPLY, "old ", fence=1)
    log.append_text(REPLY, "new", fence=2)
    with pytest.raises(StaleFence):
        log.append_text(REPLY, "old", fence=1)
    with pytest.raises(StaleFence):
        log.append(REPLY, DONE, fence=1)
    assert log.length(REPLY) == len("old new")
    assert log.is_running(REPLY)


async def test_what_is_discarded_is_gone_and_its_readers_come_to_an_end(log):
    log.append_text(REPLY, "Rest.", fence=1)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.discard([REPLY, "another"])
    assert text_of(await reader) == "Rest."
    assert log.length(REPLY) is None


def test_what_has_ended_is_kept_for_a_while_and_then_dropped(log, clock):
    log.append_text(REPLY, "Rest.", fence=1)
    log.append_text("running", "And ", fence=1)
    log.append(REPLY, DONE, fence=1)
    clock.seconds += KEEP_SECONDS - 1
    log.drop_old()
    assert log.length(REPLY) == 5
    clock.seconds += 2
    log.drop_old()
    assert log.length(REPLY) is None
    assert log.length("running") == 4


@settings(max_examples=200)
@given(
    pieces=st.lists(st.text(min_size=1, max_size=8), max_size=12),
    start=st.integers(min_value=0, max_value=100),
    begins_after=st.integers(min_value=0, max_value=12),
    pauses=st.sets(st.integers(min_value=0, max_value=12)),
    is_slow=st.booleans(),
)
def test_any_cut_and_any_start_give_exactly_the_missing_text(pieces, start, begins_after, pauses, is_slow):
    """However the text was cut, wherever the reader begins and whenever it reads."""

    async def scenario():
        log = StreamLog()
        log.open(REPLY)
        reader = None
        how = {"has_room": partial(asyncio.sleep, 0)} if is_slow else {}
        for number, piece in enumerate(pieces):
            if number == begins_after:
                reader = asyncio.create_task(read(log, start, **how))
            log.append_text(REPLY, piece, fence=1)
            if number in pauses:
                await asyncio.sleep(0)
        log.append(REPLY, DONE, fence=1)
        return await (reader or read(log, start, **how))

    whole = "".join(pieces)
    frames = asyncio.run(scenario())
    assert text_of(frames) == whole[start:]
    offset = start
    for frame in frames[:-1]:
        assert frame.offset == offset
        offset += len(frame.data)
    assert frames[-1] == DONE


# Beside other processes


class Told:
    """A relay that keeps what it is told."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda reply_id: self.calls.append((name, reply_id))


@pytest.fixture
def relay(log):
    log.relay = Told()
    return log.relay


async def test_the_relay_hears_of_what_is_published_taken_back_and_forgotten(log, relay):
    log.append_text(REPLY, "Rest.", fence=1)
    log.withdraw(REPLY, "Taken back", fence=1)
    log.discard([REPLY, "another"])
    assert relay.calls == [
        ("has_news", REPLY),
        ("clear", REPLY),
        ("has_news", REPLY),
        ("forget", REPLY),
        ("forget", "another"),
    ]


async def test_a_reply_of_another_process_is_wanted_once_while_somebody_reads_it(log, relay):
    log.open(REPLY)
    readers = [asyncio.create_task(read(log)) for _ in range(2)]
    await asyncio.sleep(0)
    assert (relay.calls, log.mirrored()) == ([("wants", REPLY)], {REPLY})
    readers.pop().cancel()
    await asyncio.sleep(0)
    assert log.mirrored() == {REPLY}
    log.mirror(REPLY, [DONE])
    await readers.pop()
    assert log.mirrored() == set()


async def test_a_mirror_takes_what_is_new_and_leaves_what_would_make_a_gap(log):
    log.open(REPLY)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    stage = Stage(messageId=REPLY, stage="answering")
    log.mirror(REPLY, [stage, Chunk(messageId=REPLY, data="Rest ", offset=0)])
    log.mirror(REPLY, [stage, Chunk(messageId=REPLY, data="Rest ", offset=0)])
    log.mirror(REPLY, [Chunk(messageId=REPLY, data="dark", offset=12), Chunk(messageId=REPLY, data="st in ", offset=2)])
    log.mirror(REPLY, [DONE])
    log.mirror(REPLY, [Chunk(messageId=REPLY, data="!", offset=8)])
    chunks = [Chunk(messageId=REPLY, data="Rest ", offset=0), Chunk(messageId=REPLY, data="in ", offset=5)]
    assert await reader == [stage, *chunks, DONE]
    log.mirror("unread", [DONE])
    assert log.length("unread") is None


async def test_what_others_say_of_an_own_reply_is_passed_over(log):
    log.append_text(REPLY, "Rest.", fence=1)
    log.mirror(REPLY, [Chunk(messageId=REPLY, data="Rest. Theirs.", offset=0)])
    log.tell(REPLY, Stage(messageId=REPLY, stage="queued", position=1))
    log.append(REPLY, DONE, fence=1)
    assert await read(log) == [Chunk(messageId=REPLY, data="Rest.", offset=0), DONE]


async def test_what_is_given_up_is_another_processs_and_its_readers_stay(log, relay):
    log.append_text(REPLY, "Rest", fence=1)
    assert log.own(REPLY)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.give_up(REPLY)
    log.give_up(REPLY)
    assert (log.own(REPLY), relay.calls[-1]) == (None, ("wants", REPLY))
    log.mirror(REPLY, [Chunk(messageId=REPLY, data=" now.", offset=4), DONE])
    assert text_of(await reader) == "Rest now."
    log.append_text("unread", "Rest", fence=1)
    log.give_up("unread")
    assert log.mirrored() == set()


async def test_who_begins_to_write_what_was_mirrored_goes_on_behind_it(log, relay):
    log.open(REPLY)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.mirror(REPLY, [Chunk(messageId=REPLY, data="Rest", offset=0)])
    log.append_text(REPLY, " now.", fence=2)
    assert (log.own(REPLY).shared, log.mirrored()) == (1, set())
    log.append(REPLY, DONE, fence=2)
    assert text_of(await reader) == "Rest now."


async def test_a_mirror_that_says_nothing_is_named_until_it_ends_or_is_read_no_more(log, clock):
    log.open(REPLY)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    clock.seconds += 3
    assert log.silent_mirrors(2) == [REPLY]
    log.mirror(REPLY, [Chunk(messageId=REPLY, data="Rest", offset=0)])
    assert log.silent_mirrors(2) == []
    reader.cancel()
    await asyncio.sleep(0)
    clock.seconds += KEEP_SECONDS + 1
    assert log.silent_mirrors(2) == []
    log.drop_old()
    assert log.length(REPLY) is None


async def test_text_is_taken_back_for_those_who_come_and_the_end_says_what_stands(log):
    """Frames stay in number for those who have read them."""
    log.append(REPLY, Stage(messageId=REPLY, stage="answering"), fence=1)
    log.append_text(REPLY, "peculiarwords", fence=1)
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.withdraw(REPLY, "Taken back", fence=1)
    log.append(REPLY, DONE, fence=1)
    assert (await reader)[-1] == DONE
    assert text_of(await read(log)) == ""
