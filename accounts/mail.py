"""What is mailed to patients and staff. No mail holds a word that somebody typed: it could be an advertisement."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Lock

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import Invitation, User

logger = logging.getLogger(__name__)

AT_ONCE = 2
DRAIN_SECONDS = 10.0
HEAD_START_SECONDS = 0.1
"""For the answer: making the mail would slow it down, and so tell that there is one."""


def send_confirmation(user: User, link: str) -> None:
    _send("confirmation", user.email, link)


def send_reset(user: User, link: str) -> None:
    _send("reset", user.email, link)


def send_password_changed(user: User) -> None:
    _send("password_changed", user.email)


def send_token_reused(user: User) -> None:
    _send("token_reused", user.email)


def send_google_linked(user: User) -> None:
    _send("google_linked", user.email)


def send_second_factor_changed(user: User) -> None:
    _send("second_factor_changed", user.email)


def send_invitation(invitation: Invitation, link: str) -> None:
    """`link` begins with the scheme and the host."""
    _send("invitation", invitation.email, link)


def send_escalated(user: User, link: str) -> None:
    """To somebody of the staff who is asked to look at a decision."""
    _send("escalated", user.email, link)


def drain(seconds: float = DRAIN_SECONDS) -> None:
    """Waits until what is to be sent has been tried. Mails that come later start anew."""
    _outbox.drain(seconds)


class _Outbox:
    """A few threads: the answer's time tells nothing about a mail, and a slow mail server holds up nobody."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._sending: set[Future[None]] = set()

    def add(self, kind: str, to: str, link: str) -> None:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")
            mail = self._threads.submit(_deliver, kind, to, link)
            self._sending.add(mail)
        mail.add_done_callback(self._sending.discard)

    def drain(self, seconds: float) -> None:
        with self._lock:
            threads, self._threads = self._threads, None
            sending = set(self._sending)
        if threads is None:
            return
        late = wait(sending, seconds).not_done
        if late:
            logger.error("Mails that weren't sent in time: %d", len(late))
        threads.shutdown(wait=False, cancel_futures=True)


_outbox = _Outbox()


def _send(kind: str, to: str, link: str = "") -> None:
    """After the commit: what is rolled back is told to nobody."""
    if settings.MAIL_WORKS:
        transaction.on_commit(partial(_outbox.add, kind, to, link))


def _deliver(kind: str, to: str, link: str) -> None:
    time.sleep(HEAD_START_SECONDS)
    try:
        subject, _, body = render_to_string(f"accounts/mail/{kind}.txt", {"link": link}).partition("\n\n")
        EmailMessage(subject, body, to=[to]).send()
    except Exception as error:  # a mail server has many ways to fail, and their texts name the address
        logger.error("A mail wasn't sent (%s): %s", kind, type(error).__name__)
