"""Readers who stop reading, and sockets that nobody holds any more."""

from __future__ import annotations

import asyncio
import time

import pytest

from chat.tests.faults.ending import everything_ended_well
from chat.tests.faults.model import words
from chat.tests.faults.raw import RawSocket

KINDS = ["serve", "uvicorn"]
OTHERS_QUESTION = "What helps against a migraine of somebody else?"
REPLIES, LONG_WORDS = 10, ["x" * 4000] * 5
SLOW_READERS, RESUMES = 5, 40
"""Each is sent eight million bytes, of which the system keeps four."""
MOST_BYTES = 10_000_000
"""That they may cost the server, all together."""
LONGEST_SILENCE = 1.5
"""Seconds between two words for somebody else, on cores that are shared."""


@pytest.mark.parametrize("at", range(len(KINDS)), ids=KINDS)
async def test_who_stops_reading_costs_others_nothing(site, model, at):
    model.pace = 0.03
    model.answers(lambda request: words(400) if OTHERS_QUESTION in request.prompt else LONG_WORDS)
    patient, other = site.new_patient(), site.new_patient()
    process = site.processes[at]
    assert process.kind == KINDS[at]
    tab = await patient.open(await patient.new_conversation(), at=at)
    elsewhere = await other.open(await other.new_conversation(), at=at)
    for _ in range(REPLIES):
        await tab.until_end((await tab.ask()).reply_id)
    theirs = (await elsewhere.ask(OTHERS_QUESTION)).reply_id
    before, since = process.memory(), time.monotonic()
    slow = [RawSocket(process.address, tab.conversation, patient.access) for _ in range(SLOW_READERS)]
    for one in slow * RESUMES:
        one.send(type="resume", conversationId=tab.conversation)
    await tab.until_end((await tab.ask()).reply_id)
    await elsewhere.until_more_words(theirs, 150)
    assert process.memory() - before < MOST_BYTES
    assert elsewhere.longest_silence(theirs, since) < LONGEST_SILENCE
    for one in slow:
        one.close()
    model.hurries()
    await everything_ended_well(site, patient, other)


@pytest.fixture(scope="module")
def impatient(new_site):
    """A site on which a socket that answers no ping for a second is dead."""
    return new_site("impatient", kinds=KINDS, wishes={"seconds": {"ping": 1}})


@pytest.mark.parametrize("at", range(len(KINDS)), ids=KINDS)
async def test_a_socket_that_answers_no_ping_is_closed(impatient, model, at):
    patient, other = impatient.new_patient(), impatient.new_patient()
    alive = await other.open(await other.new_conversation(), at=at)
    dead = RawSocket(impatient.addresses[at], await patient.new_conversation(), patient.access)
    await asyncio.wait_for(asyncio.to_thread(dead.read_until_closed), 15)
    dead.close()
    await alive.ping()
    assert not alive.closes
    await everything_ended_well(impatient, patient, other)
