"""Deleting a conversation or an account: what goes at once, what is hidden while staff look at a danger, what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from accounts import consents
from accounts.models import AuditEvent, Consent, RefreshFamily, User
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tokens import start_session
from chat import attachments, deletion, deletion_ledger
from chat.models import Attachment, Conversation, Message
from chat.stream_log import stream_log
from chat.tests.hostile_pictures import plain
from chat.tests.sockets import eventually, messages_of
from chat.tests.uploads import files_in, store_under
from moderation.models import Decision

CRISIS = "I want to kill myself"
ACCOUNT = "/api/account"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def uploads(settings, tmp_path):
    return store_under(settings, tmp_path)


@pytest.fixture
def in_danger(owners, messages_at, conversation):
    """A conversation whose patient wrote something that staff have yet to look at."""
    assert owners.post(messages_at, {"content": CRISIS}, format="json").status_code == 422
    return conversation


def delete_account(client, password=PASSWORD):
    return client.delete(ACCOUNT, {"password": password}, format="json")


def review(review=Decision.Review.CONFIRMED):
    for decision in Decision.objects.all():
        decision.review = review
        decision.save()


# Who may


def test_only_with_the_password(owners, owner, error_of):
    for body, code in (({"password": "not this one"}, "wrong_password"), ({}, "wrong_password")):
        answer = owners.delete(ACCOUNT, body, format="json")
        assert (answer.status_code, error_of(answer)) == (400, code)
    assert User.objects.filter(id=owner.id, is_active=True).exists()
    assert delete_account(owners).status_code == 204
    assert not User.objects.filter(id=owner.id).exists()


def test_nobody_deletes_the_account_of_another(client_of, owner, outsider, colleague, conversation, error_of):
    answer = delete_account(client_of(None))
    assert (answer.status_code, error_of(answer)) == (401, "not_authenticated")
    for other in (outsider, colleague):
        assert delete_account(client_of(other)).status_code == 204
    assert set(User.objects.values_list("id", flat=True)) == {owner.id}
    assert Conversation.objects.get().user_id == owner.id


def test_without_a_password_the_sign_in_must_be_fresh(client_of, error_of):
    user = UserFactory(password="!")
    client = client_of(user)
    RefreshFamily.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    answer = client.delete(ACCOUNT, {}, format="json")
    assert (answer.status_code, error_of(answer)) == (403, "sign_in_again")
    assert client_of(user).delete(ACCOUNT, {}, format="json").status_code == 204


def test_the_last_administrator_stays(client_of, error_of):
    first = UserFactory(role=User.Role.ADMIN)
    answer = delete_account(client_of(first))
    assert (answer.status_code, error_of(answer)) == (400, "last_administrator")
    second = UserFactory(role=User.Role.ADMIN)
    assert delete_account(client_of(first)).status_code == 204
    assert error_of(delete_account(client_of(second))) == "last_administrator"


def test_of_two_administrators_who_go_at_once_one_stays(at_once):
    admins = [UserFactory(role=User.Role.ADMIN) for _ in range(2)]
    waiting = list(admins)

    def go():
        try:
            deletion.delete_account(user=waiting.pop())
        except Exception as error:
            return type(error).__name__
        return "gone"

    assert sorted(at_once(go, 2)) == ["LastAdministrator", "gone"]
    assert User.objects.filter(role=User.Role.ADMIN, is_active=True).count() == 1


# What goes at once


def test_a_deleted_account_cant_come_back(client_of, owner, owners, tokens_of):
    pair = tokens_of(owner)
    delete_account(owners)
    nobody = client_of(None)
    assert owners.get("/api/auth/me").status_code == 401
    assert nobody.post("/api/auth/refresh", {"refresh": pair.refresh}, format="json").status_code == 401
    signed_in = nobody.post("/api/auth/login", {"email": owner.email, "password": PASSWORD}, format="json")
    assert signed_in.json()["error"]["code"] == "invalid_credentials"
    again = {"email": owner.email, "password": "another horse, more staples", "name": "Olga"}
    assert nobody.post("/api/auth/register", again, format="json").status_code == 201


def test_pictures_go_with_the_account(uploads, owners, conversation, owner, outsider):
    attachments.store_picture(conversation, plain(), name="rash.png", metadata={})
    others = Conversation.objects.create(user=outsider)
    kept = attachments.store_picture(others, plain(), name="knee.png", metadata={})
    delete_account(owners)
    assert [path.name for path in files_in(uploads)] == [kept.path.rsplit("/", 1)[1]]


async def test_open_sockets_close_and_the_reply_ends(running, script, owner, conversation, connect, rest):
    socket = await connect(owner, conversation)
    reply_id = (await socket.ask("What helps?"))["replyId"]
    script.say("Rest.")
    await socket.until_text("Rest.")
    assert (await rest(owner, "delete", ACCOUNT, {"password": PASSWORD})).status_code == 204
    assert await socket.closed() == 4401
    await eventually(lambda: script.writing == 0)
    await eventually(lambda: stream_log.length(reply_id) is None)
    assert not await in_thread(Message.objects.exists)()


async def test_the_buffers_of_ended_replies_are_forgotten_too(answered, owner, conversation, rest):
    _, reply = answered
    assert stream_log.length(str(reply.id))
    assert (await rest(owner, "delete", f"/api/conversations/{conversation.id}")).status_code == 204
    await eventually(lambda: stream_log.length(str(reply.id)) is None)


def test_it_is_on_record_by_id_alone(owners, owner, conversation):
    owners.delete(f"/api/conversations/{conversation.id}")
    delete_account(owners)
    events = AuditEvent.objects.filter(action__endswith="deleted").order_by("id")
    assert [(event.action, event.subject_id, event.object_id) for event in events] == [
        ("conversation_deleted", owner.id, conversation.id),
        ("account_deleted", owner.id, None),
    ]


def test_what_broke_off_is_brought_to_its_end_by_the_purge(owners, owner, conversation, monkeypatch):
    from chat.purge import purge

    def killed(conversation_id):
        raise KeyboardInterrupt

    email = owner.email
    monkeypatch.setattr(deletion, "remove_conversation", killed)
    with pytest.raises(KeyboardInterrupt):
        deletion.delete_account(user=owner)
    monkeypatch.undo()
    assert owners.get(f"/api/conversations/{conversation.id}").status_code == 401
    assert not User.objects.filter(email=email).exists(), "the first step emptied the account"
    purge()
    assert not User.objects.exists()
    assert not Conversation.objects.exists()


# Under an open decision of high severity


def test_a_dangerous_conversation_is_hidden_from_its_patient_at_once(
    uploads, in_danger, owners, owner, client_of, messages_at
):
    picture = attachments.store_picture(in_danger, plain(), name="rash.png", metadata={})
    assert owners.delete(f"/api/conversations/{in_danger.id}").status_code == 204
    in_danger.refresh_from_db()
    assert in_danger.deleted_at
    assert in_danger.messages.count() == 2, "kept for staff"
    assert owners.get("/api/conversations").json()["results"] == []
    assert owners.get("/api/conversations?q=kill").json()["results"] == []
    for method, address, body in [
        ("get", f"/api/conversations/{in_danger.id}", None),
        ("patch", f"/api/conversations/{in_danger.id}", {"title": "Mine"}),
        ("delete", f"/api/conversations/{in_danger.id}", None),
        ("get", messages_at, None),
        ("post", messages_at, {"content": "Hello"}),
        ("get", picture.url, None),
    ]:
        answer = getattr(owners, method)(address, body, **({} if body is None else {"format": "json"}))
        assert answer.status_code == 404, (method, address)


async def test_sockets_of_a_hidden_conversation_close_and_none_opens(
    running, script, owner, conversation, connect, rest
):
    socket = await connect(owner, conversation)
    await socket.ask(CRISIS)
    await socket.until("done")
    reply_id = (await socket.ask("And what helps?"))["replyId"]
    script.say("Rest.")
    await socket.until_text("Rest.")
    assert (await rest(owner, "delete", f"/api/conversations/{conversation.id}")).status_code == 204
    assert await socket.closed() == 4404
    assert await (await connect(owner, conversation, refused=True)).closed() == 4404
    await eventually(lambda: script.writing == 0)
    await eventually(lambda: stream_log.length(reply_id) is None)
    assert {message.status for message in await in_thread(messages_of)(conversation)} == {"sent", "done", "incomplete"}


def test_a_reply_that_waits_for_a_hidden_conversation_never_begins(in_danger, owner):
    from chat.queue import claim_replies

    question = Message.objects.create(conversation=in_danger, position=3, sender="user", status="sent")
    Message.objects.create(conversation=in_danger, position=4, sender="assistant", status="queued", reply_to=question)
    Conversation.objects.update(deleted_at=timezone.now())
    assert claim_replies("somebody") == ([], False)


@pytest.mark.parametrize("verdict", [Decision.Review.CONFIRMED, Decision.Review.DISMISSED])
def test_it_is_erased_when_its_last_decision_is_reviewed(uploads, in_danger, owners, messages_at, verdict):
    attachments.store_picture(in_danger, plain(), name="rash.png", metadata={})
    owners.post(messages_at, {"content": CRISIS}, format="json")
    owners.delete(f"/api/conversations/{in_danger.id}")
    first, last = Decision.objects.all()
    first.review = verdict
    first.save()
    assert Conversation.objects.filter(id=in_danger.id).exists()
    last.review = verdict
    last.save()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()
    assert files_in(uploads) == []
    assert Decision.objects.count() == 2, "they stay, by id"


def test_a_review_erases_nothing_that_wasnt_deleted(in_danger):
    review()
    assert Conversation.objects.get().messages.count() == 2


@pytest.mark.parametrize(("severity", "reviewed"), [("medium", False), ("high", True)])
def test_other_decisions_hide_nothing(in_danger, owners, severity, reviewed):
    Decision.objects.update(severity=severity)
    if reviewed:
        review()
    owners.delete(f"/api/conversations/{in_danger.id}")
    assert not Conversation.objects.exists()


def test_an_account_under_a_decision_is_emptied_and_goes_with_its_last_conversation(
    in_danger, owner, owners, client_of
):
    Conversation.objects.create(user=owner, title="Something harmless")
    consents.give(user=owner, version=consents.agreement_version(), purposes=["improvement"])
    assert delete_account(owners).status_code == 204
    shell = User.objects.get(id=owner.id)
    assert Conversation.objects.get() == in_danger
    assert (shell.name, shell.is_active, shell.has_usable_password()) == ("", False, False)
    assert owner.email not in (shell.email, shell.email_key)
    assert shell.deleted_at
    assert not RefreshFamily.objects.exists()
    assert not Consent.objects.exists()
    assert (
        client_of(None)
        .post("/api/auth/login", {"email": owner.email, "password": PASSWORD}, format="json")
        .json()["error"]["code"]
        == "invalid_credentials"
    )
    review()
    assert not User.objects.exists()
    assert not Conversation.objects.exists()


def test_a_review_and_a_deletion_at_once_leave_nothing_behind(owner, at_once):
    for _ in range(8):
        conversation = Conversation.objects.create(user=owner)
        Decision.objects.create(
            patient_id=owner.id, conversation_id=conversation.id, message_id=conversation.id, severity="high"
        )
        work = [review, lambda c=conversation: deletion.delete_conversation(conversation=c)]
        at_once(lambda work=work: work.pop()(), 2)
        assert not Conversation.objects.exists()
        Decision.objects.all().delete()


# Withdrawing a consent


async def test_a_withdrawn_required_consent_stops_the_reply_and_refuses_the_next_message(
    running, script, owner, conversation, connect, rest
):
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest.")
    await socket.until_text("Rest.")
    assert (await rest(owner, "delete", "/api/auth/consents/health_data")).status_code == 204
    ended = (await socket.until("done"))["message"]
    assert (ended["content"], ended["metadata"]["reason"]) == ("Rest.", "stopped")
    await socket.send("message", client_message_id="0b0b0b0b-0000-4000-8000-000000000000", content="And now?")
    assert (await socket.until("error"))["error"] == "consent_required"
    for address, body in [
        ("/api/auth/ws-ticket", {"conversation": str(conversation.id)}),
        (f"/api/conversations/{conversation.id}/messages", {"content": "And now?"}),
        ("/api/conversations", {}),
    ]:
        assert (await rest(owner, "post", address, body)).json()["error"]["code"] == "consent_required"


async def test_a_withdrawn_optional_consent_stops_nothing(running, script, owner, conversation, connect, rest):
    await in_thread(consents.give)(user=owner, version=consents.agreement_version(), purposes=["improvement"])
    socket = await connect(owner, conversation)
    await socket.ask("What helps?")
    script.say("Rest.")
    assert (await rest(owner, "delete", "/api/auth/consents/improvement")).status_code == 204
    script.say(" Drink.")
    script.end()
    assert (await socket.until("done"))["message"]["content"] == "Rest. Drink."


def test_replies_to_others_go_on(owner, outsider):
    theirs = Conversation.objects.create(user=outsider)
    question = Message.objects.create(conversation=theirs, position=1, sender="user", status="sent")
    reply = Message.objects.create(
        conversation=theirs, position=2, sender="assistant", status="queued", reply_to=question
    )
    start_session(user=owner, method="password")
    consents.withdraw(user=owner, purpose="terms")
    reply.refresh_from_db()
    assert reply.status == "queued"


# The ledger


@pytest.fixture
def ledger(settings, tmp_path, transactional_db):
    settings.DATA_DIR = tmp_path
    return tmp_path / "deletions.jsonl"


def noted(ledger):
    return [(what, str(row_id)) for what, row_id in deletion_ledger.entries(ledger)]


def test_what_is_deleted_is_noted_once(ledger, owners, owner, conversation):
    other = Conversation.objects.create(user=owner)
    assert owners.delete(f"/api/conversations/{conversation.id}").status_code == 204
    deletion.delete_account(user=owner)
    gone = [("conversation", str(conversation.id)), ("account", str(owner.id)), ("conversation", str(other.id))]
    assert noted(ledger) == gone


def test_a_ledger_that_cant_be_written_keeps_nobody_from_deleting_and_is_written_later(
    ledger, owners, conversation, error_of
):
    ledger.mkdir()
    assert owners.delete(f"/api/conversations/{conversation.id}").status_code == 204
    assert owners.get(f"/api/conversations/{conversation.id}").status_code == 404
    ledger.rmdir()
    deletion_ledger.write_down()
    assert noted(ledger) == [("conversation", str(conversation.id))]
    deletion_ledger.write_down()
    assert len(noted(ledger)) == 1
