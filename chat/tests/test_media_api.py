"""Who may send and see files, how a file is given, and speech over HTTP."""

from __future__ import annotations

import threading
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.test import AsyncClient, Client

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import User
from accounts.tests.factories import UserFactory
from chat import services, speech
from chat.models import Attachment, Conversation, Message
from chat.tests.hostile_pictures import plain
from chat.tests.uploads import Recogniser, files_in, picture, recording, store_under
from pipeline import wiring
from pipeline.errors import ProviderError

pytestmark = pytest.mark.django_db(transaction=True)

CRISIS = "I want to kill myself"


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    return store_under(settings, tmp_path)


@pytest.fixture
def recogniser(monkeypatch):
    heard = Recogniser()
    monkeypatch.setattr(wiring, "transcriber", lambda: heard)
    return heard


@pytest.fixture
def transcriptions_at(conversation):
    return f"/api/conversations/{conversation.id}/transcriptions"


@pytest.fixture
def stored(owner, conversation):
    return services.add_attachment(user=owner, conversation_id=conversation.id, file=picture(), metadata={})


def reading(user, stored):
    """The admin, where this member of staff has the picture's conversation open."""
    patient = stored.conversation.user
    consents.give(user=patient, version=agreement_version(), purposes=["terms", "health_data", "staff_reading"])
    client = Client()
    client.force_login(user)
    reason = {"kind": "The patient asked for help", "reason": "They wrote to us about it."}
    client.post(f"/admin/chat/conversation/{stored.conversation_id}/read/", reason)
    return client


# Who may do what

ROUTES = {
    "send a picture": ("messages", {"type": "image", "file": picture}, 201),
    "send a recording": ("messages", {"type": "audio", "file": recording}, 201),
    "attach": ("attachments", {"file": picture}, 201),
    "transcribe": ("transcriptions", {"file": recording}, 200),
}
PEOPLE = ["nobody", "owner", "outsider", "colleague", "colleague who reads"]


@pytest.fixture
def people(owner, outsider, colleague):
    reads = UserFactory(role=User.Role.MODERATOR)
    return dict(zip(PEOPLE, [None, owner, outsider, colleague, reads], strict=True))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("who", PEOPLE)
def test_only_the_owner_sends_files(client_of, people, conversation, recogniser, error_of, uploads, who, route):
    address, form, status = ROUTES[route]
    answer = client_of(people[who]).post(
        f"/api/conversations/{conversation.id}/{address}",
        {name: value() if callable(value) else value for name, value in form.items()},
        format="multipart",
    )
    if who == "owner":
        assert answer.status_code == status
        return
    wanted = (401, "not_authenticated") if who == "nobody" else (404, "not_found")
    assert (answer.status_code, error_of(answer)) == wanted
    assert files_in(uploads) == []
    assert recogniser.heard == []
    assert not Message.objects.exists()


@pytest.mark.parametrize("who", PEOPLE)
def test_with_a_token_only_the_owner_sees_a_file(client_of, people, stored, error_of, who):
    answer = client_of(people[who]).get(stored.url)
    if who == "owner":
        assert answer.status_code == 200
    else:
        assert (answer.status_code, error_of(answer)) == (404, "not_found")


@pytest.mark.parametrize("who", PEOPLE)
def test_with_the_admins_session_only_staff_who_read_see_a_file(people, stored, error_of, who):
    client = Client()
    if people[who]:
        client.force_login(people[who])
    if who == "colleague who reads":
        client = reading(people[who], stored)
    answer = client.get(stored.url)
    if who == "colleague who reads":
        assert answer.status_code == 200
    else:
        assert (answer.status_code, error_of(answer)) == (404, "not_found")


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": User.Role.PATIENT}])
def test_staff_who_are_staff_no_more_see_no_file(colleague, stored, error_of, change):
    client = reading(colleague, stored)
    assert client.get(stored.url).status_code == 200
    User.objects.filter(id=colleague.id).update(**change)
    answer = client.get(stored.url)
    assert (answer.status_code, error_of(answer)) == (404, "not_found")


def test_an_administrator_sees_a_file(stored):
    client = reading(UserFactory(role=User.Role.ADMIN), stored)
    assert client.get(stored.url).status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Bearer é", "Basic b3duZXI6eA==", ""])
def test_a_token_that_is_none_sees_no_file(stored, error_of, header):
    answer = Client().get(stored.url, headers={"authorization": header})
    assert (answer.status_code, error_of(answer)) == (404, "not_found")


def test_an_odd_address_is_not_found(owners, owner, stored, error_of, uploads):
    other = Conversation.objects.create(user=owner)
    folder, name = stored.url.rsplit("/", 1)
    (uploads.parent / "secret_key.txt").write_text("hunter2")
    addresses = [
        "/uploads", "/uploads/", folder, f"{folder}/", f"{folder}/..", f"{folder}/../../secret_key.txt",
        f"{folder}/%2e%2e%2f%2e%2e%2fsecret_key.txt", f"{folder}/..%2f{name}", "/uploads/..%2fsecret_key.txt",
        "/uploads/../secret_key.txt", f"{folder}//{name}", f"{folder}/{name}/",
        f"{folder}/{name}%00", f"/uploads/{str(stored.conversation_id).upper()}/{name}",
        f"{folder}/%00", f"{folder}/{name}%0a", f"{folder}/{name.upper()}", f"{folder}/%",
        f"{folder}/é", f"{folder}/{'x' * 3000}", f"/uploads/{other.id}/{name}", f"/uploads/{uuid.uuid4()}/{name}",
        f"/uploads/{name}", f"{folder}/{name.replace('.png', '.jpg')}", f"{folder}/\\..\\{name}",
    ]  # fmt: skip
    for address in addresses:
        answer = owners.get(address, headers={"accept": "text/html"})
        assert answer.status_code == 404, address
        assert error_of(answer) == "not_found", address
    assert owners.get(stored.url).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_a_file_is_only_read(owners, stored, error_of, method):
    answer = getattr(owners, method)(stored.url)
    assert answer.status_code in ((405, 200) if method == "options" else (405,))
    assert default_storage.exists(stored.file.name)


# How a file is given


def test_a_file_is_given_as_what_it_is_and_as_nothing_else(owners, stored):
    answer = owners.get(stored.url, headers={"accept": "image/avif,image/png"})
    assert b"".join(answer.streaming_content) == default_storage.open(stored.file.name).read()
    assert {name: answer[name] for name in (
        "Content-Type", "Content-Length", "Content-Disposition", "X-Content-Type-Options", "Cache-Control",
        "Content-Security-Policy", "X-Frame-Options",
    )} == {
        "Content-Type": "image/png",
        "Content-Length": str(stored.size),
        "Content-Disposition": f'inline; filename="{stored.url.rsplit("/", 1)[1]}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Frame-Options": "DENY",
    }  # fmt: skip


def test_the_head_of_a_file_can_be_asked_for(owners, stored):
    answer = owners.head(stored.url)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(stored.size))


async def test_a_file_is_given_under_asgi_too(stored, owner, tokens_of):
    access = (await sync_to_async(tokens_of)(owner)).access
    answer = await AsyncClient().get(stored.url, headers={"authorization": f"Bearer {access}"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert len(b"".join([part async for part in answer])) == stored.size


def test_a_file_that_is_gone_is_not_found_and_its_name_not_logged(owners, owner, conversation, error_of, logged):
    stored = services.add_attachment(
        user=owner, conversation_id=conversation.id, file=picture("peculiarwords.png"), metadata={}
    )
    default_storage.delete(stored.file.name)
    answer = owners.get(stored.url)
    assert (answer.status_code, error_of(answer)) == (404, "not_found")
    assert [line for line in logged() if str(conversation.id) in line]
    assert not [line for line in logged() if "peculiarwords" in line]


def test_the_file_of_a_deleted_conversation_is_not_found(owners, stored, conversation, error_of, uploads):
    assert owners.delete(f"/api/conversations/{conversation.id}").status_code == 204
    answer = owners.get(stored.url)
    assert (answer.status_code, error_of(answer)) == (404, "not_found")
    assert list(uploads.iterdir()) == []


# For staff


def test_staff_see_that_there_is_a_file_and_none_of_its_names(owner, conversation, colleague):
    stored = services.add_attachment(
        user=owner, conversation_id=conversation.id, file=picture("peculiarwords.png"), metadata={"a": "peculiarwords"}
    )
    client = Client()
    client.force_login(colleague)
    listed = client.get("/admin/chat/attachment/")
    assert listed.status_code == 200
    assert str(stored.id) in listed.content.decode()
    assert "peculiarwords" not in listed.content.decode()
    page = client.get(f"/admin/chat/attachment/{stored.id}/change/")
    assert page.status_code == 200
    assert f"/admin/chat/conversation/{conversation.id}/read/" in page.content.decode()
    assert stored.url not in page.content.decode()
    assert client.post(f"/admin/chat/attachment/{stored.id}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/chat/attachment/?q=peculiarwords").status_code == 200
    assert Attachment.objects.exists()


def test_staff_without_the_permission_see_none(colleague, stored):
    colleague.groups.clear()
    client = Client()
    client.force_login(colleague)
    assert client.get("/admin/chat/attachment/").status_code == 403
    assert client.get(f"/admin/chat/attachment/{stored.id}/change/").status_code == 403


# Speech for the composer


def hear(client, address, file=None):
    return client.post(address, {"file": file or recording()}, format="multipart")


def speak(client, address, type="audio", **form):
    return client.post(address, {"type": type, "file": recording(1.5), **form}, format="multipart")


def test_a_recording_becomes_text_and_nothing_is_stored(owners, transcriptions_at, recogniser, uploads):
    answer = hear(owners, transcriptions_at)
    assert (answer.status_code, answer.json()) == (
        200,
        {"text": "My knee hurts.", "language": "en", "duration": pytest.approx(1.0, abs=0.05)},
    )
    assert files_in(uploads) == []
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()


def test_a_recogniser_may_not_know_the_language(owners, transcriptions_at, recogniser):
    recogniser.language = None
    assert hear(owners, transcriptions_at).json()["language"] is None


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (lambda: picture("speech.wav", b"hello", "audio/wav"), "unsupported_file"),
        (lambda: picture("speech.wav", plain(), "audio/wav"), "unsupported_file"),
        (lambda: picture("speech.wav", b"", "audio/wav"), "unsupported_file"),
        (lambda: picture("speech.wav", recording().read()[:30], "audio/wav"), "audio_unreadable"),
        (lambda: recording(200), "audio_too_long"),
    ],
)
def test_what_is_no_recording_is_refused_before_a_recogniser_hears_it(
    owners, transcriptions_at, messages_at, recogniser, error_of, file, code
):
    for answer in (hear(owners, transcriptions_at, file()), speak(owners, messages_at, file=file())):
        assert (answer.status_code, error_of(answer)) == (400, code)
    assert recogniser.heard == []
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_silence_becomes_no_message(owners, transcriptions_at, messages_at, recogniser, error_of, text):
    recogniser.text = text
    for answer in (hear(owners, transcriptions_at), speak(owners, messages_at, content="Listen:")):
        assert (answer.status_code, error_of(answer)) == (400, "nothing_heard")
    assert not Message.objects.exists()


def test_without_a_recogniser_speech_is_unavailable(owners, transcriptions_at, messages_at, monkeypatch, error_of):
    monkeypatch.setattr(wiring, "transcriber", lambda: None)
    for answer in (hear(owners, transcriptions_at), speak(owners, messages_at)):
        assert (answer.status_code, error_of(answer)) == (503, "speech_unavailable")


def test_a_recogniser_that_fails_says_why_in_plain_words(owners, transcriptions_at, recogniser, error_of, logged):
    recogniser.fails = ProviderError("The speech server is away.", retryable=True, detail="connection refused")
    answer = hear(owners, transcriptions_at)
    assert (answer.status_code, error_of(answer)) == (503, "speech_unavailable")
    assert answer.json()["error"]["message"] == "The speech server is away."
    assert [line for line in logged() if "connection refused" in line]


def test_only_so_many_recordings_are_heard_at_once(
    client_of, owner, transcriptions_at, recogniser, settings, monkeypatch, error_of, at_once
):
    settings.MAX_TRANSCRIPTIONS_AT_ONCE = 2
    monkeypatch.setattr(speech, "WAIT_SECONDS", 0.0)
    speech._places.cache_clear()
    hearing, may_end = threading.Semaphore(0), threading.Event()

    class Slow(Recogniser):
        def transcribe(self, recording):
            hearing.release()
            assert may_end.wait(timeout=30)
            return super().transcribe(recording)

    slow = Slow()
    monkeypatch.setattr(wiring, "transcriber", lambda: slow)
    client, first = client_of(owner), threading.Semaphore(2)

    def one():
        if first.acquire(blocking=False):
            return hear(client, transcriptions_at).status_code
        assert hearing.acquire(timeout=30)
        if not hearing.acquire(timeout=30):
            raise AssertionError
        try:
            return error_of(hear(client, transcriptions_at))
        finally:
            may_end.set()

    assert sorted(at_once(one, 3), key=str) == [200, 200, "speech_busy"]
    assert hear(client, transcriptions_at).status_code == 200, "places are given back"
    speech._places.cache_clear()


def test_places_are_given_back_whatever_happened(owners, transcriptions_at, recogniser, settings, monkeypatch):
    settings.MAX_TRANSCRIPTIONS_AT_ONCE = 1
    monkeypatch.setattr(speech, "WAIT_SECONDS", 0.0)
    speech._places.cache_clear()
    assert hear(owners, transcriptions_at, picture()).status_code == 400
    recogniser.fails = ProviderError("Away.", retryable=True)
    assert hear(owners, transcriptions_at).status_code == 503
    recogniser.fails = None
    assert hear(owners, transcriptions_at).status_code == 200
    speech._places.cache_clear()


# Speech in one step


@pytest.mark.parametrize("type", ["audio", "voice"])
def test_what_was_said_is_a_message_with_a_reply(owners, messages_at, recogniser, uploads, type):
    answer = speak(owners, messages_at, type=type)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["type"], body["content"], body["attachments"]) == ("audio", "My knee hurts.", [])
    assert body["metadata"] == {"speech": {"language": "en", "duration": pytest.approx(1.5, abs=0.05)}}
    assert not {"url", "mime_type", "size"} & set(body)
    question, reply = owners.get(messages_at).json()["results"]
    assert question == {key: body[key] for key in question}
    assert (reply["id"], reply["status"]) == (body["replyId"], "queued")
    assert files_in(uploads) == []


def test_what_was_said_stands_behind_what_was_written(owners, messages_at, recogniser):
    assert speak(owners, messages_at, content="Please listen.").json()["content"] == "Please listen.\n\nMy knee hurts."


def test_what_was_said_is_screened(owners, messages_at, recogniser, error_of):
    recogniser.text = CRISIS
    answer = speak(owners, messages_at)
    assert (answer.status_code, error_of(answer)) == (422, "unsafe")
    message = Message.objects.get(id=answer.json()["id"])
    assert message.type == "audio"
    assert set(message.metadata) == {"speech", "flag"}


def test_the_same_recording_again_gets_the_same_answer_unheard(owners, messages_at, recogniser):
    client_message_id = str(uuid.uuid4())
    first = speak(owners, messages_at, client_message_id=client_message_id)
    recogniser.text = "Something else."
    second = speak(owners, messages_at, client_message_id=client_message_id)
    assert (first.status_code, second.json()) == (201, first.json())
    assert len(recogniser.heard) == 1


def test_the_same_recording_many_times_at_once_is_one_message(client_of, owner, messages_at, recogniser, at_once):
    client, client_message_id = client_of(owner), str(uuid.uuid4())
    answers = at_once(lambda: speak(client, messages_at, client_message_id=client_message_id), 4)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert Message.objects.count() == 2


def test_without_consent_nothing_is_heard(owners, messages_at, transcriptions_at, recogniser, error_of):
    User.objects.update(consent_version="")
    for answer in (hear(owners, transcriptions_at), speak(owners, messages_at)):
        assert (answer.status_code, error_of(answer)) == (403, "consent_required")
    assert recogniser.heard == []


def test_what_was_said_is_in_no_line_of_the_log(owners, messages_at, transcriptions_at, recogniser, logged):
    recogniser.text = "peculiarwords"
    speak(owners, messages_at, content="peculiarwords")
    hear(owners, transcriptions_at, picture("peculiarwords.wav", b"peculiarwords"))
    assert logged()
    assert not [line for line in logged() if "peculiarwords" in line]
