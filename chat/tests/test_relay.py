"""Logs of running replies between processes, through a real Redis: each relay here stands for a process."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager

import pytest
import redis.asyncio
from django.conf import settings as django_settings

from chat.protocol import Chunk, Done, Sources, Stage, Withdrawn
from chat.stream_log import StreamLog
from chat.tests.reading import read
from chat.tests.sockets import eventually

pytestmark = [pytest.mark.redis, pytest.mark.skipif(not django_settings.REDIS_URL, reason="needs TEST_REDIS_URL")]

DONE = Done(message={"content": "the truth"})


@asynccontextmanager
async def process(name):
    """The log of a process that others can read."""
    from chat.relay import RedisRelay

    log = StreamLog()
    log.relay = RedisRelay(django_settings.REDIS_URL, log, f"{name}-{uuid.uuid4()}")
    await log.relay.start()
    try:
        yield log
    finally:
        await log.relay.stop()


@pytest.fixture
async def writer():
    async with process("writer") as log:
        yield log


@pytest.fixture
async def reader():
    async with process("reader") as log:
        yield log


@pytest.fixture
async def server():
    client = redis.asyncio.Redis.from_url(django_settings.REDIS_URL)
    yield client
    await client.aclose()


@pytest.fixture
def reply():
    return str(uuid.uuid4())


def text_of(frames):
    text = ""
    for frame in frames:
        if isinstance(frame, Chunk):
            assert frame.offset == len(text), "a gap, or told twice"
            text += frame.data
    return text


async def until_read(log, reply, length):
    await eventually(lambda: log.length(reply) == length)


async def test_a_reader_on_another_process_gets_what_comes_and_the_end(writer, reader, reply):
    reading = asyncio.create_task(read(reader, reply))
    writer.begin(reply, fence=1)
    writer.append(reply, Stage(messageId=reply, stage="answering"), fence=1)
    written = 0
    for word in ("Rest", " 🌙", " in the", " dark."):
        written = writer.append_text(reply, word, fence=1)
        await until_read(reader, reply, written)
    writer.append(reply, DONE, fence=1)
    frames = await reading
    assert frames[0] == Stage(messageId=reply, stage="answering")
    assert text_of(frames) == "Rest 🌙 in the dark."
    assert frames[-1] == DONE


async def test_one_who_comes_late_gets_what_was_published_beyond_what_they_hold(writer, reader, reply):
    writer.begin(reply, fence=1)
    writer.append(reply, Sources(messageId=reply, sources=[]), fence=1)
    writer.append_text(reply, "Rest in ", fence=1)
    writer.append_text(reply, "the dark.", fence=1)
    reading = asyncio.create_task(read(reader, reply, offset=5))
    await until_read(reader, reply, len("Rest in the dark."))
    writer.append(reply, DONE, fence=1)
    frames = await reading
    assert [type(frame) for frame in frames] == [Sources, Chunk, Done]
    assert (frames[1].data, frames[1].offset) == ("in the dark.", 5)


async def test_many_replies_travel_together_and_none_gets_anothers_words(writer, reader):
    replies = [str(uuid.uuid4()) for _ in range(150)]
    reading = [asyncio.create_task(read(reader, reply)) for reply in replies]
    for reply in replies:
        writer.begin(reply, fence=1)
        writer.append_text(reply, f"of {reply}", fence=1)
        writer.append(reply, DONE, fence=1)
    for reply, frames in zip(replies, await asyncio.gather(*reading), strict=True):
        assert text_of(frames) == f"of {reply}"


@pytest.mark.parametrize("shared", [True, False])
async def test_what_is_taken_back_is_in_no_stream_and_no_mirror(writer, reader, server, reply, shared):
    reading = asyncio.create_task(read(reader, reply))
    writer.begin(reply, fence=1)
    writer.append(reply, Sources(messageId=reply, sources=[]), fence=1)
    written = writer.append_text(reply, "peculiarwords", fence=1)
    if shared:
        await until_read(reader, reply, written)
    writer.withdraw(reply, "Taken back", fence=1)
    recovered = Withdrawn(messageId=reply, content="Taken back")
    await eventually(lambda: has(writer, reply, recovered))
    assert b"peculiarwords" not in repr(await server.xrange(f"veda:stream:{reply}")).encode()
    writer.append(reply, DONE, fence=1)
    assert (await reading)[-1] == DONE
    assert "peculiarwords" not in repr(reader._logs[reply].frames)
    frames = await read(reader, reply)
    assert text_of(frames) == ""
    assert Sources(messageId=reply, sources=[]) in frames


async def has(log, reply, frame):
    return frame in await log.relay.recover(reply)


async def test_redis_that_comes_back_empty_is_told_all_again(writer, reader, server, reply):
    writer.begin(reply, fence=1)
    written = writer.append_text(reply, "Rest", fence=1)
    first = asyncio.create_task(read(reader, reply))
    await until_read(reader, reply, written)
    await server.flushdb()
    written = writer.append_text(reply, " in the dark.", fence=1)
    await until_read(reader, reply, written)
    async with process("late") as late:
        second = asyncio.create_task(read(late, reply))
        await until_read(late, reply, written)
        writer.append(reply, DONE, fence=1)
        for reading in (first, second):
            assert text_of(await reading) == "Rest in the dark."


async def test_who_ends_a_dead_writers_reply_is_heard_and_the_dead_one_isnt_any_more(writer, reader, server, reply):
    writer.begin(reply, fence=1)
    written = writer.append_text(reply, "Rest", fence=1)
    reading = asyncio.create_task(read(reader, reply))
    await until_read(reader, reply, written)
    async with process("reaper") as reaper:
        assert text_of(await reaper.relay.recover(reply)) == "Rest"
        reaper.append(reply, DONE, fence=2)
        frames = await reading
        assert (text_of(frames), frames[-1]) == ("Rest", DONE)
        before = await server.xlen(f"veda:stream:{reply}")
        writer.append_text(reply, " and whatever", fence=1)
        await eventually(lambda: writer.own(reply).shared == len(writer.own(reply).frames))
        assert await server.xlen(f"veda:stream:{reply}") == before


async def test_what_is_forgotten_is_gone_from_redis(writer, server, reply):
    writer.begin(reply, fence=1)
    writer.append_text(reply, "Rest", fence=1)
    await eventually(lambda: server.exists(f"veda:stream:{reply}"))
    writer.discard([reply])

    async def gone():
        return not await server.exists(f"veda:stream:{reply}")

    await eventually(gone)
    assert await writer.relay.recover(reply) == []


async def test_a_stream_goes_by_itself_ten_minutes_after_its_end(writer, server, reply):
    writer.begin(reply, fence=1)
    writer.append_text(reply, "Rest", fence=1)
    await eventually(lambda: server.exists(f"veda:stream:{reply}"))
    assert await server.pttl(f"veda:stream:{reply}") > 600_000
    writer.append(reply, DONE, fence=1)

    async def short():
        return 0 < await server.pttl(f"veda:stream:{reply}") <= 600_000

    await eventually(short)


async def test_own_readers_dont_wait_for_redis(writer, reply):
    """All within one turn of the loop, in which nothing can have been to Redis and back."""
    writer.begin(reply, fence=1)
    reading = asyncio.create_task(read(writer, reply))
    await asyncio.sleep(0)
    writer.append_text(reply, "Rest.", fence=1)
    writer.append(reply, DONE, fence=1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert reading.done()
    assert text_of(reading.result()) == "Rest."
