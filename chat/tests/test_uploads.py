"""Files over HTTP: what is taken, what is refused, and that a send with a picture is one send."""

from __future__ import annotations

import json
import uuid

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat import services
from chat.models import Attachment, Conversation, Message
from chat.tests.hostile_pictures import REFUSED, SECRETS, plain, with_exif
from chat.tests.sockets import PATIENCE
from chat.tests.uploads import files_in, picture, store_under
from veda.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

CRISIS = "I want to kill myself"


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    return store_under(settings, tmp_path)


@pytest.fixture
def attachments_at(conversation):
    return f"/api/conversations/{conversation.id}/attachments"


def send(client, address, **form):
    return client.post(address, {"type": "image", "file": picture(), **form}, format="multipart")


def add(client, address, file=None, **form):
    return client.post(address, {"file": file or picture(), **form}, format="multipart")


# A picture with its message


def test_a_picture_is_stored_and_sent(owners, conversation, messages_at, uploads):
    answer = send(owners, messages_at, content="What is this?", metadata='{"width": 64}')
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    (attachment,) = body["attachments"]
    assert set(attachment) == {"id", "url", "type", "mime_type", "size", "width", "height"}
    assert attachment["url"].startswith(f"/uploads/{conversation.id}/")
    assert (attachment["type"], attachment["mime_type"]) == ("image", "image/png")
    assert (attachment["width"], attachment["height"]) == (64, 48)
    (file,) = files_in(uploads)
    assert file.stat().st_size == attachment["size"]
    assert {key: body[key] for key in ("url", "type", "mime_type", "size")} == {
        key: attachment[key] for key in ("url", "type", "mime_type", "size")
    }
    assert body["metadata"] == {key: attachment[key] for key in ("url", "mime_type", "size")}
    question, reply = owners.get(messages_at).json()["results"]
    assert question == {key: body[key] for key in question}
    assert (reply["id"], reply["status"], reply["attachments"]) == (body["replyId"], "queued", [])
    assert Attachment.objects.get().metadata == {"width": 64}


def test_a_picture_needs_no_words_and_names_the_conversation_then(owners, conversation, messages_at):
    assert send(owners, messages_at).status_code == 201
    assert owners.get(f"/api/conversations/{conversation.id}").json()["title"] == "A picture"
    assert Message.objects.get(sender="user").content == ""


def test_words_beside_a_picture_are_the_title_and_are_screened(owners, conversation, messages_at, error_of, uploads):
    assert send(owners, messages_at, content="what is this spot?").status_code == 201
    assert owners.get(f"/api/conversations/{conversation.id}").json()["title"] == "What is this spot?"
    blocked = send(owners, messages_at, content=CRISIS)
    assert (blocked.status_code, error_of(blocked)) == (422, "unsafe")
    assert Message.objects.get(id=blocked.json()["id"]).attachments.count() == 1
    assert Message.objects.get(id=blocked.json()["replyId"]).metadata["kind"] == "safety"
    assert len(files_in(uploads)) == 2


def test_nothing_of_a_pictures_metadata_is_stored(owners, messages_at, uploads):
    file = picture("IMG_1.jpg", with_exif())
    assert send(owners, messages_at, file=file).status_code == 201
    (stored,) = files_in(uploads)
    assert not [secret for secret in SECRETS if secret in stored.read_bytes()]


def test_the_content_decides_and_neither_name_nor_declared_type(owners, messages_at):
    answer = send(owners, messages_at, file=picture("page.html", plain("JPEG"), "text/html"))
    assert (answer.status_code, answer.json()["mime_type"]) == (201, "image/jpeg")
    assert answer.json()["url"].endswith("_page.jpg")


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("route", ["messages", "attachments"])
def test_what_is_no_picture_leaves_nothing(owners, conversation, error_of, uploads, name, route):
    make, code = REFUSED[name]
    answer = owners.post(
        f"/api/conversations/{conversation.id}/{route}",
        {"type": "image", "file": picture("rash.png", make())},
        format="multipart",
    )
    assert (answer.status_code, error_of(answer)) == (400, code)
    assert files_in(uploads) == []
    assert not Attachment.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("form", "code"),
    [({"content": "x" * 9000}, "message_too_long"), ({"client_message_id": "five"}, "invalid")],
)
def test_a_send_that_is_refused_leaves_no_file(owners, messages_at, error_of, uploads, form, code):
    answer = send(owners, messages_at, **form)
    assert (answer.status_code, error_of(answer)) == (400, code)
    assert files_in(uploads) == []
    assert not Attachment.objects.exists()


def test_a_send_that_fails_leaves_no_file(owners, conversation, owner, monkeypatch, uploads):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(services.attachments, "attach", broken)
    with pytest.raises(RuntimeError):
        services.send_picture(
            user=owner,
            conversation_id=conversation.id,
            file=picture(),
            content="",
            client_message_id=None,
            metadata={},
        )
    assert files_in(uploads) == []
    assert not Attachment.objects.exists()
    assert not Message.objects.exists()


def test_without_consent_no_picture_is_taken(owners, messages_at, attachments_at, error_of, uploads):
    User.objects.update(consent_version="")
    for answer in (send(owners, messages_at), add(owners, attachments_at)):
        assert (answer.status_code, error_of(answer)) == (403, "consent_required")
    assert files_in(uploads) == []


# The same send again


def test_the_same_picture_sent_again_gets_the_same_answer(owners, messages_at, uploads):
    client_message_id = str(uuid.uuid4())
    answers = [send(owners, messages_at, client_message_id=client_message_id) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert len(files_in(uploads)) == Attachment.objects.count() == 1


def test_the_same_picture_sent_many_times_at_once_is_one_message(client_of, owner, messages_at, at_once, uploads):
    client, client_message_id = client_of(owner), str(uuid.uuid4())
    answers = at_once(lambda: send(client, messages_at, client_message_id=client_message_id), 8)
    assert [answer.status_code for answer in answers] == [201] * 8
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert Message.objects.count() == 2
    assert len(files_in(uploads)) == Attachment.objects.count() == 1


def test_the_same_send_of_an_attachment_at_once_is_one_message(client_of, owner, messages_at, attachments_at, at_once):
    client = client_of(owner)
    attachment_id = add(client, attachments_at).json()["id"]
    body = {"content": "", "client_message_id": str(uuid.uuid4()), "attachments": [attachment_id]}
    answers = at_once(lambda: client.post(messages_at, body, format="json"), 8)
    assert [answer.status_code for answer in answers] == [201] * 8
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert Message.objects.count() == 2


def test_an_attachment_sent_twice_at_once_is_in_one_message(client_of, owner, messages_at, attachments_at, at_once):
    client = client_of(owner)
    body = {"content": "", "attachments": [add(client, attachments_at).json()["id"]]}
    answers = at_once(lambda: client.post(messages_at, body, format="json"), 6)
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 5
    assert Message.objects.count() == 2
    assert client.get(f"{messages_at.removesuffix('/messages')}").json()["messages_count"] == 2


# Attachments, then a send that names them


def test_an_attachment_is_stored_and_gets_no_reply(owners, attachments_at, uploads):
    answer = add(owners, attachments_at, metadata='{"from": "camera"}')
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "url", "type", "mime_type", "size", "width", "height"}
    assert not Message.objects.exists()
    assert len(files_in(uploads)) == 1
    assert Attachment.objects.get().metadata == {"from": "camera"}


def test_a_send_names_its_attachments_in_its_own_order(owners, messages_at, attachments_at):
    ids = [add(owners, attachments_at).json()["id"] for _ in range(4)]
    ids.reverse()
    answer = owners.post(messages_at, {"content": "Which?", "attachments": ids}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (201, "image")
    assert [row["id"] for row in answer.json()["attachments"]] == ids
    assert answer.json()["url"] == answer.json()["attachments"][0]["url"]
    (question, _) = owners.get(messages_at).json()["results"]
    assert [row["id"] for row in question["attachments"]] == ids


def test_an_attachment_named_twice_is_shown_once(owners, messages_at, attachments_at):
    attachment_id = add(owners, attachments_at).json()["id"]
    answer = owners.post(messages_at, {"content": "", "attachments": [attachment_id] * 2}, format="json")
    assert [row["id"] for row in answer.json()["attachments"]] == [attachment_id]


def test_an_attachment_that_isnt_this_conversations_or_was_sent_is_unknown(
    client_of, owner, outsider, owners, messages_at, attachments_at, error_of
):
    def attachment_of(user):
        other = Conversation.objects.create(user=user)
        return add(client_of(user), f"/api/conversations/{other.id}/attachments").json()["id"]

    good, sent = (add(owners, attachments_at).json()["id"] for _ in range(2))
    assert owners.post(messages_at, {"content": "", "attachments": [sent]}, format="json").status_code == 201
    for bad in (str(uuid.uuid4()), sent, attachment_of(owner), attachment_of(outsider)):
        answer = owners.post(messages_at, {"content": "Which?", "attachments": [good, bad]}, format="json")
        assert (answer.status_code, error_of(answer)) == (400, "unknown_attachment")
    assert Message.objects.count() == 2
    assert owners.post(messages_at, {"content": "", "attachments": [good]}, format="json").status_code == 201


@pytest.mark.parametrize(
    "value", ["x", None, {}, 5, ["five"], [None], [["a"]], [{}], [str(uuid.uuid4()) for _ in range(5)]]
)
def test_attachments_of_the_wrong_kind_are_refused_by_name(owners, messages_at, error_of, value):
    answer = owners.post(messages_at, {"content": "Which?", "attachments": value}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert {name.split(".")[0] for name in answer.json()["error"]["fields"]} == {"attachments"}


def test_an_empty_list_of_attachments_is_a_message_as_ever(owners, messages_at, error_of):
    answer = owners.post(messages_at, {"content": "What helps?", "attachments": []}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (201, "text")
    answer = owners.post(messages_at, {"content": " ", "attachments": []}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "message_empty")


def test_listing_pictures_asks_no_more_of_the_database_for_more_of_them(owners, messages_at):
    asked = []
    for _ in range(3):
        send(owners, messages_at)
        with CaptureQueriesContext(connection) as queries:
            owners.get(messages_at)
        asked.append(len(queries))
    assert asked[0] == asked[2]


# On the socket


@pytest.fixture
def attached(owner, conversation):
    return services.add_attachment(user=owner, conversation_id=conversation.id, file=picture(), metadata={})


async def test_a_socket_sends_attachments_too(attached, running, script, owner, conversation, connect):
    sender, other = await connect(owner, conversation), await connect(owner, conversation)
    frame = {"client_message_id": str(uuid.uuid4()), "content": "", "attachments": [str(attached.id)]}
    for _ in range(2):
        await sender.send("message", **frame)
    first, again = await sender.until("ack"), await sender.until("ack")
    assert first == again
    assert first["message"]["type"] == "image"
    assert [row["id"] for row in first["message"]["attachments"]] == [str(attached.id)]
    assert (await other.until("ack"))["message"] == first["message"]
    late = await connect(owner, conversation)
    await late.send("resume", conversationId=str(conversation.id), lastMessageId=None, offset=0)
    done = await late.until("done")
    assert done["message"] == first["message"]
    script.say("A spot.")
    script.end()
    assert (await sender.until("done"))["message"]["attachments"] == []


async def test_a_socket_is_told_what_is_wrong_with_attachments(attached, owner, conversation, connect):
    socket = await connect(owner, conversation)
    for count, code in ((1, "unknown_attachment"), (5, "invalid")):
        client_message_id, attachments = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(count)]
        await socket.send("message", client_message_id=client_message_id, content="a", attachments=attachments)
        error = await socket.until("error")
        assert (error["error"], error["client_message_id"]) == (code, client_message_id)
    assert await database_sync_to_async(Message.objects.count)() == 0


# Forms that are none


def as_form(**fields):
    return encode_multipart(BOUNDARY, fields)


FILE_PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + plain() + b"\r\n"
TYPE_PART = b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\nimage\r\n'
OF_X = "multipart/form-data; boundary=x"

BROKEN_FORMS = {
    "no boundary": (FILE_PART, "multipart/form-data", "invalid"),
    "an endless boundary": (FILE_PART, "multipart/form-data; boundary=" + "x" * 5000, "unsupported_media_type"),
    "another boundary": (FILE_PART + b"--x--", "multipart/form-data; boundary=y", "file_missing"),
    "a boundary of another script": (FILE_PART + b"--x--", "multipart/form-data; boundary=é", "invalid"),
    "no end": (TYPE_PART + FILE_PART, OF_X, "file_missing"),
    "cut off in the file": ((TYPE_PART + FILE_PART)[:-60], OF_X, "file_missing"),
    "nothing": (b"", OF_X, "file_missing"),
    "no parts": (b"--x--\r\n", OF_X, "file_missing"),
    "noise": (bytes(range(256)) * 50, OF_X, "invalid"),
    "a part without a name": (FILE_PART.replace(b'name="file"; ', b""), OF_X, "file_missing"),
    "a file without a name": (TYPE_PART + FILE_PART.replace(b"a.png", b""), OF_X, "file_missing"),
    "endless headers": (b"--x\r\nContent-Disposition: " + b"a" * 50_000 + b"\r\n\r\n\r\n--x--", OF_X, "invalid"),
    "bad base64": (
        FILE_PART.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1) + b"--x--",
        OF_X,
        "invalid",
    ),
    "too many fields": (TYPE_PART * 1500 + b"--x--", OF_X, "invalid"),
    "too many files": (FILE_PART * 150 + b"--x--", OF_X, "invalid"),
    "JSON": (b'{"type": "image"}', OF_X, "file_missing"),
}


@pytest.mark.parametrize("name", BROKEN_FORMS)
def test_a_form_that_is_none_is_no_servers_error(owners, messages_at, error_of, uploads, name):
    body, content_type, code = BROKEN_FORMS[name]
    answer = owners.generic("POST", messages_at, body, content_type=content_type)
    assert (answer.status_code, error_of(answer)) == (415 if code == "unsupported_media_type" else 400, code)
    assert files_in(uploads) == []


@pytest.mark.parametrize(
    ("form", "code", "field"),
    [
        ({"type": "image"}, "file_missing", None),
        ({"type": "image", "file": "a text"}, "file_missing", None),
        ({"type": "image", "file": ""}, "file_missing", None),
        ({"type": "image", "picture": picture}, "file_missing", None),
        ({"type": "image", "file": picture, "second": picture}, "invalid", "file"),
        ({"type": "image", "file": [picture, picture]}, "invalid", "file"),
        ({"file": picture}, "invalid", "type"),
        ({"type": "text", "file": picture}, "invalid", "type"),
        ({"type": "video", "file": picture}, "invalid", "type"),
        ({"type": picture, "file": picture}, "invalid", "file"),
        ({"type": "image", "file": picture, "client_message_id": "five"}, "invalid", "client_message_id"),
        ({"type": "image", "file": picture, "content": "a\x00b"}, "invalid", "content"),
        ({"type": "image", "file": picture, "metadata": "{"}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": "[]"}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": "null"}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": '"text"'}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": '{"a": NaN}'}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": '{"a": 1e999}'}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": '{"a": "\\u0000"}'}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": '{"a": "\\ud800"}'}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": '{"a": ' + "[" * 1500}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": json.dumps({"a": "é" * 1200})}, "invalid", "metadata"),
        ({"type": "image", "file": picture, "metadata": json.dumps({"a": "x" * 3000})}, "invalid", "metadata"),
    ],
)
def test_a_form_of_the_wrong_kind_is_refused_by_name(owners, messages_at, error_of, uploads, form, code, field):
    made = {
        name: [one() for one in value] if isinstance(value, list) else value() if callable(value) else value
        for name, value in form.items()
    }
    answer = owners.post(messages_at, made, format="multipart")
    assert (answer.status_code, error_of(answer)) == (400, code)
    assert list(answer.json()["error"].get("fields", {})) == ([field] if field else [])
    assert files_in(uploads) == []


@pytest.mark.parametrize("name", ["a\x00.png", "..", "../../x.png", "\u202egnp.exe", "a\r\nb", "x" * 300, "%00.png"])
def test_a_file_of_any_name_is_taken(owners, messages_at, name):
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    answer = owners.generic("POST", messages_at, TYPE_PART + head + plain() + b"\r\n--x--\r\n", content_type=OF_X)
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        assert answer.json()["url"].rsplit("/", 1)[1].isascii()


# Sizes


def test_a_file_above_the_limit_is_too_large(owners, messages_at, attachments_at, settings, error_of, uploads):
    settings.UPLOAD_MAX_BYTES = 1000
    exactly = picture(data=plain()[:1000].ljust(1000, b"\0"))
    assert send(owners, messages_at, file=exactly).status_code == 201
    one_more = plain().ljust(1001, b"\0")
    for address in (messages_at, attachments_at):
        answer = send(owners, address, file=picture(data=one_more))
        assert (answer.status_code, error_of(answer)) == (413, "too_large")
    assert len(files_in(uploads)) == 1


@pytest.mark.parametrize("route", ["messages", "attachments", "transcriptions"])
def test_a_body_above_the_limit_is_refused_unparsed(owners, conversation, settings, error_of, monkeypatch, route):
    body = as_form(type="image", file=SimpleUploadedFile("a.png", bytes(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)))
    monkeypatch.setattr("chat.form_parser.MultiPartParser", None)
    answer = owners.generic(
        "POST", f"/api/conversations/{conversation.id}/{route}", body, content_type=MULTIPART_CONTENT
    )
    assert (answer.status_code, error_of(answer)) == (413, "too_large")


def test_a_text_field_above_the_limit_is_too_large(owners, messages_at, error_of):
    answer = send(owners, messages_at, content="x" * 1_100_000)
    assert (answer.status_code, error_of(answer)) == (413, "too_large")


@pytest.mark.parametrize("length", ["5", "1500", "99999999999", "-1", "many", ""])
async def test_a_length_that_lies_is_no_servers_error(owner, messages_at, tokens_of, length):
    form = as_form(type="image", file=picture())
    assert len(form) < 1500
    access = (await database_sync_to_async(tokens_of)(owner)).access
    headers = {"host": "testserver", "authorization": f"Bearer {access}", "content-type": MULTIPART_CONTENT}
    headers["content-length"] = length
    scope = {
        "type": "http", "method": "POST", "path": messages_at, "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request", "body": form})
    answer = await communicator.receive_output(PATIENCE)
    body = json.loads((await communicator.receive_output(PATIENCE))["body"])
    await communicator.wait(PATIENCE)  # else its connection to the database would never come back
    assert answer["status"] in (201, 400, 413), body
    assert answer["status"] == 201 or set(body["error"]) >= {"code", "message"}


def test_no_part_of_an_upload_is_written_elsewhere(owners, messages_at, settings, monkeypatch):
    """A killed process would leave it there."""

    def written(*_, **__):
        raise AssertionError("a temporary file")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", written)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", written)
    large = plain("PNG", (1500, 1500), compress_level=0)
    assert 5_000_000 < len(large) < settings.UPLOAD_MAX_BYTES
    assert send(owners, messages_at, file=picture(data=large)).status_code == 201


def test_a_refused_upload_leaves_no_words_in_the_log(owners, messages_at, attachments_at, logged):
    for file in (picture("peculiarwords.png", b"peculiarwords"), "peculiarwords"):
        send(owners, messages_at, file=file, content="peculiarwords", metadata="peculiarwords")
    add(owners, attachments_at, picture("peculiarwords.png", b"\xff\xd8\xffpeculiarwords"))
    owners.generic("POST", messages_at, b"peculiarwords", content_type=OF_X + "peculiarwords\xff")
    lines = logged()
    assert len(lines) >= 4
    assert not [line for line in lines if "peculiarwords" in line]


def test_the_other_routes_take_no_forms_or_json(owners, conversation, attachments_at, error_of):
    answer = owners.post("/api/conversations", {"title": "x"}, format="multipart")
    assert (answer.status_code, error_of(answer)) == (415, "unsupported_media_type")
    for address in (attachments_at, f"/api/conversations/{conversation.id}/transcriptions"):
        answer = owners.post(address, {"file": "x"}, format="json")
        assert (answer.status_code, error_of(answer)) == (415, "unsupported_media_type")


def test_head_gives_the_headers_and_no_body(owners, attachments_at):
    """What streams would follow the headers all the same, and be read as the next answer."""
    stored = add(owners, attachments_at).json()
    answer = owners.head(stored["url"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Type"] == stored["mime_type"]
    assert not answer.streaming
