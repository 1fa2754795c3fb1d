"""More questions than the queue takes."""

from __future__ import annotations

import pytest

from chat.tests.faults.ending import everything_ended_well


@pytest.fixture(scope="module")
def site(new_site):
    return new_site("queue", MAX_REPLIES_AT_ONCE="2", MAX_REPLIES_QUEUED="1")


async def test_who_finds_it_full_is_told_when_to_come_back_and_gets_there(site, model):
    answer = model.speaks()
    patients = [site.new_patient() for _ in range(5)]
    tabs = [await patient.open(await patient.new_conversation()) for patient in patients]
    taken = [await tab.ask() for tab in tabs[:3]]
    refused = await patients[3].send(tabs[3].conversation)
    assert (refused.status, refused.error) == (503, "busy")
    assert refused.body["retry_after"] == int(refused.headers["Retry-After"]) > 0
    assert await patients[3].messages(tabs[3].conversation) == []
    said = await tabs[4].say()
    (refusal,) = await tabs[4].until(lambda: tabs[4].refusals)
    assert (refusal["error"], refusal["client_message_id"], refusal["retry_after"] > 0) == ("busy", said, True)
    model.hurries()
    for tab, asked in zip(tabs, taken, strict=False):
        assert (await tab.until_end(asked.reply_id))["content"] == answer
    late = await tabs[4].until_acknowledged(said)
    assert (await tabs[4].until_end(late.reply_id))["content"] == answer
    await everything_ended_well(site, *patients)
