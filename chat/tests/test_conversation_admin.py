"""Staff's part in a conversation, in the admin: what the page shows, joining, writing, leaving, pausing the account."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.tests.factories import UserFactory
from chat.models import Conversation, HelpRequest, Message
from moderation.models import Decision

pytestmark = pytest.mark.django_db

REASON = {"kind": "The patient asked for a person", "reason": "They pressed the button."}
PAUSE = {"reason": "They flood the desk with offers."}


@pytest.fixture
def conversation(owner):
    conversation = Conversation.objects.create(user=owner, title="Rash", last_position=2)
    question = Message.objects.create(
        conversation=conversation, position=1, sender="user", content="My secret rash", status="sent"
    )
    Message.objects.create(
        conversation=conversation, position=2, sender="assistant", content="Wash it.", status="done", reply_to=question,
        metadata={
            "sources": [{"n": 1, "title": "Rashes", "url": "https://x.example/rash", "score": 0.71}],
            "timings": {"retrieved": 12, "written": 345}, "counts": {"sources": 1}, "kind": "answer",
            "provider": "ollama", "model": "medgemma", "label": "Written by a model",
        },
    )  # fmt: skip
    Decision.objects.create(
        patient_id=owner.id, conversation_id=conversation.id, message_id=question.id, severity="medium",
        category="worry", rule="moon", action="flagged", spans=[[3, 9]],
    )  # fmt: skip
    HelpRequest.objects.create(conversation=conversation)
    return conversation


@pytest.fixture
def moderators(client, colleague):
    client.force_login(colleague)
    return client


def path(conversation: Conversation, step: str = "read") -> str:
    return f"/admin/chat/conversation/{conversation.id}/{step}/"


def open_it(client: Client, conversation: Conversation) -> str:
    return client.post(path(conversation), REASON, follow=True).content.decode()


def write(client: Client, conversation: Conversation, content: str, message_id: str = ""):
    form = {"content": content, "message_id": message_id or str(uuid.uuid4())}
    return client.post(path(conversation, "write"), form, follow=True)


def test_markdown_is_shown_as_what_it_means_and_a_patients_as_it_was_written(moderators, conversation):
    Message.objects.filter(sender="assistant").update(content="**Wash it.**\n\n* gently\n\n<b>no</b>")
    Message.objects.filter(sender="user").update(content="My **secret** <i>rash</i>")
    page = open_it(moderators, conversation)
    assert "<strong>Wash it.</strong>" in page
    assert "<li>gently</li>" in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert "My <mark>**secr</mark>et** &lt;i&gt;rash&lt;/i&gt;" in page


def test_the_page_shows_how_each_answer_came_about(moderators, conversation):
    page = open_it(moderators, conversation)
    assert "My <mark>secret</mark> rash" in page
    assert "medium: worry" in page
    for shown in ("Rashes", "https://x.example/rash", "after 345 ms", "ollama, medgemma", "Written by a model", "moon"):
        assert shown in page
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


def test_a_request_for_a_person_lets_staff_read_until_it_is_closed(moderators, conversation):
    open_it(moderators, conversation)
    assert "secret" in moderators.get(path(conversation)).content.decode()
    HelpRequest.objects.update(closed_at=timezone.now())
    assert moderators.get(path(conversation)).status_code == 403


def take_back(client_of, owner, conversation):
    assert client_of(owner).delete(f"/api/conversations/{conversation.id}/help").status_code == 204


def test_who_joined_reads_no_further_once_the_request_is_taken_back(moderators, client_of, owner, conversation):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    take_back(client_of, owner, conversation)
    answer = moderators.get(path(conversation))
    assert answer.status_code == 403
    assert "took back that they asked" in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert not Conversation.objects.get().is_attended
    assert write(moderators, conversation, "Are you there?").status_code == 403
    assert not Message.objects.filter(sender="staff").exists()
    assert AuditEvent.objects.filter(action="staff_left", object_id=conversation.id).count() == 1


def test_a_danger_that_is_noted_lets_them_stay(moderators, client_of, owner, conversation):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    Decision.objects.update(severity="high")
    take_back(client_of, owner, conversation)
    assert "secret" in moderators.get(path(conversation)).content.decode()
    assert Conversation.objects.get().is_attended
    Decision.objects.update(review="dismissed")
    assert moderators.get(path(conversation)).status_code == 200, "until they leave"
    moderators.post(path(conversation, "leave"))
    assert moderators.get(path(conversation)).status_code == 403


@pytest.mark.parametrize("another", ["moderator", "admin"])
def test_that_somebody_is_there_lets_nobody_else_read(moderators, conversation, colleague, another):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    HelpRequest.objects.update(closed_at=timezone.now())
    other = Client()
    other.force_login(UserFactory(role=another))
    assert other.get(path(conversation)).status_code == 403
    assert other.post(path(conversation), REASON).status_code == 403
    assert moderators.get(path(conversation)).status_code == 200


def test_nobody_else_takes_a_request_back(moderators, client_of, conversation, colleague, outsider):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    for other in (colleague, outsider):
        assert client_of(other).delete(f"/api/conversations/{conversation.id}/help").status_code == 404
    assert Conversation.objects.get().is_attended
    assert moderators.get(path(conversation)).status_code == 200


def test_a_moderator_joins_writes_and_leaves(moderators, conversation, colleague):
    page = open_it(moderators, conversation)
    assert "The patient asked for a person" in page
    assert 'name="content"' not in page
    page = moderators.post(path(conversation, "join"), follow=True).content.decode()
    assert "You are in the conversation" in page
    page = write(moderators, conversation, "Hello, I am a <b>person</b>.").content.decode()
    assert "Hello, I am a &lt;b&gt;person&lt;/b&gt;." in page
    assert f"{colleague.name}, staff" in page
    message = Message.objects.get(sender="staff")
    assert (message.content, message.position) == ("Hello, I am a <b>person</b>.", 3)
    page = moderators.post(path(conversation, "leave"), follow=True).content.decode()
    assert not Conversation.objects.get().is_attended
    assert HelpRequest.objects.get().closed_at
    actions = AuditEvent.objects.filter(actor_id=colleague.id).order_by("id").values_list("action", flat=True)
    assert [action for action in actions if action.startswith(("staff", "help"))] == [
        "staff_read", "staff_joined", "staff_left", "help_closed",
    ]  # fmt: skip


def test_a_form_that_is_sent_twice_writes_once(moderators, conversation):
    open_it(moderators, conversation)
    page = moderators.post(path(conversation, "join"), follow=True).content.decode()
    message_id = re.search(r'name="message_id" value="([^"]+)"', page)[1]
    for _ in range(2):
        write(moderators, conversation, "Hello.", message_id)
    assert Message.objects.filter(sender="staff").count() == 1


def test_what_cant_be_sent_stands_in_the_form_again(moderators, conversation):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    Conversation.objects.update(attended_until=timezone.now() - timedelta(seconds=1))
    page = write(moderators, conversation, "A long <i>answer</i>.").content.decode()
    assert "away for too long" in page
    assert "A long &lt;i&gt;answer&lt;/i&gt;.</textarea>" in page
    assert not Message.objects.filter(sender="staff").exists()
    assert write(moderators, conversation, "Hello.", "nonsense").status_code == 200


def test_looking_keeps_a_moderator_there(moderators, conversation):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    soon = timezone.now() + timedelta(seconds=5)
    Conversation.objects.update(attended_until=soon)
    moderators.get(path(conversation))
    assert Conversation.objects.get().attended_until > soon


def test_of_two_moderators_one_is_there(moderators, conversation, colleague):
    open_it(moderators, conversation)
    moderators.post(path(conversation, "join"))
    other = Client()
    other.force_login(UserFactory(name="Otto Other", role=User.Role.MODERATOR))
    open_it(other, conversation)
    page = other.post(path(conversation, "join"), follow=True).content.decode()
    assert "Somebody else is in the conversation" in page
    assert f"{colleague.name} is in the conversation" in page
    write(other, conversation, "Hello.")
    other.post(path(conversation, "leave"))
    assert Conversation.objects.get().attended_by == colleague
    assert not Message.objects.filter(sender="staff").exists()


@pytest.mark.parametrize("step", ["join", "leave", "write", "typing"])
class TestTakingPart:
    def test_is_for_those_who_opened_it(self, moderators, conversation, step):
        assert moderators.post(path(conversation, step)).status_code == 403
        open_it(moderators, conversation)
        assert moderators.post(path(conversation, step)).status_code in (200, 204, 302)
        assert moderators.get(path(conversation, step)).status_code == 405

    def test_wants_its_permission(self, moderators, colleague, conversation, step):
        colleague.groups.clear()
        colleague.user_permissions.add(Permission.objects.get(codename="view_conversation"))
        assert "secret" in open_it(moderators, conversation)
        assert moderators.post(path(conversation, step)).status_code == 403

    def test_isnt_for_patients(self, client, owner, outsider, conversation, step):
        for patient in (owner, outsider):
            client.force_login(patient)
            assert client.post(path(conversation, step)).status_code == 302
        assert not Conversation.objects.get().is_attended
        assert not Message.objects.filter(sender="staff").exists()


class TestPausing:
    def test_is_done_for_a_reason_and_on_record(self, moderators, colleague, owner, conversation, client_of):
        assert moderators.get(path(conversation, "pause")).status_code == 200
        moderators.post(path(conversation, "pause"), {"reason": "no"})
        assert User.objects.get(id=owner.id).paused_at is None
        moderators.post(path(conversation, "pause"), PAUSE)
        assert User.objects.get(id=owner.id).paused_at
        event = AuditEvent.objects.get(action="account_paused")
        assert (event.actor_id, event.subject_id, event.reason) == (colleague.id, owner.id, PAUSE["reason"])
        assert client_of(owner).get("/api/auth/me").json()["paused_at"]
        moderators.post(path(conversation, "pause"), {"reason": "They promised to stop it."})
        assert User.objects.get(id=owner.id).paused_at is None
        assert AuditEvent.objects.filter(action="account_resumed").count() == 1

    def test_tells_no_name(self, moderators, owner, conversation):
        page = moderators.get(path(conversation, "pause")).content.decode()
        assert owner.name not in page
        assert owner.email not in page

    @pytest.mark.parametrize("who", ["owner", "outsider", "staff without the permission", "staff themselves"])
    def test_is_for_staff_who_may(self, client, colleague, owner, outsider, conversation, who):
        if who == "staff without the permission":
            colleague.groups.clear()
            colleague.user_permissions.add(Permission.objects.get(codename="view_conversation"))
        if who == "staff themselves":
            Conversation.objects.update(user=colleague)
        client.force_login({"owner": owner, "outsider": outsider}.get(who, colleague))
        assert client.post(path(conversation, "pause"), PAUSE).status_code in (302, 403)
        assert not User.objects.exclude(paused_at=None).exists()

    def test_of_several_accounts_at_once(self, client, owner, outsider, colleague):
        client.force_login(admin := UserFactory(role=User.Role.ADMIN))
        form = {"action": "pause", "_selected_action": [owner.id, outsider.id, admin.id]}
        page = client.post("/admin/accounts/user/", form).content.decode()
        assert "In your words" in page
        assert not User.objects.exclude(paused_at=None).exists()
        client.post("/admin/accounts/user/", {**form, **PAUSE})
        assert set(User.objects.exclude(paused_at=None)) == {owner, outsider}
        assert AuditEvent.objects.filter(action="account_paused", actor_id=admin.id).count() == 2
        client.post("/admin/accounts/user/", {**form, "action": "resume", "reason": "It was a mistake."})
        assert not User.objects.exclude(paused_at=None).exists()
        client.force_login(colleague)
        assert client.post("/admin/accounts/user/", {**form, **PAUSE}).status_code == 403
