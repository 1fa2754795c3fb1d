"""Whatever a message is refused for, a danger in it is answered with whom to call, and staff hear of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import rates
from accounts.models import User
from chat import services
from chat.models import Conversation, Message
from chat.tests.dangers import ABUSED, CRISIS, EMERGENCY, ODD, QUESTION
from moderation import services as moderation
from moderation.models import Decision
from pipeline.types import Transcript

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made_up_rules")]


# Refusals


def no_consent(settings):
    User.objects.update(consent_version="")
    return {}


def paused(settings):
    User.objects.update(paused_at=timezone.now())
    return {}


def too_short(settings):
    settings.MAX_MESSAGE_CHARS = 5
    return {}


def wrong_id(settings):
    return {"client_message_id": "no-id"}


def unknown_picture(settings):
    return {"attachments": [str(uuid.uuid4())]}


def too_many_pictures(settings):
    return {"attachments": [str(uuid.uuid4()) for _ in range(9)]}


REFUSALS = {
    no_consent: (403, "consent_required"),
    paused: (403, "account_paused"),
    too_short: (400, "message_too_long"),
    wrong_id: (400, "invalid"),
    unknown_picture: (400, "unknown_attachment"),
    too_many_pictures: (400, "invalid"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize(("content", "category"), [(CRISIS, "self_harm_crisis"), (EMERGENCY, "medical_emergency")])
def test_a_refusal_tells_who_is_in_danger_whom_to_call(owner, settings, say, error_of, refusal, content, category):
    User.objects.update(country="GB")
    answer = say(content, **refusal(settings))
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == REFUSALS[refusal]
    assert set(body) == {"error", "emergency", "flag"}
    assert (body["flag"]["category"], body["flag"]["severity"]) == (category, "high")
    assert body["flag"]["emergency"] == body["emergency"]
    assert body["emergency"]["country"] == "GB"
    assert not Message.objects.exists()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_of_a_plain_question_carries_none(settings, say, refusal):
    answer = say(QUESTION, **refusal(settings))
    assert (answer.status_code, set(answer.json())) == (REFUSALS[refusal][0], {"error"})


def test_who_is_not_signed_in_is_told_whom_to_call(client_of, conversation):
    answer = client_of(None).post(f"/api/conversations/{conversation.id}/messages", {"content": CRISIS}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert answer.json()["emergency"]["countries"]


def test_in_a_conversation_of_somebody_else_too(client_of, outsider, conversation):
    answer = client_of(outsider).post(
        f"/api/conversations/{conversation.id}/messages", {"content": CRISIS}, format="json"
    )
    assert (answer.status_code, answer.json()["flag"]["category"]) == (404, "self_harm_crisis")


@pytest.mark.parametrize("file", [b"no picture", b""])
def test_a_form_whose_file_is_no_good_is_screened(client_of, owner, conversation, file):
    form = {"type": "image", "content": CRISIS, "file": SimpleUploadedFile("a.png", file)}
    answer = client_of(owner).post(f"/api/conversations/{conversation.id}/messages", form, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["flag"]["category"] == "self_harm_crisis"


@pytest.mark.parametrize("body", ["{", "[]", '"What helps?"', '{"content": 7}', '{"content": null}'])
def test_what_says_nothing_that_can_be_read_is_refused_as_before(client_of, owner, conversation, body):
    address = f"/api/conversations/{conversation.id}/messages"
    answer = client_of(owner).post(address, body, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, {"error"})


JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=edge"
IN_A_FORM = '--edge\r\nContent-Disposition: form-data; name="content"\r\n\r\nI want to kill myself'
UNTAKEN = {
    "breaks off": ('{"content": "I want to kill myself', JSON, 400),
    "breaks off, with escapes": ('{"content": "I want to \\u006bill\\nmyself', JSON, 400),
    "a list": ('[{"content": "I want to kill myself"}]', JSON, 400),
    "a text": ('"I want to kill myself"', JSON, 400),
    "under another name": ('{"message": {"text": "I want to kill myself"}}', JSON, 400),
    "a list as content": ('{"content": ["I want to kill myself"]}', JSON, 400),
    "plain text": ("I want to kill myself", "text/plain", 415),
    "the form of a page": ("content=I+want+to%20kill+myself", FORM, 415),
    "a form that breaks off": (IN_A_FORM, MULTIPART, 400),
    "too large": ('{"content": "I want to kill myself' + " x" * 600_000 + '"}', JSON, 413),
    "a form that is too large": (IN_A_FORM + "\r\n--edge" + "x" * 10_000_000, MULTIPART, 413),
}


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(("body", "content_type", "status"), UNTAKEN.values(), ids=UNTAKEN)
def test_a_body_that_cant_be_taken_is_screened(client_of, owner, conversation, body, content_type, status, signed_in):
    address = f"/api/conversations/{conversation.id}/messages"
    client = client_of(owner if signed_in else None)
    answer = client.post(address, body, content_type=content_type)
    assert answer.status_code == (status if signed_in else 401)
    assert help_in(answer) == ("self_harm_crisis", True)
    assert Decision.objects.count() == (1 if signed_in else 0)


def help_in(answer):
    body = answer.json()
    assert set(body) == {"error", "emergency", "flag"}
    return body["flag"]["category"], bool(body["emergency"]["countries"])


def test_a_recording_that_is_refused_after_it_was_heard_is_screened(
    client_of, owner, conversation, monkeypatch, settings
):
    monkeypatch.setattr(services.speech, "transcribe", lambda data: Transcript(CRISIS, "en", 2.0))
    settings.MAX_MESSAGE_CHARS = 5
    form = {"type": "audio", "file": SimpleUploadedFile("a.wav", b"x")}
    answer = client_of(owner).post(f"/api/conversations/{conversation.id}/messages", form, format="multipart")
    assert answer.json()["error"]["code"] == "message_too_long"
    assert answer.json()["emergency"]["countries"]


@pytest.mark.parametrize(("heard", "flagged"), [(CRISIS, True), (QUESTION, False)])
def test_a_transcript_is_screened_before_it_is_sent(client_of, owner, conversation, monkeypatch, heard, flagged):
    monkeypatch.setattr(services.speech, "transcribe", lambda data: Transcript(heard, "en", 2.0))
    address = f"/api/conversations/{conversation.id}/transcriptions"
    answer = client_of(owner).post(address, {"file": SimpleUploadedFile("a.wav", b"x")}, format="multipart")
    assert answer.status_code == 200
    assert ("flag" in answer.json()) is flagged
    assert not Decision.objects.exists()


async def test_a_socket_refuses_with_whom_to_call(running, owner, conversation, connect):
    socket = await connect(owner, conversation)
    await in_thread(User.objects.update)(paused_at=timezone.now(), country="IE")
    client_message_id = str(uuid.uuid4())
    await socket.send("message", client_message_id=client_message_id, content=EMERGENCY)
    error = await socket.until("error")
    assert (error["error"], error["client_message_id"]) == ("account_paused", client_message_id)
    assert error["flag"]["category"] == "medical_emergency"
    assert list(error["flag"]["emergency"]["countries"]) == ["IE"]
    await socket.send("message", client_message_id=str(uuid.uuid4()), content=QUESTION)
    socket.frames.clear()
    assert "flag" not in await socket.until("error")


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "message", "client_message_id": "no-id", "content": "I want to kill myself"}',
        '{"type": "message", "content": "I want to kill myself", "attachments": 7}',
        "I want to kill myself",
        '["I want to kill myself"]',
        '{"type": "words", "text": "I want to kill myself"}',
    ],
)
async def test_a_frame_that_cant_be_taken_is_screened(running, owner, conversation, connect, text):
    socket = await connect(owner, conversation)
    await socket.send_text(text)
    error = await socket.until("error")
    assert (error["error"], error["flag"]["category"]) == ("invalid_frame", "self_harm_crisis")


# The same id with other words


def under_one_id(say, conversation, *contents):
    client_message_id = str(uuid.uuid4())
    return [say(content, conversation, client_message_id=client_message_id) for content in contents]


@pytest.mark.parametrize(("content", "category"), [(CRISIS, "self_harm_crisis"), (EMERGENCY, "medical_emergency")])
def test_danger_under_an_id_that_was_used_is_heard(say, conversation, content, category):
    first, other, again = under_one_id(say, conversation, QUESTION, content, QUESTION)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "id_reused")
    assert help_in(other) == (category, True)
    assert Decision.objects.get().action == "refused"
    assert again.json() == first.json()
    assert Message.objects.filter(sender="user").count() == 1


def test_other_plain_words_under_it_get_the_same_answer(say, conversation):
    first, other = under_one_id(say, conversation, QUESTION, "And what else?")
    assert (first.status_code, other.json()) == (201, first.json())


def test_the_same_words_of_danger_get_the_same_answer(say, conversation, monkeypatch):
    client_message_id = str(uuid.uuid4())
    first = say(CRISIS, conversation, client_message_id=client_message_id)

    def screen(*args, **kwargs):
        raise AssertionError("a repeat was screened")

    monkeypatch.setattr(moderation, "screen", screen)
    again = say(CRISIS, conversation, client_message_id=client_message_id)
    assert (again.status_code, again.json()) == (422, first.json())
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("kind", ["image", "audio"])
def test_danger_beside_a_file_under_an_id_that_was_used_is_heard(client_of, owner, say, conversation, kind):
    client_message_id = str(uuid.uuid4())
    say(QUESTION, conversation, client_message_id=client_message_id)
    form = {"type": kind, "content": CRISIS, "client_message_id": client_message_id}
    address = f"/api/conversations/{conversation.id}/messages"
    answer = client_of(owner).post(address, {**form, "file": SimpleUploadedFile("a", b"x")}, format="multipart")
    assert (answer.status_code, help_in(answer)[0]) == (409, "self_harm_crisis")
    form["content"] = QUESTION
    answer = client_of(owner).post(address, {**form, "file": SimpleUploadedFile("a", b"x")}, format="multipart")
    assert answer.status_code == 201


@pytest.mark.parametrize("typed", ["", CRISIS])
def test_a_recording_that_is_sent_twice_gets_the_same_answer(client_of, owner, conversation, monkeypatch, typed):
    monkeypatch.setattr(services.speech, "transcribe", lambda data: Transcript(CRISIS, "en", 2.0))
    address = f"/api/conversations/{conversation.id}/messages"
    form = {"type": "audio", "content": typed, "client_message_id": str(uuid.uuid4())}
    first, again = (
        client_of(owner).post(address, {**form, "file": SimpleUploadedFile("a.wav", b"x")}, format="multipart")
        for _ in range(2)
    )
    assert (again.status_code, again.json()) == (422, first.json())


async def test_a_socket_hears_it_too(running, script, owner, conversation, connect):
    socket = await connect(owner, conversation)
    client_message_id = str(uuid.uuid4())
    script.end()
    await socket.ask(QUESTION, client_message_id)
    await socket.until("done")
    await socket.send("message", client_message_id=client_message_id, content=CRISIS)
    error = await socket.until("error")
    assert (error["error"], error["flag"]["category"]) == ("id_reused", "self_harm_crisis")


# What staff hear of a refusal


@pytest.mark.parametrize("refusal", [refusal for refusal in REFUSALS if refusal is not no_consent])
def test_staff_see_a_danger_that_was_refused_once_and_without_its_words(settings, say, owner, refusal):
    conversation = Conversation.objects.create(user=owner)
    body = refusal(settings)
    for _ in range(3):
        say(CRISIS, conversation, **body)
    say(CRISIS, Conversation.objects.create(user=owner), **body)
    decision = Decision.objects.get()
    assert (decision.action, decision.severity, decision.category) == ("refused", "high", "self_harm_crisis")
    assert (decision.patient_id, decision.conversation_id) == (owner.id, conversation.id)
    assert not Message.objects.exists()


def test_they_see_it_anew_once_they_looked_and_a_while_has_gone(settings, say, owner):
    conversation = Conversation.objects.create(user=owner)
    body = too_short(settings)
    say(CRISIS, conversation, **body)
    Decision.objects.update(acknowledged_at=timezone.now())
    say(CRISIS, conversation, **body)
    assert Decision.objects.count() == 1, "they look at it just now"
    Decision.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    say(CRISIS, conversation, **body)
    assert Decision.objects.count() == 2


def test_something_lesser_that_waits_hides_no_danger(settings, say, owner):
    conversation = Conversation.objects.create(user=owner)
    say(ODD, conversation)
    say(CRISIS, conversation, **too_short(settings))
    assert {decision.severity for decision in Decision.objects.all()} == {"medium", "high"}


def test_nobody_leaves_a_decision_in_a_conversation_of_somebody_else(client_of, outsider, colleague, conversation):
    for user in (outsider, colleague):
        address = f"/api/conversations/{conversation.id}/messages"
        assert client_of(user).post(address, CRISIS, content_type="text/plain").json()["flag"]
    assert not Decision.objects.exists()


# A person is asked for


def test_who_asks_for_a_person_too_often_is_told_whom_to_call(client_of, owner, outsider, conversation, settings):
    User.objects.update(country="GB")
    settings.RATES = {**settings.RATES, "help": ("1/day", "")}
    address, client = f"/api/conversations/{conversation.id}/help", client_of(owner)
    assert client.post(address).status_code == 201
    assert client.delete(address).status_code == 204
    refused = client.post(address)
    assert (refused.status_code, list(refused.json()["emergency"]["countries"])) == (429, ["GB"])
    assert client_of(outsider).post(address).json()["emergency"]["countries"]
    assert client_of(None).post(address).json()["emergency"]["countries"]


def test_a_flood_or_a_full_queue_holds_nobody_in_danger(settings, say, monkeypatch):
    settings.MAX_REPLIES_QUEUED = 0

    def spend(*args, **kwargs):
        raise AssertionError("an urgent message was counted")

    monkeypatch.setattr(rates, "spend", spend)
    assert say(EMERGENCY).status_code == 201
    assert say(CRISIS).status_code == 422
    assert say(ABUSED).status_code == 201
