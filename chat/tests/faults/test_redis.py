"""Redis is taken away from three processes in the middle of replies."""

from __future__ import annotations

import asyncio
import time

import pytest

from chat.tests.faults.ending import everything_ended_well

LONGEST_SILENCE = 1.5
"""Seconds between two words for a reader who isn't disturbed, on cores that are shared."""


async def until_live(tab, reply):
    """The text comes as it is written, and not as it is stored."""
    since = time.monotonic()
    await tab.until(lambda: len(tab.chunks_since(reply, max(since, time.monotonic() - 1))) >= 6)


async def end_whole(tabs, reply, answer):
    for tab in tabs:
        assert (await tab.until_end(reply))["content"] == answer


async def test_it_is_restarted_and_has_lost_all(site, model, redis):
    answer = model.speaks()
    patient = site.new_patient()
    tabs, reply = await patient.reads_on_all()
    with redis.away():
        since = time.monotonic()
        await asyncio.gather(*(tab.until_more_words(reply, 40) for tab in tabs))
        assert tabs[0].longest_silence(reply, since) < LONGEST_SILENCE
    await asyncio.gather(*(until_live(tab, reply) for tab in tabs))
    model.hurries()
    await end_whole(tabs, reply, answer)
    assert [tab.texts[reply] for tab in tabs] == [answer] * 3
    await everything_ended_well(site, patient)


async def test_a_reply_ends_while_it_is_away(site, model, redis):
    answer = model.speaks()
    patient, other = site.new_patient(), site.new_patient()
    tabs, reply = await patient.reads_on_all()
    with redis.away():
        model.hurries()
        await end_whole(tabs, reply, answer)
        tab = await other.open(await other.new_conversation(at=1), at=1)
        asked = await tab.ask()
        assert (await tab.until_end(asked.reply_id))["content"] == answer
    await everything_ended_well(site, patient, other)


async def test_a_reply_is_stopped_from_another_process_while_it_is_away(site, model, redis):
    answer = model.speaks()
    patient = site.new_patient()
    tabs, reply = await patient.reads_on_all()
    with redis.away():
        await tabs[1].stop(reply)
        for tab in tabs:
            end = await tab.until_end(reply, seconds=8)
            assert end["metadata"]["reason"] == "stopped"
            assert answer.startswith(end["content"])
    await everything_ended_well(site, patient)


@pytest.mark.parametrize("fault", ["full", "frozen", "paused"])
async def test_it_answers_badly(site, model, redis, fault):
    answer = model.speaks()
    patient, other = site.new_patient(), site.new_patient()
    tabs, reply = await patient.reads_on_all()
    elsewhere = await other.new_conversation()
    with getattr(redis, fault)():
        since = time.monotonic()
        sent = await asyncio.wait_for(other.send(elsewhere, at=1), 8)
        assert sent.status == 201
        await asyncio.gather(*(tab.until_more_words(reply, 40) for tab in tabs))
        assert tabs[0].longest_silence(reply, since) < LONGEST_SILENCE
    await asyncio.gather(*(until_live(tab, reply) for tab in tabs))
    model.hurries()
    await end_whole(tabs, reply, answer)
    assert [tab.texts[reply] for tab in tabs] == [answer] * 3
    await everything_ended_well(site, patient, other)


async def test_a_process_starts_without_it(site, model, redis):
    answer = model.speaks()
    patient = site.new_patient()
    with redis.away():
        site.processes[1].kill()
        await asyncio.to_thread(site.start)
        tabs, reply = await patient.reads_on_all(asked_at=1)
    await asyncio.gather(*(until_live(tab, reply) for tab in tabs))
    model.hurries()
    await end_whole(tabs, reply, answer)
    assert [tab.texts[reply] for tab in tabs] == [answer] * 3
    await everything_ended_well(site, patient)
