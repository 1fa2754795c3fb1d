"""One process on SQLite, as `make run` has it."""

from __future__ import annotations

import asyncio
import signal

import pytest

from chat.tests.faults.ending import everything_ended_well

COME_BACK = 4503
"""The close code that sends a client to this process or to another."""


@pytest.fixture(scope="module")
def site(new_site):
    return new_site("alone")


async def test_a_reply_outlives_its_socket(site, model):
    answer = model.speaks(60)
    patient = site.new_patient()
    conversation = await patient.new_conversation()
    first = await patient.open(conversation)
    reply = (await first.ask()).reply_id
    await first.until_words(reply, 5)
    await first.leave()
    second = await patient.open(conversation)
    third = await patient.open(conversation)
    await second.until_words(reply, 10)
    model.hurries()
    for tab in (second, third):
        assert (await tab.until_end(reply))["content"] == tab.texts[reply] == answer
    await everything_ended_well(site, patient)


async def test_a_process_that_is_told_to_end_lets_replies_end_and_still_takes_what_is_sent(site, model):
    answer = model.speaks(40)
    reader, idler = site.new_patient(), site.new_patient()
    process = site.processes[0]
    reading = await reader.open(await reader.new_conversation())
    idle = await idler.open(await idler.new_conversation(), comes_back=False)
    reply = (await reading.ask()).reply_id
    await reading.until_words(reply, 3)
    process.send_signal(signal.SIGTERM)
    assert await idle.until_closed() == 4503
    assert reply not in reading.ends, "it was closed late"
    late = await reading.ask()
    assert (await reading.until_end(reply))["content"] == answer
    assert await asyncio.to_thread(process.until_ended) == 0
    model.hurries()
    await asyncio.to_thread(site.start)
    assert (await reading.until_end(late.reply_id))["content"] == answer
    await everything_ended_well(site, reader, idler)
