"""A patient's export: who gets it, that all is in it and nobody else's, and that it is made while it is sent."""

from __future__ import annotations

import io
import json
import tracemalloc
import uuid
import zipfile
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from channels.db import database_sync_to_async as in_thread
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import PASSWORD, UserFactory
from chat import attachments, export
from chat.models import DISCLAIMER, Attachment, Conversation, Message
from chat.tests.exports import EXPORT, ask, exported
from chat.tests.hostile_pictures import plain
from chat.tests.uploads import store_under
from moderation.models import Decision

SOURCE = {"n": 1, "title": "Headache", "url": "https://pages.example/headache", "source": "A publisher"}
HOSTILE = '</article><script>alert("peculiar")</script><img src=x onerror=alert(1)>'

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    return store_under(settings, tmp_path)


def talk(conversation, question="What helps?", answer="Rest in a dark room.", count=1):
    for position in range(1, 2 * count, 2):
        asked = Message.objects.create(
            conversation=conversation, position=position, sender="user", status="sent", content=question
        )
        Message.objects.create(
            conversation=conversation,
            position=position + 1,
            sender="assistant",
            status="done",
            content=answer,
            reply_to=asked,
            metadata={"sources": [SOURCE]},
        )


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]
        assert not [name for name, _ in attributes if name.startswith("on")]

    def handle_data(self, data):
        self.text += data


def read(archive, name):
    return json.loads(archive.read(name))


# Who gets it


def test_only_with_the_password(owners, error_of):
    answer = owners.post(EXPORT, {"password": "not this one"}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "wrong_password")
    assert not AuditEvent.objects.filter(action="exported").exists()


async def test_nobody_gets_one_without_signing_in():
    assert (await ask(None)).status == 401


def test_without_a_password_the_sign_in_must_be_fresh(client_of, error_of):
    client = client_of(UserFactory(password="!"))
    assert client.post(EXPORT, {}, format="json").status_code == 200
    RefreshFamily.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    answer = client.post(EXPORT, {}, format="json")
    assert (answer.status_code, error_of(answer)) == (403, "sign_in_again")


def test_not_too_often(owners, settings):
    settings.RATES = {**settings.RATES, "export": ("2/hour", "")}
    assert [owners.post(EXPORT, {"password": PASSWORD}, format="json").status_code for _ in range(3)] == [200, 200, 429]


async def test_it_is_a_file_that_nobody_keeps_and_is_on_record(owner):
    answer = await ask(owner)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="veda-export-{timezone.now():%Y-%m-%d}.zip"'
    assert "no-store" in answer.headers["cache-control"]
    event = await AuditEvent.objects.aget(action="exported")
    assert (event.actor_id, event.subject_id) == (owner.id, owner.id)


# What is in it


async def test_everything_is_in_it_and_nobody_elses(owner, outsider, conversation, owners):
    mine = await in_thread(fill)(owner, "mine")
    await in_thread(fill)(outsider, "theirs")
    archive = await exported(owner)
    assert archive.testzip() is None
    everything = "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    assert "theirs" not in everything
    assert outsider.email not in everything
    assert str(outsider.id) not in everything
    assert {name for name in archive.namelist() if "/" not in name} == {
        "account.json", "consents.json", "devices.json", "decisions.json", "concerns.json", "audit.json",
        "changes.json", "index.html",
    }  # fmt: skip
    told = read(archive, f"conversations/{mine.id}.json")
    listed = (await in_thread(owners.get)(f"/api/conversations/{mine.id}/messages")).json()["results"]
    assert told["messages"] == listed, "messages as REST gives them"
    assert told["messages"][1]["disclaimer"] == DISCLAIMER
    assert (told["title"], told["summary"]) == ("Title mine", "Summary mine")
    picture = await Attachment.objects.aget(conversation=mine)
    assert archive.read(f"pictures/{mine.id}/{picture.path.rsplit('/', 1)[1]}").startswith(b"\x89PNG")
    account = read(archive, "account.json")
    assert (account["email"], account["name"]) == (owner.email, "Olga Owner")
    assert read(archive, "decisions.json")[0]["category"] == "mine"
    assert {row["purpose"] for row in read(archive, "consents.json")["history"]} == {"terms", "health_data"}
    assert read(archive, "devices.json")[0]["method"] == "password"


def fill(user, word):
    conversation = Conversation.objects.create(user=user, title=f"Title {word}", summary=f"Summary {word}")
    talk(conversation, f"Question {word}", f"Answer {word}")
    attachments.store_picture(conversation, plain(), name=f"{word}.png", metadata={})
    Decision.objects.create(
        patient_id=user.id, conversation_id=conversation.id, message_id=uuid.uuid4(), severity="low", category=word
    )
    return conversation


async def test_staff_reads_are_told_with_when_and_why_and_by_role(owner, conversation):
    colleague = await in_thread(UserFactory)(name="Colin Colleague")
    await User.objects.filter(id=colleague.id).aupdate(role=User.Role.MODERATOR)
    await in_thread(audit.record)(
        AuditEvent.Action.STAFF_READ,
        actor_id=colleague.id,
        subject_id=owner.id,
        object_id=conversation.id,
        reason="a check of an open decision",
    )
    archive = await exported(owner)
    reads = [event for event in read(archive, "audit.json") if event["action"] == "staff_read"]
    assert [(event["by"], event["reason"], event["object_id"]) for event in reads] == [
        ("moderator", "a check of an open decision", str(conversation.id))
    ]
    everything = "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    assert "Colin" not in everything
    assert str(colleague.id) not in everything
    assert colleague.email not in everything


async def test_the_page_is_readable_without_scripts_and_links_to_the_parts(owner, conversation):
    await in_thread(talk)(conversation, question=HOSTILE, answer="Rest.\n* Drink", count=2)
    await Conversation.objects.filter(id=conversation.id).aupdate(title=HOSTILE)
    await User.objects.filter(id=owner.id).aupdate(name=HOSTILE)
    archive = await exported(await User.objects.aget(id=owner.id))
    page = Page(archive.read("index.html").decode())
    assert "script" not in page.tags
    assert "onerror" not in " ".join(page.tags)
    assert "use of my health data to answer me" in page.text
    assert page.text.count(HOSTILE) == 5, "the name, the title twice, two questions"
    assert page.text.count(DISCLAIMER) == page.text.count("Rest.\n* Drink") == 2
    here = [link for link in page.links if not link.startswith(("#", "https:"))]
    assert set(here) <= set(archive.namelist())
    assert f"conversations/{conversation.id}.json" in here
    assert {link for link in page.links if link.startswith("https:")} == {SOURCE["url"]}


async def test_pictures_that_are_gone_are_left_out(owner, conversation):
    picture = await in_thread(attachments.store_picture)(conversation, plain(), name="rash.png", metadata={})
    default_storage.delete(picture.path)
    archive = await exported(owner)
    assert not [name for name in archive.namelist() if name.startswith("pictures/")]


async def test_a_deleted_conversation_that_staff_still_look_at_isnt_in_it(owner, conversation):
    await Conversation.objects.filter(id=conversation.id).aupdate(deleted_at=timezone.now(), title="peculiar")
    archive = await exported(owner)
    assert not [name for name in archive.namelist() if name.startswith("conversations/")]
    assert "peculiar" not in archive.read("index.html").decode()


# How it is made


async def test_the_first_bytes_come_before_the_last_conversation_is_read(owner, monkeypatch):
    monkeypatch.setattr(export, "STEP_BYTES", 1)
    for number in range(3):
        conversation = await Conversation.objects.acreate(user=owner, title=f"Number {number}")
        await in_thread(talk)(conversation)
    answer = await ask(owner)
    parts = answer.parts()
    gathered = await anext(parts)
    await Conversation.objects.filter(id=conversation.id).aupdate(title="Renamed while it was sent")
    async for part in parts:
        gathered += part
    archive = zipfile.ZipFile(io.BytesIO(gathered))
    assert read(archive, f"conversations/{conversation.id}.json")["title"] == "Renamed while it was sent"


async def test_memory_doesnt_grow_with_what_is_sent(owner, conversation):
    size, count = 2_000_000, 30
    for number in range(count):
        name = await in_thread(default_storage.save)(
            f"uploads/{conversation.id}/{number}.png", ContentFile(bytes(size))
        )
        await Attachment.objects.acreate(
            conversation=conversation, file=name, mime_type="image/png", size=size, width=1, height=1
        )
    await in_thread(talk)(conversation, answer="Rest. " * 2000, count=200)
    answer = await ask(owner)
    tracemalloc.start()
    try:
        sent = sum([len(part) async for part in answer.parts()])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent > size * count
    assert peak < size * 6, f"{peak:,} bytes at once"


@pytest.mark.parametrize("after", ["a file is lost in the middle", "the account is deleted"])
async def test_what_breaks_off_doesnt_look_whole(owner, conversation, monkeypatch, after, logged):
    await in_thread(talk)(conversation, question="peculiarwords")
    monkeypatch.setattr(export, "STEP_BYTES", 1)
    answer = await ask(owner)
    parts = answer.parts()
    gathered = await anext(parts)
    if after == "the account is deleted":
        await User.objects.filter(id=owner.id).aupdate(is_active=False)
    else:
        monkeypatch.setattr(export, "messages_of", broken)
    rest = []
    with pytest.raises(export.ExportBroken):
        await take(parts, rest)
    gathered += b"".join(rest)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(gathered))
    assert not [line for line in logged() if "peculiarwords" in line]


async def take(parts, taken):
    async for part in parts:
        taken.append(part)


def broken(conversation):
    raise RuntimeError("peculiarwords")


async def test_who_goes_away_in_the_middle_leaves_no_work_behind(owner, conversation, monkeypatch):
    await in_thread(talk)(conversation, count=20)
    closed = []
    monkeypatch.setattr(export, "STEP_BYTES", 1)
    inner = export._zip_of

    def watched(user):
        try:
            yield from inner(user)
        finally:
            closed.append(True)

    monkeypatch.setattr(export, "_zip_of", watched)
    parts = export.stream_export(owner)
    await anext(parts)
    await parts.aclose()
    assert closed == [True]
