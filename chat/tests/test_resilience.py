"""What an attack on the running product once found, each kept from coming back."""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.tokens import end_session
from chat import consumers, deletion, news, services, stopping
from chat.models import Conversation, Message
from chat.open_sockets import open_sockets
from chat.queue import WAITING_PER_PATIENT, claim_replies
from chat.sends import Sent
from chat.tests.sockets import Closed, eventually
from moderation import services as moderation
from moderation.searching import SLICE_CHARS


@pytest.fixture(autouse=True)
def _as_often_as_one_likes(settings):
    settings.RATES = {**settings.RATES, "message": ("", "")}


def ask(conversation: Conversation, content: str = "What helps?") -> Sent:
    return services.send_message(user=conversation.user, conversation_id=conversation.id, content=content)


def test_the_backlog_of_one_patient_hides_nobody_behind_it(conversation, outsider):
    for _ in range(WAITING_PER_PATIENT):
        ask(conversation)
    other = ask(Conversation.objects.create(user=outsider))
    claimed = {claim.reply.conversation_id for claim in claim_replies("here")[0]}
    assert claimed == {conversation.id, other.message.conversation_id}


def test_a_delete_that_meets_sends_leaves_nothing_and_fails_nowhere(transactional_db):
    owner = UserFactory()
    for _ in range(8):
        conversation = Conversation.objects.create(user=owner)
        failures: list[Exception] = []

        def do(work, failures=failures):
            try:
                with suppress(services.NotFound):  # the delete came first
                    work()
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        works = [lambda c=conversation: ask(c)] * 4 + [
            lambda c=conversation: deletion.delete_conversation(conversation=Conversation.objects.get(id=c.id))
        ]
        threads = [threading.Thread(target=do, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert not Message.objects.filter(conversation_id=conversation.id).exists()


def test_a_channel_layer_that_is_away_loses_no_send(conversation, monkeypatch, client_of, owner):
    class Away:
        async def group_send(self, group, event):
            raise ConnectionError

    monkeypatch.setattr(news, "get_channel_layer", Away)
    address = f"/api/conversations/{conversation.id}"
    assert client_of(owner).post(f"{address}/messages", {"content": "What helps?"}, format="json").status_code == 201
    assert client_of(owner).delete(address).status_code == 204


def test_a_database_that_is_busy_is_told_as_such(client_of, owner, conversation, monkeypatch, error_of):
    def locked(**_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(services, "send_message", locked)
    answer = client_of(owner).post(
        f"/api/conversations/{conversation.id}/messages", {"content": "What helps?"}, format="json"
    )
    assert (answer.status_code, error_of(answer)) == (503, "unavailable")


def test_stopping_a_reply_in_the_queue_keeps_what_was_flagged(conversation):
    reply = ask(conversation).reply
    Message.objects.filter(id=reply.id).update(metadata={"flag": {"severity": "medium", "category": "worry"}})
    stopping.stop_reply(user=conversation.user, conversation_id=conversation.id, reply_id=reply.id)
    reply.refresh_from_db()
    assert reply.metadata["flag"]["category"] == "worry"
    assert reply.metadata["reason"] == "stopped"


async def test_a_socket_ends_with_the_session_that_opened_it(owner, conversation, connect, tokens_of):
    tokens = await database_sync_to_async(tokens_of)(owner)
    socket = await connect(None, conversation, token=tokens.access)
    await database_sync_to_async(end_session)(tokens.refresh)
    await socket.send("message", client_message_id=str(uuid.uuid4()), content="Who reads this?")
    assert await socket.closed() == consumers.NOT_SIGNED_IN
    assert not await Message.objects.filter(conversation=conversation).aexists()


async def test_a_socket_that_fails_gives_its_place_back(owner, conversation, connect, monkeypatch):
    async def away(self):
        raise ConnectionError

    monkeypatch.setattr(consumers.ConversationConsumer, "_join", away)
    with pytest.raises((ConnectionError, Closed)):
        await connect(owner, conversation)
    await eventually(lambda: not open_sockets.count(owner.id))


def test_a_changed_password_signs_every_device_out(owner, client_of):
    phone = client_of(owner)
    assert phone.get("/api/auth/me").status_code == 200
    owner.set_password("another horse, other staples")
    owner.save()
    assert phone.get("/api/auth/me").status_code == 401


def test_staff_cant_find_titles_letter_by_letter(owner):
    Conversation.objects.create(user=owner, title="Am I pregnant?")
    staff = UserFactory(role=User.Role.ADMIN, is_superuser=True)
    browser = Client()
    browser.force_login(staff)
    assert browser.get("/admin/chat/conversation/").status_code == 200
    assert browser.get("/admin/chat/conversation/?title__startswith=Am").status_code == 400


@pytest.mark.timeout(20)
def test_a_text_of_any_length_is_screened_whole():
    verdict = moderation.screen("all is well " * 40_000 + "I want to kill myself")
    assert verdict
    assert verdict.category == "self_harm_crisis"


def test_what_lies_across_two_slices_is_seen():
    before = "x " * (SLICE_CHARS // 2 - 5)
    assert moderation.screen(before + "I want to kill myself").category == "self_harm_crisis"


def test_the_admin_takes_its_own_forms():
    """With `no-referrer` Chromium names the origin `null` there, which Django refuses."""
    assert Client().get("/admin/login/").headers["Referrer-Policy"] == "same-origin"


def test_a_body_without_measure_is_refused_unread(client_of, owner, conversation, error_of):
    answer = client_of(owner).post(
        f"/api/conversations/{conversation.id}/messages", {"content": "x" * 1_100_000}, format="json"
    )
    assert (answer.status_code, error_of(answer)) == (413, "too_large")
