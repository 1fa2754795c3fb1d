"""Three processes on PostgreSQL and Redis: any of them serves any socket."""

from __future__ import annotations

import asyncio
import json
import uuid

from chat.tests.faults import administrator
from chat.tests.faults.ending import everything_ended_well
from chat.tests.faults.tab import QUESTION


async def test_a_reply_outlives_its_socket(site, model):
    answer = model.speaks(60)
    patient = site.new_patient()
    conversation = await patient.new_conversation()
    first = await patient.open(conversation, at=0)
    reply = (await first.ask()).reply_id
    await first.until_words(reply, 5)
    await first.leave()
    tabs = [await patient.open(conversation, at=at) for at in (1, 2)]
    for tab in tabs:
        await tab.until_words(reply, 10)
    model.hurries()
    for tab in tabs:
        assert (await tab.until_end(reply))["content"] == tab.texts[reply] == answer
    await everything_ended_well(site, patient)


async def test_a_reply_is_stopped_from_another_process(site, model):
    patient = site.new_patient()
    tabs, reply = await patient.reads_on_all()
    await tabs[1].stop(reply)
    for tab in tabs:
        assert (await tab.until_end(reply, seconds=3))["metadata"]["reason"] == "stopped"
    await everything_ended_well(site, patient)


async def test_fifty_sends_of_the_same_message_get_the_same_answer(site, model):
    patient = site.new_patient()
    conversation = await patient.new_conversation()
    tabs = [await patient.open(conversation, at=at) for at in (0, 1, 2, 0, 1)]
    given = str(uuid.uuid4())
    frame = {"type": "message", "client_message_id": given, "content": QUESTION}
    by_rest = [patient.send(conversation, at=number % 3, client_message_id=given) for number in range(25)]
    by_socket = [tab.send_text(json.dumps(frame)) for tab in tabs for _ in range(5)]
    answers = [answer for answer in await asyncio.gather(*by_rest, *by_socket) if answer]
    assert {answer.status for answer in answers} == {201}
    assert len({(answer.body["id"], answer.body["replyId"]) for answer in answers}) == 1
    for tab in tabs:
        acks = await tab.until(lambda tab=tab: len(found) >= 5 and found if (found := tab.acks_of(given)) else None)
        assert {(ack["message"]["id"], ack["replyId"]) for ack in acks} == {
            (answers[0].body["id"], answers[0].body["replyId"])
        }
    assert len(await patient.messages(conversation)) == 2
    model.hurries()
    await everything_ended_well(site, patient)


async def test_the_sockets_of_a_disabled_account_close_on_all_processes(site, model):
    patient = site.new_patient()
    tabs, _ = await patient.reads_on_all()
    closes = asyncio.gather(*(tab.until_closed(seconds=5) for tab in tabs))
    await administrator.disable(patient, at=0)
    assert await closes == [4423] * 3
    assert (await patient.call("GET", "/api/conversations", at=1)).error == "account_disabled"
    model.hurries()
    await patient.leave()
