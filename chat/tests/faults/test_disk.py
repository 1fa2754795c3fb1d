"""The disk is full."""

from __future__ import annotations

import io
import os

import aiohttp
import pytest
from PIL import Image

from chat.tests.faults import disks
from chat.tests.faults.ending import everything_ended_well


def picture_form(side=150, **fields):
    """A picture that no compression makes small."""
    data = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(data, "PNG")
    form = aiohttp.FormData({**fields})
    form.add_field("file", data.getvalue(), filename="rash.png", content_type="image/png")
    return form


async def test_an_upload_is_refused_and_leaves_nothing(site, model):
    answer = model.speaks()
    patient = site.new_patient()
    conversation = await patient.new_conversation()
    tab = await patient.open(conversation)
    reply = (await tab.ask()).reply_id
    await tab.until_words(reply, 5)
    process = site.processes[0]
    uploads = process.data / "uploads"
    files = f"/api/conversations/{conversation}/attachments"
    messages = f"/api/conversations/{conversation}/messages"
    with disks.full(uploads, process):
        for path, fields in ((files, {}), (messages, {"type": "image", "content": "What is this?"})):
            refused = await patient.call("POST", path, form=picture_form(**fields))
            assert (refused.status, refused.error) == (503, "unavailable")
        assert [path.name for path in uploads.rglob("*") if path.is_file()] in ([], ["filler"])
        assert site.rows("SELECT count(*) FROM chat_attachment") == [(0,)]
        assert len(await patient.messages(conversation)) == 2
        await tab.until_more_words(reply, 5)
    taken = await patient.call("POST", files, form=picture_form())
    assert taken.status == 201
    assert [path.stat().st_size for path in uploads.rglob("*") if path.is_file()] == [taken.body["size"]]
    model.hurries()
    assert (await tab.until_end(reply))["content"] == answer
    await everything_ended_well(site, patient)


async def test_an_upload_needs_no_room_for_temporary_files(site, model):
    patient = site.new_patient()
    files = f"/api/conversations/{await patient.new_conversation()}/attachments"
    process = site.processes[0]
    assert (await patient.call("POST", files, form=picture_form(side=600))).status == 201
    with disks.full(process.temporary, process) as only_there:
        if not only_there:
            pytest.skip("nothing may be mounted here")
        assert (await patient.call("POST", files, form=picture_form(side=600))).status == 201
    await everything_ended_well(site, patient)


async def test_a_reply_goes_on_without_its_journal(site, model):
    answer = model.speaks()
    patient = site.new_patient()
    process = site.processes[0]
    with disks.full(process.data / "streams", process):
        tab = await patient.open(await patient.new_conversation())
        reply = (await tab.ask()).reply_id
        await tab.until_words(reply, 20)
        model.hurries()
        assert (await tab.until_end(reply))["content"] == answer
    await everything_ended_well(site, patient)
