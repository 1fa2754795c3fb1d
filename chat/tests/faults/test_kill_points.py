"""A process is killed at each step of a reply, with another question waiting behind it.

Leases hold a second and a half here, and texts are stored every 0.3 s: what a killed process leaves is ended soon.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from chat.tests.faults.ending import everything_ended_well
from chat.tests.faults.steps import STEPS, STEPS_BEHIND_A_DEAD_PROCESS

WISHES = {"seconds": {"lease": 1.5, "store": 0.3, "poll": 0.3}}


@pytest.fixture(scope="module")
def alone(new_site):
    """One process on SQLite, started again after its end."""
    return new_site("killed-alone", wishes=WISHES)


@pytest.fixture(scope="module")
def together(new_site, postgresql, redis):
    """Two, of which the other goes on."""
    return new_site("killed-together", kinds=["serve", "serve"], postgresql=postgresql, redis=redis, wishes=WISHES)


@pytest.mark.parametrize("step", STEPS)
async def test_a_killed_process_loses_nothing(step, alone, together, model):
    answer = model.speaks(14, 0.03)
    async with asyncio.TaskGroup() as both:
        both.create_task(walk_into(alone, [(0, step)], answer))
        both.create_task(walk_into(together, [(0, step)], answer))


@pytest.mark.parametrize("step", STEPS_BEHIND_A_DEAD_PROCESS)
async def test_who_ends_what_it_left_is_killed_too(step, alone, together, model):
    answer = model.speaks(14, 0.03)
    async with asyncio.TaskGroup() as both:
        both.create_task(walk_into(alone, [(0, "in the middle"), (0, step)], answer))
        both.create_task(walk_into(together, [(0, "in the middle"), (1, step)], answer))


async def walk_into(site, traps, answer):
    """`traps`: which process is killed at which step, one after the other; afterwards all run again."""
    patient = site.new_patient()
    tab = await patient.open(await patient.new_conversation())
    sent = []
    for number, step in traps:
        process = site.processes[number]
        process.set_trap(step)
        if not process.runs:
            await asyncio.to_thread(process.begin)
        ended = asyncio.create_task(asyncio.to_thread(process.until_ended))
        while not ended.done():
            sent += [await tab.say(), await tab.say()]
            await asyncio.wait([ended], timeout=3)  # else again: what waits may have been claimed by the other process
        assert await ended == -signal.SIGKILL
        process.set_trap("")
    await asyncio.to_thread(site.start)
    for client_message_id in sent:
        asked = await tab.until_acknowledged(client_message_id)
        end = await tab.until_end(asked.reply_id)
        assert end["content"] == answer or end["metadata"]["reason"] == "interrupted"
        assert answer.startswith(end["content"])
    again = await tab.ask()
    assert (await tab.until_end(again.reply_id))["content"] == answer
    await everything_ended_well(site, patient)
