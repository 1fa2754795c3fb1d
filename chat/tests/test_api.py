"""Conversations and messages, over HTTP."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from chat.models import DISCLAIMER, Conversation, Message
from moderation import services as moderation
from moderation.models import Decision

pytestmark = pytest.mark.django_db

CRISIS = "I want to kill myself"
QUESTION = {"content": "What helps against a migraine?"}


def send(client, address, **body):
    return client.post(address, {**QUESTION, **body}, format="json")


# Who may do what

ROUTES = {
    "list": ("get", "/api/conversations", None, 200),
    "create": ("post", "/api/conversations", {}, 201),
    "read": ("get", "/api/conversations/{id}", None, 200),
    "rename": ("patch", "/api/conversations/{id}", {"title": "Mine"}, 200),
    "delete": ("delete", "/api/conversations/{id}", None, 204),
    "messages": ("get", "/api/conversations/{id}/messages", None, 200),
    "send": ("post", "/api/conversations/{id}/messages", QUESTION, 201),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("who", ["nobody", "owner", "outsider", "colleague"])
def test_only_the_owner_sees_and_changes_a_conversation(
    client_of, owner, outsider, colleague, conversation, error_of, who, route
):
    method, address, body, allowed = ROUTES[route]
    client = client_of({"nobody": None, "owner": owner, "outsider": outsider, "colleague": colleague}[who])
    address = address.format(id=conversation.id)
    answer = getattr(client, method)(address, body, **({} if body is None else {"format": "json"}))
    if who == "nobody":
        assert (answer.status_code, error_of(answer)) == (401, "not_authenticated")
    elif who == "owner" or "{id}" not in ROUTES[route][1]:
        assert answer.status_code == allowed
    else:
        assert (answer.status_code, error_of(answer)) == (404, "not_found")
    if who != "owner":
        conversation.refresh_from_db()
        assert (conversation.title, conversation.messages_count) == ("", 0)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{id}" in ROUTES[route][1]])
@pytest.mark.parametrize("conversation_id", ["0b0b0b0b-0000-4000-8000-000000000000", "five", "%00", "..", "é"])
def test_a_conversation_that_is_none_is_not_found(owners, error_of, route, conversation_id):
    method, address, body, _ = ROUTES[route]
    arguments = {} if body is None else {"format": "json"}
    answer = getattr(owners, method)(address.format(id=conversation_id), body, **arguments)
    assert (answer.status_code, error_of(answer)) == (404, "not_found")


def test_the_list_has_the_callers_own_and_no_others(client_of, owner, outsider, colleague, conversation):
    assert [row["id"] for row in client_of(owner).get("/api/conversations").json()["results"]] == [str(conversation.id)]
    for stranger in (outsider, colleague):
        assert client_of(stranger).get("/api/conversations").json()["results"] == []


# Listing


def test_the_list_has_the_newest_activity_first(owners, owner):
    now = timezone.now()
    for minutes in (3, 1, 2):
        Conversation.objects.create(user=owner, title=str(minutes), updated_at=now - timedelta(minutes=minutes))
    assert [row["title"] for row in owners.get("/api/conversations").json()["results"]] == ["1", "2", "3"]
    oldest = Conversation.objects.get(title="3")
    send(owners, f"/api/conversations/{oldest.id}/messages")
    assert [row["title"] for row in owners.get("/api/conversations").json()["results"]] == ["3", "1", "2"]


def test_a_conversation_has_the_fields_of_the_contract(owners, conversation):
    (row,) = owners.get("/api/conversations").json()["results"]
    assert set(row) == {
        "id", "title", "temporary", "messages_count", "created_at", "updated_at", "help", "staff",
    }  # fmt: skip
    assert row == owners.get(f"/api/conversations/{conversation.id}").json()
    assert row["created_at"].endswith("Z")


def all_pages(client, address):
    pages = []
    while address:
        body = client.get(address).json()
        assert set(body) == {"results", "next", "previous"}
        pages.append(body["results"])
        address = body["next"]
    return pages


def test_paging_shows_every_conversation_once_also_where_times_are_equal(owners, owner):
    now = timezone.now()
    Conversation.objects.bulk_create(Conversation(user=owner, title=str(n), updated_at=now) for n in range(7))
    pages = all_pages(owners, "/api/conversations?page_size=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {row["title"] for page in pages for row in page} == {str(n) for n in range(7)}


def test_one_pages_back_to_where_one_was(owners, owner):
    Conversation.objects.bulk_create(Conversation(user=owner, title=str(n)) for n in range(5))
    first = owners.get("/api/conversations?page_size=2").json()
    second = owners.get(first["next"]).json()
    assert first["previous"] is None
    assert owners.get(second["previous"]).json()["results"] == first["results"]


def cursor(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "query",
    ["cursor=garbage", f"cursor={cursor('p=abc')}", f"cursor={cursor('p=')}", f"cursor={cursor('p=1&o=x')}",
     f"cursor={cursor('p=%00')}", f"cursor={cursor('p=' + '9' * 30)}", f"cursor={cursor('p=2026-13-45')}",
     f"cursor={cursor('o=-5')}", "cursor=%00", "cursor=é", "page_size=abc", "page_size=-1", "page_size=99999999999"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/api/conversations", "messages"])
def test_a_page_that_is_none_is_no_servers_error(owners, messages_at, error_of, query, address):
    send(owners, messages_at)
    answer = owners.get(f"{messages_at if address == 'messages' else address}?{query}")
    assert answer.status_code in (200, 400, 404)
    if answer.status_code != 200:
        assert error_of(answer) in {"invalid", "not_found"}


def test_a_page_has_a_greatest_size(owners, owner):
    Conversation.objects.bulk_create(Conversation(user=owner) for _ in range(120))
    assert len(owners.get("/api/conversations?page_size=5000").json()["results"]) == 100


# Searching


@pytest.fixture
def library(owner, outsider):
    """Conversations of two people, with words in title and messages."""
    for user in (owner, outsider):
        Conversation.objects.create(user=user, title="Migraine at work")
        talk = Conversation.objects.create(user=user, title="Other")
        Message.objects.create(conversation=talk, position=1, sender="user", status="sent", content="100% Fußpilz_x")
        Conversation.objects.create(user=user, title="Empty")


def found(client, query):
    return sorted(row["title"] for row in client.get("/api/conversations", {"q": query}).json()["results"])


@pytest.mark.parametrize(
    ("query", "titles"),
    [("migraine", ["Migraine at work"]), ("MIGRAINE AT", ["Migraine at work"]), ("fußpilz", ["Other"]),
     ("100%", ["Other"]), ("z_x", ["Other"]), ("nothing of it", []), ("%", ["Other"]), ("_", ["Other"]),
     ("", ["Empty", "Migraine at work", "Other"]), ("   ", ["Empty", "Migraine at work", "Other"]),
     ("migraine\x00", ["Migraine at work"]), ("\x00", ["Empty", "Migraine at work", "Other"]), ("'; --", []),
     ("\\", [])],
)  # fmt: skip
def test_searching_looks_in_ones_own_titles_and_messages(owners, library, query, titles):
    assert found(owners, query) == titles


def test_searching_finds_nothing_of_others(client_of, colleague, library):
    assert found(client_of(colleague), "migraine") == []


def test_a_search_as_long_as_a_book_is_no_error(owners, library):
    assert owners.get("/api/conversations", {"q": "migraine " * 5000}).status_code == 200


def test_a_conversation_with_many_hits_is_found_once(owners, owner):
    talk = Conversation.objects.create(user=owner, title="cough")
    Message.objects.bulk_create(
        Message(conversation=talk, position=n, sender="user", status="sent", content="cough") for n in range(1, 5)
    )
    assert found(owners, "cough") == ["cough"]


# Creating, renaming, deleting


def test_a_conversation_is_created_with_or_without_a_title(owners, owner):
    named = owners.post("/api/conversations", {"title": "  My head  "}, format="json")
    assert (named.status_code, named.json()["title"]) == (201, "My head")
    unnamed = owners.post("/api/conversations", {}, format="json")
    assert (unnamed.status_code, unnamed.json()["title"], unnamed.json()["messages_count"]) == (201, "", 0)
    assert set(Conversation.objects.values_list("user_id", flat=True)) == {owner.id}


@pytest.mark.parametrize("title", ["x" * 201, None, [], {}, True, "a\x00b"])
@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_bad_title_is_refused(owners, conversation, error_of, method, title):
    address = "/api/conversations" if method == "post" else f"/api/conversations/{conversation.id}"
    answer = getattr(owners, method)(address, {"title": title}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["title"]
    conversation.refresh_from_db()
    assert conversation.title == ""


def test_a_conversation_can_be_renamed(owners, conversation):
    answer = owners.patch(f"/api/conversations/{conversation.id}", {"title": "🌙 Sleep"}, format="json")
    assert (answer.status_code, answer.json()["title"]) == (200, "🌙 Sleep")
    assert owners.get(f"/api/conversations/{conversation.id}").json() == answer.json()


def test_only_the_title_can_be_changed(owners, conversation):
    before = owners.get(f"/api/conversations/{conversation.id}").json()
    body = {"id": str(uuid.uuid4()), "messages_count": 9, "updated_at": "2001-01-01T00:00:00Z", "user": "x"}
    answer = owners.patch(f"/api/conversations/{conversation.id}", body, format="json")
    assert (answer.status_code, answer.json()) == (200, before)


def test_a_temporary_conversation_is_open_to_its_owner_and_stands_in_no_list(owners):
    made = owners.post("/api/conversations", {"temporary": True}, format="json").json()
    assert made["temporary"] is True
    assert send(owners, f"/api/conversations/{made['id']}/messages").status_code == 201
    assert owners.get(f"/api/conversations/{made['id']}").json()["temporary"] is True
    assert owners.get("/api/conversations").json()["results"] == []
    assert owners.get("/api/conversations?q=migraine").json()["results"] == []


def test_what_was_decided_in_a_temporary_conversation_stays_when_it_is_left(owners):
    made = owners.post("/api/conversations", {"temporary": True}, format="json").json()
    send(owners, f"/api/conversations/{made['id']}/messages", content=CRISIS)
    assert owners.delete(f"/api/conversations/{made['id']}").status_code == 204
    assert owners.get(f"/api/conversations/{made['id']}").status_code == 404
    assert Decision.objects.filter(conversation_id=made["id"]).exists()


def test_a_conversation_stays_what_it_was_made(owners, conversation):
    owners.patch(f"/api/conversations/{conversation.id}", {"temporary": True}, format="json")
    conversation.refresh_from_db()
    assert not conversation.temporary


def test_deleting_leaves_nothing_of_it_and_all_of_others(owners, owner, conversation, messages_at):
    other = Conversation.objects.create(user=owner)
    send(owners, messages_at)
    send(owners, f"/api/conversations/{other.id}/messages")
    assert owners.delete(f"/api/conversations/{conversation.id}").status_code == 204
    assert owners.get(f"/api/conversations/{conversation.id}").status_code == 404
    assert owners.get(messages_at).status_code == 404
    assert owners.delete(f"/api/conversations/{conversation.id}").status_code == 404
    assert {message.conversation_id for message in Message.objects.all()} == {other.id}


# The title from the first question


def test_the_first_question_makes_the_title_and_the_second_does_not(owners, conversation, messages_at):
    send(owners, messages_at, content="  What helps\n against   a migraine? ")
    send(owners, messages_at, content="And for children?")
    assert owners.get(f"/api/conversations/{conversation.id}").json()["title"] == "What helps against a migraine?"


def test_a_long_question_makes_a_short_title_of_whole_words(owners, conversation, messages_at):
    send(owners, messages_at, content="What can I do, at home, against " + "very " * 20 + "bad hiccups?")
    title = owners.get(f"/api/conversations/{conversation.id}").json()["title"]
    assert title == "What can I do, at home, against very very very very very…"
    assert len(title) <= 61


def test_one_endless_word_makes_a_title_too(owners, conversation, messages_at):
    send(owners, messages_at, content="a" * 500)
    assert owners.get(f"/api/conversations/{conversation.id}").json()["title"].lower() == "a" * 60 + "…"


def test_a_title_that_was_given_stays(owners, conversation, messages_at):
    owners.patch(f"/api/conversations/{conversation.id}", {"title": "Mine"}, format="json")
    send(owners, messages_at)
    assert owners.get(f"/api/conversations/{conversation.id}").json()["title"] == "Mine"


def test_a_crisis_is_never_a_title(owners, conversation, messages_at):
    send(owners, messages_at, content=CRISIS)
    title = owners.get(f"/api/conversations/{conversation.id}").json()["title"]
    assert title.startswith("Conversation")
    assert "kill" not in title


# messages_count is the database's


def count_of(client, conversation):
    return client.get(f"/api/conversations/{conversation.id}").json()["messages_count"]


def test_messages_are_counted_whatever_inserts_and_deletes_them(owners, owner, conversation, messages_at):
    bystander = Conversation.objects.create(user=owner)
    send(owners, messages_at)
    assert count_of(owners, conversation) == 2
    Message.objects.bulk_create(
        Message(conversation=conversation, position=n, sender="staff", status="sent") for n in range(10, 15)
    )
    assert count_of(owners, conversation) == 7
    Message.objects.filter(position=10).delete()
    assert count_of(owners, conversation) == 6
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM chat_message WHERE position IN (11, 12)")
    assert count_of(owners, conversation) == 4
    Message.objects.get(sender="user").delete()  # and with it, by cascade, its reply
    assert count_of(owners, conversation) == 2
    Message.objects.all().delete()
    assert count_of(owners, conversation) == 0
    assert count_of(owners, bystander) == 0


def test_a_user_goes_with_all_that_is_theirs(owners, owner, outsider, conversation, messages_at):
    other = Conversation.objects.create(user=outsider)
    send(owners, messages_at)
    owner.delete()
    assert not Message.objects.exists()
    assert list(Conversation.objects.all()) == [other]


# Sending


def test_a_message_is_answered_with_itself_and_its_reply(owners, conversation, messages_at):
    client_message_id = str(uuid.uuid4())
    answer = send(owners, messages_at, client_message_id=client_message_id)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {
        "id", "conversation", "sender", "type", "content", "status", "metadata", "client_message_id", "reply_to",
        "attachments", "disclaimer", "feedback", "created_at", "replyId",
    }  # fmt: skip
    assert (body["sender"], body["type"], body["status"]) == ("user", "text", "sent")
    assert (body["content"], body["client_message_id"]) == (QUESTION["content"], client_message_id)
    assert (body["conversation"], body["reply_to"], body["disclaimer"]) == (str(conversation.id), None, None)
    question, reply = owners.get(messages_at).json()["results"]
    assert question == {key: value for key, value in body.items() if key != "replyId"}
    assert (reply["id"], reply["reply_to"], reply["status"]) == (body["replyId"], body["id"], "queued")
    assert (reply["sender"], reply["disclaimer"]) == ("assistant", DISCLAIMER)


def test_messages_come_in_the_order_of_sending_whatever_the_clock_says(owners, conversation, messages_at):
    for number in range(4):
        send(owners, messages_at, content=f"Question {number}")
        Message.objects.update(created_at=timezone.now() - timedelta(days=number))
    pages = all_pages(owners, f"{messages_at}?page_size=3")
    contents = [row["content"] for page in pages for row in page if row["sender"] == "user"]
    assert contents == [f"Question {number}" for number in range(4)]
    assert [row["sender"] for page in pages for row in page] == ["user", "assistant"] * 4


def test_the_same_send_again_gets_the_same_answer_and_no_second_reply(owners, messages_at):
    client_message_id = str(uuid.uuid4())
    answers = [send(owners, messages_at, client_message_id=client_message_id) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert Message.objects.count() == 2


def test_the_same_send_with_other_words_gets_the_first_answer(owners, messages_at):
    client_message_id = str(uuid.uuid4())
    first = send(owners, messages_at, client_message_id=client_message_id)
    second = send(owners, messages_at, client_message_id=client_message_id, content="Something else")
    assert second.json() == first.json()


def test_without_an_id_every_send_is_a_message_of_its_own(owners, messages_at):
    assert send(owners, messages_at).json()["id"] != send(owners, messages_at).json()["id"]


def test_the_same_send_twenty_times_at_once_is_one_message(transactional_db, client_of, owner, messages_at, at_once):
    client, client_message_id = client_of(owner), str(uuid.uuid4())
    answers = at_once(lambda: send(client, messages_at, client_message_id=client_message_id), 20)
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.content for answer in answers}) == 1
    assert Message.objects.count() == 2
    assert count_of(client, Conversation.objects.get()) == 2


def test_many_sends_at_once_are_all_kept_in_an_order(transactional_db, client_of, owner, messages_at, at_once):
    client = client_of(owner)
    answers = at_once(lambda: send(client, messages_at), 10)
    assert [answer.status_code for answer in answers] == [201] * 10
    assert list(Message.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 21))
    rows = client.get(messages_at).json()["results"]
    assert [row["sender"] for row in rows] == ["user", "assistant"] * 10


@pytest.mark.parametrize("content", ["", " ", "\n\t \r", "\u00a0\u2003\u3000"])
def test_an_empty_message_is_refused(owners, messages_at, error_of, content):
    answer = send(owners, messages_at, content=content)
    assert (answer.status_code, error_of(answer)) == (400, "message_empty")
    assert not Message.objects.exists()


def test_a_message_may_be_so_long_and_no_longer(owners, messages_at, error_of):
    limit = settings.MAX_MESSAGE_CHARS
    assert send(owners, messages_at, content="🌙" * limit).status_code == 201
    for length in (limit + 1, 100_000):
        answer = send(owners, messages_at, content="a" * length)
        assert (answer.status_code, error_of(answer)) == (400, "message_too_long")
        assert f"{limit:,}" in answer.json()["error"]["message"]
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("content", None), ("content", ["a"]), ("content", {"a": 1}), ("content", True), ("content", "a\x00b"),
     ("type", "image"), ("type", None), ("type", 5), ("type", []),
     ("client_message_id", "five"), ("client_message_id", ["a"]), ("client_message_id", None),
     ("client_message_id", {"a": 1}), ("client_message_id", -1), ("client_message_id", 2**200)],
)  # fmt: skip
def test_a_field_of_the_wrong_kind_is_refused_by_name(owners, messages_at, error_of, field, value):
    answer = send(owners, messages_at, **{field: value})
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body", ["{", "[]", "null", '"text"', "5", "{}", "NaN", "[" * 100_000, r'{"content": "\ud800"}']
)
def test_a_body_that_is_no_message_is_answered_in_the_one_shape(owners, messages_at, error_of, body):
    answer = owners.post(messages_at, body, content_type="application/json")
    assert answer.status_code == 400
    assert error_of(answer) in {"invalid", "invalid_json"}
    assert not Message.objects.exists()


def test_a_message_is_json(owners, messages_at, error_of):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "\u00e9"):
        answer = owners.post(messages_at, "content=What", content_type=kind)
        assert (answer.status_code, error_of(answer)) == (415, "unsupported_media_type")


def test_fields_that_are_unknown_are_left_alone(owners, messages_at):
    answer = send(owners, messages_at, sender="staff", status="done", position=5, metadata={"kind": "safety"})
    assert answer.status_code == 201
    assert (answer.json()["sender"], answer.json()["status"], answer.json()["metadata"]) == ("user", "sent", {})


def test_a_refused_message_leaves_no_words_in_the_log(owners, messages_at, logged):
    for body in ({"content": "peculiarwords " * 5000}, {"content": {"a": "peculiarwords"}}, {"type": "peculiarwords"}):
        send(owners, messages_at, **body)
    owners.post(messages_at, '{"content": "peculiarwords', content_type="application/json")
    lines = logged()
    assert len(lines) == 4
    assert not [line for line in lines if "peculiarwords" in line]


# What is blocked


def test_a_blocked_message_is_stored_and_answered_with_the_safe_text(owners, owner, messages_at, error_of):
    client_message_id = str(uuid.uuid4())
    answer = send(owners, messages_at, content=CRISIS, client_message_id=client_message_id)
    assert (answer.status_code, error_of(answer)) == (422, "unsafe")
    body = answer.json()
    assert set(body) == {"error", "id", "replyId", "reply"}
    question, reply = owners.get(messages_at).json()["results"]
    assert (question["id"], reply["id"], reply) == (body["id"], body["replyId"], body["reply"])
    assert question["content"] == CRISIS
    assert (reply["status"], reply["metadata"]["kind"]) == ("done", "safety")
    assert reply["content"] == moderation.safe_reply("self_harm_crisis")
    assert reply["disclaimer"] == DISCLAIMER
    assert reply["metadata"]["flag"]["emergency"]["countries"]
    again = send(owners, messages_at, content=CRISIS, client_message_id=client_message_id)
    assert (again.status_code, again.json()) == (422, body)
    decision = Decision.objects.get()
    assert (decision.patient_id, str(decision.message_id)) == (owner.id, body["id"])


def test_whoever_sends_without_a_socket_is_told_whom_to_call(owners, messages_at):
    body = send(owners, messages_at, content="I have crushing chest pain and can't breathe").json()
    assert (body["flag"]["category"], bool(body["flag"]["emergency"]["countries"])) == ("medical_emergency", True)
    assert owners.get(messages_at).json()["results"][1]["metadata"]["flag"] == body["flag"]


def test_a_decision_copies_no_text(owners, messages_at):
    send(owners, messages_at, content=f"{CRISIS}, peculiarwords")
    decision = Decision.objects.get()
    assert "peculiarwords" not in json.dumps([str(getattr(decision, f.attname)) for f in decision._meta.fields])
    assert (decision.severity, decision.category, decision.action) == ("high", "self_harm_crisis", "blocked")
    assert (decision.review, bool(decision.rule), bool(decision.rules_version)) == ("open", True, True)


def test_a_text_that_cant_be_screened_gets_the_safe_text_and_is_shown_to_staff(
    owners, messages_at, error_of, monkeypatch, logged
):
    def broken():
        raise RuntimeError("peculiarwords")

    monkeypatch.setattr(moderation, "shipped_rules", broken)
    answer = send(owners, messages_at, content="What helps? peculiarwords")
    assert (answer.status_code, error_of(answer)) == (422, "unsafe")
    assert answer.json()["reply"]["content"] == moderation.safe_reply("unscreened")
    decision = Decision.objects.get()
    assert (decision.severity, decision.category, decision.action) == ("high", "unscreened", "unscreened")
    assert not [line for line in logged() if "peculiarwords" in line]


def test_without_consent_nothing_is_sent(owners, messages_at, error_of):
    User.objects.update(consent_version="")
    answer = send(owners, messages_at)
    assert (answer.status_code, error_of(answer)) == (403, "consent_required")
    assert not Message.objects.exists()
