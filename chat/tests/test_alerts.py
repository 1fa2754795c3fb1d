"""Staff are called where something grave waits, once for each call, and without a word of the patient."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from chat import alerts, attendance, reviews
from chat.models import Conversation, HelpRequest, Message, RowLock
from chat.reviews import Standing
from moderation.models import Alert, Decision

pytestmark = pytest.mark.django_db

FIRST, SECOND = ["desk@veda.example", "night@veda.example"], ["boss@veda.example"]


class Webhook:
    """A server that keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status = 204
        self.hangs = threading.Event()
        self.hangs.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.got.append(json.loads(body))
                self.keys.append(handler.headers["Idempotency-Key"])
                self.hangs.wait(20)
                handler.send_response(self.status)
                handler.send_header("Location", "/elsewhere")
                handler.end_headers()

            def log_message(handler, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.hangs.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    yield webhook
    webhook.end()


@pytest.fixture
def contacts(settings):
    settings.PUBLIC_URL = "https://veda.example"
    settings.DEFAULT_FROM_EMAIL = "Veda <veda@veda.example>"
    settings.ALERT_CONTACTS = {"first": {"mail": FIRST, "webhook": ""}, "second": {"mail": SECOND, "webhook": ""}}
    settings.ALERT_REPEAT_MINUTES = 15
    return settings.ALERT_CONTACTS


@pytest.fixture
def by_webhook(contacts, webhook):
    contacts["first"].update(mail=[], webhook=webhook.url)
    contacts["second"].update(mail=[])
    return webhook


@pytest.fixture
def decision(conversation):
    Conversation.objects.update(title="My secret")
    message = Message.objects.create(
        conversation=conversation, position=1, sender="user", content="My secret wish to die", status="sent"
    )
    return decide(conversation, message_id=message.id)


def decide(conversation: Conversation, **more: Any) -> Decision:
    values = {"severity": "high", "category": "self_harm_crisis", "action": "blocked", "message_id": uuid.uuid4()}
    return Decision.objects.create(
        patient_id=conversation.user_id, conversation_id=conversation.id, **{**values, **more}
    )


def waits_since(minutes: float) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    Decision.objects.update(created_at=at)
    HelpRequest.objects.update(asked_at=at)


def called() -> list[list[str]]:
    return [message.to for message in mail.outbox]


class TestByMail:
    pytestmark = pytest.mark.usefixtures("contacts")

    def test_a_decision_of_high_severity_calls_at_once_and_once(self, decision):
        for _ in range(3):
            alerts.watch()
        [message] = mail.outbox
        assert message.to == FIRST
        assert f"https://veda.example/admin/moderation/decision/{decision.id}/change/" in message.body
        assert message.extra_headers["Message-ID"] == f"<alert-{Alert.objects.get().id}@veda.example>"

    def test_it_has_no_word_of_the_patient(self, decision, owner):
        alerts.watch()
        text = str(mail.outbox[0].message())
        for word in ("secret", "die", "harm", owner.email, owner.name, str(owner.id)):
            assert word not in text

    def test_so_does_a_request_for_a_person(self, conversation):
        HelpRequest.objects.create(conversation=conversation)
        alerts.watch()
        assert "a patient asks for a person" in mail.outbox[0].subject
        assert f"/admin/chat/conversation/{conversation.id}/read/" in mail.outbox[0].body

    @pytest.mark.parametrize(
        "more", [{"severity": "medium"}, {"review": "confirmed"}, {"acknowledged_at": timezone.now()}]
    )
    def test_nothing_else_does(self, conversation, more):
        decide(conversation, **more)
        alerts.watch()
        assert mail.outbox == []

    def test_whoever_is_in_the_conversation_sees_what_comes_up_there(self, conversation, colleague):
        decide(conversation)
        attendance.join(conversation_id=conversation.id, staff=colleague)
        alerts.watch()
        decide(conversation)
        alerts.watch()
        assert mail.outbox == []
        Conversation.objects.update(attended_until=timezone.now() - timedelta(seconds=1))
        alerts.watch()
        assert called() == [FIRST], "they went without leaving, and didn't take notice of the second"

    def test_they_are_called_again_and_then_the_second_contact(self, decision):
        for minutes, expected in (
            (0, [FIRST]), (14, [FIRST]), (16, [FIRST, FIRST]), (29, [FIRST, FIRST]),
            (31, [FIRST, FIRST, SECOND]), (300, [FIRST, FIRST, SECOND]),
        ):  # fmt: skip
            waits_since(minutes)
            alerts.watch()
            assert called() == expected, minutes

    def test_where_veda_was_away_the_first_contact_is_called_once(self, decision):
        waits_since(600)
        alerts.watch()
        assert called() == [FIRST, SECOND]

    def test_nobody_is_called_any_more_once_somebody_took_notice(self, decision, colleague):
        alerts.watch()
        reviews.change_decision(
            decision.id, seen=Standing.of(decision).mark, actor=colleague, assigned_to_id=colleague.id
        )
        waits_since(100)
        alerts.watch()
        assert called() == [FIRST]

    def test_several_of_one_conversation_are_one_call(self, decision, conversation, outsider):
        decide(conversation)
        HelpRequest.objects.create(conversation=conversation)
        decide(Conversation.objects.create(user=outsider))
        alerts.watch()
        alerts.watch()
        assert len(mail.outbox) == 2

    def test_who_left_a_patient_waiting_is_called_again(self, conversation, colleague):
        HelpRequest.objects.create(conversation=conversation)
        alerts.watch()
        attendance.join(conversation_id=conversation.id, staff=colleague)
        waits_since(20)
        alerts.watch()
        assert len(mail.outbox) == 1
        Conversation.objects.update(attended_until=timezone.now() - timedelta(seconds=1))
        alerts.watch()
        assert called() == [FIRST, FIRST]

    def test_a_mail_server_that_is_away_is_asked_again(self, decision, settings, logged):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        alerts.watch()
        assert (Alert.objects.get().sent_at, Alert.objects.get().tries) == (None, 1)
        assert "didn't get through by mail" in "\n".join(logged())
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        alerts.watch()
        assert mail.outbox == [], "not before its pause is over"
        Alert.objects.update(try_at=timezone.now() - timedelta(seconds=1))
        alerts.watch()
        assert called() == [FIRST]
        assert Alert.objects.get().sent_at


class TestByWebhook:
    def test_it_is_told_without_a_word_of_the_patient(self, by_webhook, decision, owner):
        alerts.watch()
        [told] = by_webhook.got
        assert set(told) == {"id", "about", "call", "since", "url", "text"}
        assert (told["about"], told["call"]) == ("decision", 1)
        assert by_webhook.keys == [told["id"]] == [str(Alert.objects.get().id)]
        for word in ("secret", "die", "harm", owner.email, owner.name, str(owner.id)):
            assert word not in json.dumps(told)

    @pytest.mark.parametrize("status", [500, 404, 302])
    def test_one_that_refuses_is_asked_again_under_the_same_id(self, by_webhook, decision, status):
        by_webhook.status = status
        alerts.watch()
        assert Alert.objects.get().sent_at is None
        by_webhook.status = 200
        Alert.objects.update(try_at=None)
        alerts.watch()
        alerts.watch()
        assert len(by_webhook.got) == 2
        assert len(set(by_webhook.keys)) == 1
        assert Alert.objects.get().sent_at

    def test_one_that_hangs_holds_up_nobody(self, by_webhook, decision, settings, contacts):
        settings.ALERT_TIMEOUT_SECONDS = 0.3
        contacts["first"]["mail"] = FIRST
        by_webhook.hangs.clear()
        alerts.watch()
        assert called() == [FIRST]
        assert {alert.channel: bool(alert.sent_at) for alert in Alert.objects.all()} == {"mail": True, "webhook": False}

    def test_pauses_grow(self, by_webhook, decision):
        by_webhook.status = 500
        pauses = []
        for _ in range(8):
            Alert.objects.update(try_at=None)
            before = timezone.now()
            alerts.watch()
            pauses.append((Alert.objects.get().try_at - before).total_seconds())
        assert pauses[0] == pytest.approx(15, abs=2)
        assert pauses[1] == pytest.approx(30, abs=2)
        assert pauses[-1] == pytest.approx(600, abs=2)


class TestSeveralProcesses:
    def test_one_watches_at_a_time(self, contacts, decision):
        RowLock.objects.create(name=alerts.LOCK, leased_until=timezone.now() + timedelta(seconds=30))
        alerts.watch()
        assert mail.outbox == []

    def test_what_a_killed_one_left_the_next_calls(self, contacts, decision):
        """It had the lease, had written its row and begun to call."""
        RowLock.objects.create(name=alerts.LOCK, leased_until=timezone.now() - timedelta(seconds=1))
        Alert.objects.create(
            about="decision", object_id=decision.id, call=1, channel="mail", tries=1,
            try_at=timezone.now() - timedelta(seconds=1),
        )  # fmt: skip
        alerts.watch()
        assert called() == [FIRST]

    @pytest.mark.django_db(transaction=True)
    def test_at_once_they_call_once(self, by_webhook, decision, at_once):
        at_once(alerts.watch, 4)
        assert len(by_webhook.got) == 1
        assert RowLock.objects.get(name=alerts.LOCK).leased_until is None


def test_without_contacts_nobody_is_called_and_nothing_is_written(decision):
    alerts.watch()
    assert mail.outbox == []
    assert not Alert.objects.exists()
    assert not RowLock.objects.filter(name=alerts.LOCK).exists()


@pytest.mark.django_db(transaction=True)
async def test_the_runner_watches(contacts, running, conversation):
    from channels.db import database_sync_to_async as in_thread

    from chat.tests.sockets import eventually

    await running.stop(drain_seconds=0)
    await in_thread(decide)(conversation)
    await running.start()  # which looks at once, then every few seconds
    await eventually(lambda: called() == [FIRST])
