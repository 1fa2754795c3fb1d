"""Twenty patients ask one question after another while every process is ended and started anew, and one is killed."""

from __future__ import annotations

import asyncio
import signal

from chat.tests.faults.ending import everything_ended_well

PATIENTS = 20
LEASE_AND_A_BIT = 25
"""Seconds until what a killed process was writing is ended by another."""


async def test_no_message_is_lost(site, model):
    answer = model.speaks(12, 0.1)
    patients = [site.new_patient() for _ in range(PATIENTS)]
    ended = []
    over = asyncio.Event()

    async def ask_on(tab):
        while not over.is_set():
            ended.append(await tab.until_end((await tab.ask()).reply_id))

    tabs = []
    for number, patient in enumerate(patients):
        conversation = await patient.new_conversation()
        tabs.append(await patient.open(conversation, at=number % len(site.processes)))
    asking = [asyncio.create_task(ask_on(tab)) for tab in tabs]
    for process in site.processes:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.until_ended) in (0, -signal.SIGTERM)
        await asyncio.to_thread(site.start)
    assert len(ended) > PATIENTS
    assert {end["content"] for end in ended} == {answer}, "a process broke off what it could have ended"

    watchers = [await tab.patient.open(tab.conversation, at=1, comes_back=False) for tab in tabs if tab.at == 0]
    site.processes[0].kill()
    await asyncio.to_thread(site.start)
    over.set()
    async with asyncio.timeout(LEASE_AND_A_BIT):
        await asyncio.gather(*asking)
    for end in ended:
        assert end["content"] == answer or end["metadata"]["reason"] == "interrupted"
    interrupted = [end["id"] for end in ended if end["content"] != answer]
    assert interrupted, "nothing ran in the killed process"
    for reply in interrupted:
        (watcher,) = [watcher for watcher in watchers if reply in watcher.texts]
        assert (await watcher.until_end(reply))["metadata"]["reason"] == "interrupted"
        assert watcher.told_of_the_end(reply) == ["stream interrupted", "done"]
    await everything_ended_well(site, *patients)
