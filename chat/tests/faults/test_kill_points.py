"""A process is killed at each step of a reply, with another question waiting behind it.

Leases hold two seconds here, and texts are stored every 0.3 s: what a killed process leaves is ended soon.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from chat.tests.faults.ending import everything_ended_well
from chat.tests.faults.steps import STEPS

WISHES = {"seconds": {"lease": 2, "store": 0.3}}


@pytest.fixture(scope="module")
def alone(new_site):
    return new_site("killed alone", wishes=WISHES)


@pytest.fixture(scope="module")
def together(new_site, postgresql, redis):
    return new_site("killed together", kinds=["serve", "serve"], postgresql=postgresql, redis=redis, wishes=WISHES)


@pytest.mark.parametrize("step", STEPS)
async def test_a_process_that_runs_alone_is_killed_and_started_again(alone, model, step):
    await walk_into(alone, model, step)


@pytest.mark.parametrize("step", STEPS)
async def test_one_of_two_processes_is_killed(together, model, step):
    await walk_into(together, model, step)


async def walk_into(site, model, step):
    answer = model.speaks(20)
    patient = site.new_patient()
    conversation = await patient.new_conversation()
    tab = await patient.open(conversation, at=0)
    site.set_trap(0, step)
    sent = [await tab.say(), await tab.say()]
    try:
        assert await asyncio.to_thread(site.until_ended, 0) == -signal.SIGKILL, f"it didn't come to {step!r}"
    finally:
        site.set_trap(0, "")
    model.hurries()
    await asyncio.to_thread(site.start, 0)
    for client_message_id in sent:
        await tab.until(lambda: client_message_id in patient.asked)
        end = await tab.until_end(patient.asked[client_message_id].reply_id)
        if end["status"] == "incomplete":
            assert end["metadata"]["reason"] == "interrupted"
            assert answer.startswith(end["content"])
    model.speaks(3, 0)
    again = await tab.ask()
    assert (await tab.until_end(again.reply_id))["status"] == "done"
    await everything_ended_well(site, patient)
