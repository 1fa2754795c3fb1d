"""One process on SQLite, as `make run` has it."""

from __future__ import annotations

import pytest

from chat.tests.faults.ending import everything_ended_well


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
