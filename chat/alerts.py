"""Calls staff where something grave waits and nobody has taken notice: by mail or webhook, without a patient's words.

The first contact is called at once and again after `ALERT_REPEAT_MINUTES`, the second after as long again. Each call
has a row before it is sent, so that a process that is killed leaves the rest to the next, and none calls twice; only
where a process dies in the middle of a call it may be made again, under the same id.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

import httpx
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from chat.attendance import release_unattended
from chat.models import Conversation, HelpRequest, RowLock
from moderation.models import Alert, Decision
from moderation.types import Severity

logger = logging.getLogger(__name__)

LOCK = "watch"
LEASE = timedelta(minutes=2)
PASS_SECONDS = 60.0
"""What isn't called by then waits for the next pass: the lease must outlast the last call."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
"""Between two tries of a call that failed; doubled each time."""
REPEATED, ESCALATED = 2, 3
"""Calls of the first contact, and the call of the second."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What nobody has taken notice of: the oldest of its conversation, since one call is enough for it."""

    about: Alert.About
    object_id: uuid.UUID
    conversation_id: uuid.UUID
    since: datetime

    @property
    def address(self) -> str:
        if self.about == Alert.About.DECISION:
            path = reverse("admin:moderation_decision_change", args=[self.object_id])
        else:
            path = reverse("admin:chat_conversation_read", args=[self.conversation_id])
        return f"{settings.PUBLIC_URL}{path}"


def watch() -> None:
    """Every few seconds, by one process of all: whoever gets the lease."""
    release_unattended()
    if any(any(contact.values()) for contact in settings.ALERT_CONTACTS.values()):
        with _lease() as got:
            if got:
                call_staff()


def call_staff() -> int:
    """How many calls were made."""
    until = time.monotonic() + PASS_SECONDS
    made = 0
    for matter in _unnoticed():
        for alert in _calls(matter):
            if time.monotonic() > until:
                return made
            made += _call(alert, matter)
    return made


def _unnoticed() -> list[Matter]:
    there = Conversation.objects.filter(attended_until__gt=timezone.now()).values("id")  # staff read it as it is said
    decisions = (
        Decision.objects.filter(severity=Severity.HIGH, review__in=Decision.UNDER_REVIEW, acknowledged_at=None)
        .exclude(conversation_id__in=there)
        .values_list("id", "conversation_id", "created_at")
    )
    requests = HelpRequest.objects.filter(
        closed_at=None, acknowledged_at=None, conversation__deleted_at=None
    ).values_list("id", "conversation_id", "asked_at")
    found = [Matter(Alert.About.DECISION, *row) for row in decisions]
    found += [Matter(Alert.About.HELP, *row) for row in requests]
    found.sort(key=lambda matter: matter.since)
    first: dict[uuid.UUID, Matter] = {}
    for matter in found:
        first.setdefault(matter.conversation_id, matter)
    return list(first.values())


def _calls(matter: Matter) -> Iterator[Alert]:
    """Those that are due and weren't made: each contact's last one, over each of its channels."""
    waited = timezone.now() - matter.since
    due = 1 + int(waited / timedelta(minutes=settings.ALERT_REPEAT_MINUTES))
    calls = [(min(due, REPEATED), settings.ALERT_CONTACTS["first"])]
    if due >= ESCALATED:
        calls.append((ESCALATED, settings.ALERT_CONTACTS["second"]))
    for call, contact in calls:
        for channel in (channel for channel, address in contact.items() if address):
            alert, _ = Alert.objects.get_or_create(
                about=matter.about, object_id=matter.object_id, call=call, channel=channel
            )
            if alert.sent_at is None and (alert.try_at is None or alert.try_at <= timezone.now()):
                yield alert


def _call(alert: Alert, matter: Matter) -> bool:
    """Whether it was made now. Nobody else tries it until `try_at`."""
    pause = min(FIRST_PAUSE * 2**alert.tries, LONGEST_PAUSE)
    mine = Alert.objects.filter(id=alert.id, sent_at=None, tries=alert.tries)
    if not mine.update(tries=F("tries") + 1, try_at=timezone.now() + pause):
        return False
    contact = settings.ALERT_CONTACTS["second" if alert.call == ESCALATED else "first"]
    try:
        if alert.channel == Alert.Channel.MAIL:
            _mail(contact["mail"], alert, matter)
        else:
            _post(contact["webhook"], alert, matter)
    except Exception as error:  # servers have many ways to fail, and their texts name addresses
        logger.error("Alert %s didn't get through by %s: %s", alert.id, alert.channel, type(error).__name__)
        return False
    Alert.objects.filter(id=alert.id).update(sent_at=timezone.now())
    logger.info("Alert %s: %s %s, call %d by %s", alert.id, alert.about, matter.object_id, alert.call, alert.channel)
    return True


def _mail(to: list[str], alert: Alert, matter: Matter) -> None:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    EmailMessage(
        f"Veda: {_what(matter)}",
        f"{_sentence(matter)}\n\nOpen it: {matter.address}\n",
        to=to,
        headers={"Message-ID": f"<alert-{alert.id}@{host}>"},
    ).send()


def _post(address: str, alert: Alert, matter: Matter) -> None:
    """A redirect isn't followed. The body of the answer isn't waited for."""
    body: dict[str, Any] = {
        "id": str(alert.id),
        "about": matter.about,
        "call": alert.call,
        "since": matter.since.isoformat(),
        "url": matter.address,
        "text": f"Veda: {_sentence(matter)} {matter.address}",
    }
    headers = {"Idempotency-Key": str(alert.id)}
    with httpx.stream("POST", address, json=body, headers=headers, timeout=settings.ALERT_TIMEOUT_SECONDS) as answer:
        if not answer.is_success:
            raise httpx.HTTPStatusError("refused", request=answer.request, response=answer)


def _what(matter: Matter) -> str:
    if matter.about == Alert.About.DECISION:
        return "a decision of high severity waits for staff"
    return "a patient asks for a person"


def _sentence(matter: Matter) -> str:
    since = f"{matter.since:%d %B %Y, %H:%M} UTC"
    return f"{_what(matter).capitalize()} since {since}. Nobody of the staff has taken notice yet."


@contextmanager
def _lease() -> Iterator[bool]:
    now = timezone.now()
    RowLock.objects.get_or_create(name=LOCK)
    free = RowLock.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), name=LOCK)
    until = now + LEASE
    got = bool(free.update(leased_until=until))
    try:
        yield got
    finally:
        if got:
            RowLock.objects.filter(name=LOCK, leased_until=until).update(leased_until=None)
