"""Staff read a conversation: for a reason, on record, and only where its patient allowed it or a danger is open."""

from __future__ import annotations

import time
import uuid

from django.http import HttpRequest

from accounts import audit, consents
from accounts.clients import client_of
from accounts.models import AuditEvent, Consent, User
from accounts.second_factor import is_enough
from accounts.staff_sessions import device_of
from chat.models import Conversation
from moderation.models import Decision
from moderation.types import Severity

OPEN_SECONDS = 15 * 60
KEPT_OPEN_EVERY = 60
_OPENED = "conversations opened"


def is_danger_noted(conversation: Conversation) -> bool:
    """And nobody has decided yet what it was."""
    return Decision.objects.filter(
        conversation_id=conversation.id, severity=Severity.HIGH, review__in=Decision.UNDER_REVIEW
    ).exists()


def reasons_for(conversation: Conversation, staff: User) -> list[str]:
    """What they may read it for; empty: for nothing. What its patient deleted is kept for the danger alone.

    Who is in the conversation reads on until they leave; that gives nobody else a reason.
    """
    reasons = []
    if is_danger_noted(conversation):
        reasons.append("A danger that was noted")
    is_there = conversation.is_attended and conversation.attended_by_id == staff.id
    if conversation.deleted_at is None and (is_there or conversation.help_requests.filter(closed_at=None).exists()):
        reasons.append("The patient asked for a person")
    user_id = conversation.user_id
    if conversation.deleted_at is None and consents.stands(user_id, Consent.Purpose.STAFF_READING):
        reasons += ["The patient asked for help", "A technical problem"]
        if consents.stands(user_id, Consent.Purpose.IMPROVEMENT):
            reasons.append("The quality of the answers")
    return reasons


def open_conversation(request: HttpRequest, conversation: Conversation, *, reason: str) -> None:
    """For a while, in this session. On record before anything is shown."""
    assert isinstance(request.user, User)
    audit.record(
        AuditEvent.Action.STAFF_READ,
        actor_id=request.user.id,
        subject_id=conversation.user_id,
        object_id=conversation.id,
        client=client_of(request),
        reason=reason,
    )
    now = time.time()
    still_open = {name: until for name, until in request.session.get(_OPENED, {}).items() if until > now}
    request.session[_OPENED] = {**still_open, str(conversation.id): now + OPEN_SECONDS}


def is_open(request: HttpRequest, conversation: Conversation, staff: User) -> bool:
    until = request.session.get(_OPENED, {}).get(str(conversation.id), 0)
    return bool(until > time.time() and reasons_for(conversation, staff))


def keep_open(request: HttpRequest, conversation: Conversation) -> None:
    """While whoever opened it is in the conversation. Written down about once a minute."""
    opened = request.session.get(_OPENED, {})
    until = time.time() + OPEN_SECONDS
    if until - opened.get(str(conversation.id), 0) > KEPT_OPEN_EVERY:
        request.session[_OPENED] = {**opened, str(conversation.id): until}


def reader_of(request: HttpRequest, conversation_id: uuid.UUID) -> User | None:
    """Staff whose session has this conversation open."""
    device = device_of(request)
    if device is None or not is_enough(device.user, device.second_factor):
        return None
    conversation = Conversation.objects.filter(id=conversation_id).first()
    return device.user if conversation and is_open(request, conversation, device.user) else None
