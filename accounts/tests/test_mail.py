"""What is mailed, over SMTP to a real server, and where that server fails."""

from __future__ import annotations

import asyncio
import socket
import threading
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction
from rest_framework.test import APIClient

from accounts import mail
from accounts.models import Invitation
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Mailbox:
    """A mail server's handler. It can be told to refuse, or to keep everybody waiting."""

    def __init__(self):
        self.mails, self.refuses, self.open = [], False, threading.Event()
        self.open.set()

    async def handle_DATA(self, server, session, envelope):
        await asyncio.to_thread(self.open.wait, 30)
        if self.refuses:
            return "550 no such person"
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def mailbox(settings):
    handler = Mailbox()
    with socket.socket() as probe:  # the controller can't be given port 0
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.PUBLIC_URL = "https://veda.example"
    yield handler
    handler.open.set()
    mail.drain()
    controller.stop()


def ask(email):
    return APIClient().post("/api/auth/password/reset", {"email": email}, format="json")


def test_a_mail_arrives_with_subject_sender_and_a_link_on_a_line_of_its_own(mailbox, owner, settings):
    settings.DEFAULT_FROM_EMAIL = "Veda <veda@veda.example>"
    ask(owner.email)
    mail.drain()
    ((recipients, message),) = mailbox.mails
    assert recipients == [owner.email]
    assert (message["Subject"], message["From"]) == ("A new password for Veda", "Veda <veda@veda.example>")
    assert message.get_content_type() == "text/plain"
    lines = message.get_content().splitlines()
    (link,) = [line for line in lines if line.startswith("https://veda.example/reset-password#")]
    body = {"token": link.partition("#")[2], "password": "another horse, five staples"}
    assert APIClient().post("/api/auth/password/reset/confirm", body, format="json").status_code == 204


def test_who_opened_no_account_is_told_not_to_confirm_it(mailbox, owner):
    """Whoever did open it knows its password."""
    mail.send_confirmation(owner, "https://veda.example/x")
    mail.drain()
    ((_, message),) = mailbox.mails
    text = message.get_content()
    assert "chose a password" in text
    assert "do nothing, and don't follow the link" in text
    assert "Google" not in text


@pytest.mark.parametrize(
    "send",
    [
        lambda user: mail.send_confirmation(user, "https://veda.example/x#y&z"),
        lambda user: mail.send_reset(user, "https://veda.example/x#y&z"),
        lambda user: mail.send_invitation(Invitation(email=user.email), "https://veda.example/x#y&z"),
        mail.send_password_changed,
        mail.send_token_reused,
        mail.send_second_factor_changed,
    ],
)
def test_every_mail_is_whole_and_says_what_to_do_if_it_was_not_you(mailbox, owner, send):
    owner.name = "<b>Win money</b> https://evil.example"
    send(owner)
    mail.drain()
    ((recipients, message),) = mailbox.mails
    text = message.get_content()
    assert recipients == [owner.email]
    assert "Veda" in message["Subject"]
    assert text.startswith("Hello,")
    assert "If " in text
    assert "&amp;" not in text
    assert "{" not in text
    assert "evil" not in text + message["Subject"]
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_mail_server_that_is_slow_holds_up_nobody(mailbox, owner):
    mailbox.open.clear()
    assert [ask(owner.email).status_code for _ in range(3)] == [204] * 3
    assert mailbox.mails == []
    mailbox.open.set()
    mail.drain()
    assert len(mailbox.mails) == 3


def test_what_does_not_arrive_is_logged_without_the_address(mailbox, owner, settings, logged):
    mailbox.refuses = True
    assert ask(owner.email).status_code == 204
    mail.drain()
    settings.EMAIL_PORT = 1  # nobody listens there
    assert ask(owner.email).status_code == 204
    mail.drain()
    lines = [line for line in logged() if "A mail wasn't sent (reset)" in line]
    assert len(lines) == 2
    assert owner.email not in "\n".join(logged())
    assert mailbox.mails == []


def test_a_mail_that_takes_too_long_is_given_up_at_the_end(mailbox, owner, logged):
    mailbox.open.clear()
    ask(owner.email)
    mail.drain(seconds=0.1)
    assert any("Mails that weren't sent in time: 1" in line for line in logged())


def test_nothing_is_mailed_of_what_was_rolled_back(mailbox):
    user = UserFactory()
    with transaction.atomic():
        mail.send_password_changed(user)
        transaction.set_rollback(True)
    mail.drain()
    assert mailbox.mails == []


def test_where_mail_is_off_nothing_is_sent(mailbox, owner, client_of, settings):
    settings.MAIL_WORKS = False
    body = {"current_password": PASSWORD, "new_password": "another horse, five staples"}
    assert client_of(owner).post("/api/auth/password", body, format="json").status_code == 200
    mail.drain()
    assert mailbox.mails == []
