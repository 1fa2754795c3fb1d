"""Thumbs on answers: whose, on what, and where they are seen again."""

from __future__ import annotations

import json
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import consents
from accounts.agreement import agreement_version
from accounts.models import User
from accounts.tests.factories import UserFactory
from chat.models import Conversation, Feedback, Message
from chat.tests.exports import exported
from chat.tests.sockets import resume
from moderation.models import Decision

pytestmark = pytest.mark.django_db

CRISIS, EMERGENCY = "I want to kill myself", "I have crushing chest pain"
COMMENT = "It was <b>peculiar</b> & clear."


def add(conversation: Conversation, position: int, sender: str, status: str) -> Message:
    return Message.objects.create(
        conversation=conversation, position=position, sender=sender, status=status, content=f"Text {position}."
    )


@pytest.fixture
def reply(conversation):
    add(conversation, 1, "user", "sent")
    return add(conversation, 2, "assistant", "done")


def address(message: Message) -> str:
    return f"/api/conversations/{message.conversation_id}/messages/{message.id}/feedback"


def give(client, message, **body):
    return client.put(address(message), {"rating": 1, **body}, format="json")


def listed(client, message):
    rows = client.get(f"/api/conversations/{message.conversation_id}/messages").json()["results"]
    return next(row["feedback"] for row in rows if row["id"] == str(message.id))


# Giving it


def test_it_is_given_changed_and_taken_back(owners, reply):
    assert listed(owners, reply) is None
    answer = give(owners, reply)
    assert (answer.status_code, answer.json()) == (200, {"rating": 1, "comment": "", "flag": None})
    assert listed(owners, reply) == {"rating": 1, "comment": ""}
    changed = {"rating": -1, "comment": COMMENT}
    assert give(owners, reply, **changed).json() == {**changed, "flag": None}
    assert listed(owners, reply) == changed
    assert give(owners, reply).json() == {"rating": 1, "comment": "", "flag": None}, "in place of the old one"
    for _ in range(2):
        assert owners.delete(address(reply)).status_code == 204
        assert listed(owners, reply) is None


@pytest.mark.parametrize("who", ["nobody", "owner", "outsider", "colleague"])
@pytest.mark.parametrize("method", ["put", "delete"])
def test_only_the_owner_gives_it_and_takes_it_back(client_of, owner, outsider, colleague, reply, error_of, who, method):
    Feedback.objects.create(message=reply, rating=-1)
    client = client_of({"nobody": None, "owner": owner, "outsider": outsider, "colleague": colleague}[who])
    answer = give(client, reply) if method == "put" else client.delete(address(reply))
    if who == "owner":
        assert answer.status_code == (200 if method == "put" else 204)
        return
    expected = (401, "not_authenticated") if who == "nobody" else (404, "not_found")
    assert (answer.status_code, error_of(answer)) == expected
    assert Feedback.objects.get().rating == -1


@pytest.mark.parametrize(
    ("sender", "status", "code"),
    [("assistant", "done", 200), ("assistant", "incomplete", 200), ("assistant", "queued", 404),
     ("assistant", "streaming", 404), ("user", "sent", 404), ("staff", "sent", 404)],
)  # fmt: skip
def test_only_on_a_reply_that_is_over(owners, conversation, sender, status, code):
    assert give(owners, add(conversation, 1, sender, status)).status_code == code


def test_only_on_a_reply_of_this_conversation(owners, owner, reply):
    other = Conversation.objects.create(user=owner)
    for path in (address(reply).replace(str(reply.conversation_id), str(other.id)),
                 address(reply).replace(str(reply.id), str(uuid.uuid4()))):  # fmt: skip
        assert owners.put(path, {"rating": 1}, format="json").status_code == 404
        assert owners.delete(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"rating": 0}, {"rating": 2}, {"rating": "1"}, {"rating": True}, {"rating": None}, {"rating": [1]},
     {"rating": {}}, {"rating": 1.5}, {"rating": 1, "comment": "x" * 1001}, {"rating": 1, "comment": 5},
     {"rating": 1, "comment": None}, {"rating": 1, "comment": "a\x00b"}, [], "up"],
)  # fmt: skip
def test_nonsense_is_told(owners, reply, error_of, body):
    answer = owners.put(address(reply), body, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert not Feedback.objects.exists()


def test_a_comment_of_the_greatest_length_is_taken(owners, reply):
    assert give(owners, reply, comment="🌙" * 1000).status_code == 200


def test_without_consent_nothing_is_kept_but_may_be_taken_back(owners, owner, reply, error_of):
    give(owners, reply)
    consents.withdraw(user=owner, purpose="health_data")
    answer = give(owners, reply, rating=-1)
    assert (answer.status_code, error_of(answer)) == (403, "consent_required")
    assert owners.delete(address(reply)).status_code == 204


def test_a_paused_account_takes_back_only(owners, owner, reply, error_of):
    give(owners, reply)
    User.objects.filter(id=owner.id).update(paused_at=timezone.now())
    answer = give(owners, reply, rating=-1, comment=COMMENT)
    assert (answer.status_code, error_of(answer)) == (403, "account_paused")
    assert listed(owners, reply) == {"rating": 1, "comment": ""}
    assert owners.delete(address(reply)).status_code == 204


# A comment is what a patient writes


@pytest.mark.parametrize("comment", [CRISIS, EMERGENCY])
def test_a_comment_of_somebody_in_danger_brings_help_and_is_shown_to_staff_once(owners, reply, settings, comment):
    settings.RATES = {**settings.RATES, "feedback": ("1/day", "")}
    for _ in range(3):  # and is never held up
        answer = give(owners, reply, rating=-1, comment=comment)
        assert answer.status_code == 200
        assert answer.json()["flag"]["emergency"]["countries"]
    decision = Decision.objects.get()
    assert (decision.severity, decision.message_id, decision.conversation_id) == (
        "high", reply.id, reply.conversation_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"rating": 7, "comment": CRISIS},
        {"rating": 1, "comment": CRISIS + " x" * 600},
        {"comment": [CRISIS]},
        [CRISIS],
        '{"comment": "' + CRISIS,
    ],
)
def test_so_does_one_that_is_refused(owners, reply, body):
    data = body if isinstance(body, str) else json.dumps(body)
    answer = owners.put(address(reply), data, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["flag"]["emergency"] == answer.json()["emergency"]
    decision = Decision.objects.get()
    assert (decision.action, decision.conversation_id) == ("refused", reply.conversation_id)


def test_a_plain_comment_brings_none(owners, reply):
    assert give(owners, reply, comment=COMMENT).json()["flag"] is None
    assert not Decision.objects.exists()


# Where it is seen


def test_a_list_asks_no_more_of_the_database_for_more_feedback(owners, reply):
    address_of_list = f"/api/conversations/{reply.conversation_id}/messages"
    owners.get(address_of_list)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            owners.get(address_of_list)
        return len(captured)

    before = queries()
    for position in range(3, 13):
        Feedback.objects.create(message=add(reply.conversation, position, "assistant", "done"), rating=1)
    assert queries() == before


@pytest.mark.django_db(transaction=True)
async def test_a_socket_that_resumes_gets_it(owner, reply, connect):
    await Feedback.objects.acreate(message=reply, rating=-1, comment=COMMENT)
    socket = await connect(owner, reply.conversation)
    await resume(socket, reply.conversation, None)
    done = await socket.until(lambda frame: frame["type"] == "done" and frame["message"]["sender"] == "assistant")
    assert done["message"]["feedback"] == {"rating": -1, "comment": COMMENT}


@pytest.mark.django_db(transaction=True)
async def test_the_export_has_it(owner, reply):
    await Feedback.objects.acreate(message=reply, rating=-1, comment=COMMENT)
    archive = await exported(owner)
    messages = json.loads(archive.read(f"conversations/{reply.conversation_id}.json"))["messages"]
    assert [message["feedback"] for message in messages] == [None, {"rating": -1, "comment": COMMENT}]
    page = archive.read("index.html").decode()
    assert "You said: not helpful, “It was &lt;b&gt;peculiar&lt;/b&gt; &amp; clear.”" in page


def test_it_goes_with_its_conversation(owners, reply):
    give(owners, reply, comment=COMMENT)
    assert owners.delete(f"/api/conversations/{reply.conversation_id}").status_code == 204
    assert not Feedback.objects.exists()


class TestStaff:
    @pytest.fixture
    def moderators(self, colleague):
        client = Client()
        client.force_login(colleague)
        return client

    def test_the_list_has_thumbs_and_no_words(self, moderators, reply):
        Feedback.objects.create(message=reply, rating=-1, comment=COMMENT)
        for path in ("", f"{reply.id}/change/"):
            page = moderators.get(f"/admin/chat/feedback/{path}").content.decode()
            assert "not helpful" in page
            assert "peculiar" not in page
            assert f"/admin/chat/conversation/{reply.conversation_id}/read/" in page

    def test_nobody_searches_the_words_through_the_address(self, moderators):
        assert moderators.get("/admin/chat/feedback/?rating__exact=1").status_code == 200
        assert moderators.get("/admin/chat/feedback/?comment__startswith=I").status_code == 400

    def test_the_words_stand_beside_their_answer_where_the_conversation_may_be_read(self, moderators, owner, reply):
        Feedback.objects.create(message=reply, rating=-1, comment=COMMENT)
        consents.give(user=owner, version=agreement_version(), purposes=["terms", "health_data", "staff_reading"])
        path = f"/admin/chat/conversation/{reply.conversation_id}/read/"
        assert "peculiar" not in moderators.get(path).content.decode()
        reason = {"kind": "The patient asked for help", "reason": "They wrote to the desk."}
        page = moderators.post(path, reason, follow=True).content.decode()
        assert "not helpful, “It was &lt;b&gt;peculiar&lt;/b&gt; &amp; clear.”" in page

    @pytest.mark.parametrize("who", ["owner", "outsider", "staff without the permission"])
    def test_others_see_none(self, request, colleague, reply, who):
        Feedback.objects.create(message=reply, rating=-1)
        colleague.groups.clear()
        client = Client()
        client.force_login(colleague if who.startswith("staff") else request.getfixturevalue(who))
        assert client.get("/admin/chat/feedback/").status_code in (302, 403)

    def test_administrators_see_it_too(self, reply):
        client = Client()
        client.force_login(UserFactory(role=User.Role.ADMIN))
        assert client.get("/admin/chat/feedback/").status_code == 200
