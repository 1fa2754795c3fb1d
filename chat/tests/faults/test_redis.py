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


async def ends_whole(tabs, reply, answer, model):
    model.hurries()
    for tab in tabs:
        assert (await tab.until_end(reply))["content"] == tab.texts[reply] == answer


async def test_it_is_restarted_and_has_lost_all(site, model, redis):
    answer = model.speaks()
    patient = site.new_patient()
    tabs, reply = await patient.reads_on_all()
    await asyncio.to_thread(redis.stop)
    since = time.monotonic()
    for tab in tabs:
        await tab.until_more_words(reply, 40)
    assert tabs[0].longest_silence(reply, since) < LONGEST_SILENCE
    await asyncio.to_thread(redis.start)
    for tab in tabs:
        await until_live(tab, reply)
    await ends_whole(tabs, reply, answer, model)
    await everything_ended_well(site, patient)


async def test_a_reply_ends_while_it_is_away(site, model, redis):
    answer = model.speaks()
    patient = site.new_patient()
    tabs, reply = await patient.reads_on_all()
    await asyncio.to_thread(redis.stop)
    try:
        await ends_whole(tabs, reply, answer, model)
        other = site.new_patient()
        tab = await other.open(await other.new_conversation(at=1), at=1)
        asked = await tab.ask()
        assert (await tab.until_end(asked.reply_id))["content"] == answer
    finally:
        await asyncio.to_thread(redis.start)
    await everything_ended_well(site, patient, other)


async def test_a_reply_is_stopped_from_another_process_while_it_is_away(site, model, redis):
    answer = model.speaks()
    patient = site.new_patient()
    tabs, reply = await patient.reads_on_all()
    await asyncio.to_thread(redis.stop)
    try:
        await tabs[1].stop(reply)
        for tab in tabs:
            end = await tab.until_end(reply, seconds=8)
            assert end["metadata"]["reason"] == "stopped"
            assert answer.startswith(end["content"])
    finally:
        await asyncio.to_thread(redis.start)
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
        for tab in tabs:
            await tab.until_more_words(reply, 40)
        assert tabs[0].longest_silence(reply, since) < LONGEST_SILENCE
    for tab in tabs:
        await until_live(tab, reply)
    await ends_whole(tabs, reply, answer, model)
    await everything_ended_well(site, patient, other)


async def test_a_process_starts_without_it(site, model, redis):
    answer = model.speaks()
    await asyncio.to_thread(redis.stop)
    try:
        await asyncio.to_thread(site.processes[1].kill)
        await asyncio.to_thread(site.start)
        patient = site.new_patient()
        tabs, reply = await patient.reads_on_all(asked_at=1)
    finally:
        await asyncio.to_thread(redis.start)
    for tab in tabs:
        await until_live(tab, reply)
    await ends_whole(tabs, reply, answer, model)
    await everything_ended_well(site, patient)
