"""PostgreSQL is taken away from three processes in the middle of replies."""

from __future__ import annotations

import asyncio
import time

import pytest

from chat.tests.faults.ending import everything_ended_well


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_it_is_restarted(site, model, postgresql, mode):
    answer = model.speaks()
    patient, other = site.new_patient(), site.new_patient()
    tabs, reply = await patient.reads_on_all()
    elsewhere = await other.new_conversation()
    with postgresql.away(mode):
        sending = asyncio.create_task(other.send(elsewhere, at=1, insist=True))
        opening = asyncio.create_task(other.open(elsewhere, at=2))
        said = await tabs[2].say()
        await tabs[0].until_more_words(reply, 10)
    model.hurries()
    for tab in tabs:
        assert (await tab.until_end(reply))["content"] == answer
    assert (await sending).status == 201
    await opening
    await tabs[2].until_acknowledged(said)
    await everything_ended_well(site, patient, other)


async def test_it_takes_no_more_connections(site, model, postgresql):
    answer = model.speaks()
    patient, other = site.new_patient(), site.new_patient()
    tabs, reply = await patient.reads_on_all()
    elsewhere = await other.new_conversation()
    with postgresql.out_of_connections():
        said = await tabs[1].say()
        waited = 0.0
        while waited < 1:  # the first find connections that are lost, the others none
            since = time.monotonic()
            refused = await asyncio.gather(*(other.send(elsewhere, at=at) for at in range(3)))
            assert [(answer.status, answer.error) for answer in refused] == [(503, "unavailable")] * 3
            waited = time.monotonic() - since
        await tabs[1].until(lambda: tabs[1].refusals)
        assert {frame["error"] for frame in tabs[1].refusals} == {"unavailable"}
        await tabs[0].until_more_words(reply, 5)
    model.hurries()
    for tab in tabs:
        assert (await tab.until_end(reply))["content"] == answer
    await tabs[1].until_acknowledged(said)
    assert (await other.send(elsewhere, at=1, insist=True)).status == 201
    await everything_ended_well(site, patient, other)


async def test_it_takes_no_writes(site, model, postgresql):
    answer = model.speaks()
    patient, other = site.new_patient(), site.new_patient()
    tabs, reply = await patient.reads_on_all()
    elsewhere = await other.new_conversation()
    with postgresql.read_only():
        said = await tabs[1].say()
        refused = await other.send(elsewhere, at=2)
        assert (refused.status, refused.error) == (503, "unavailable")
        await tabs[1].until(lambda: tabs[1].refusals)
        assert {frame["error"] for frame in tabs[1].refusals} == {"unavailable"}
        model.hurries()
        await tabs[0].until(lambda: tabs[0].texts[reply] == answer)
        assert not tabs[0].ends, "it was told before it was stored"
    for tab in tabs:
        assert (await tab.until_end(reply))["content"] == answer
    await tabs[1].until_acknowledged(said)
    assert (await other.send(elsewhere, at=1, insist=True)).status == 201
    await everything_ended_well(site, patient, other)
