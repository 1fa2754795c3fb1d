"""Staff in a conversation: from joining to leaving no model answers there, and its patient is told.

The conversation's row says who is there and until when that is believed. Whoever is there renews it with every look at
its page; who went without leaving is gone a few minutes later, and the model answers again: nobody is met with silence.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, User
from chat.help_requests import close_request
from chat.models import Conversation, HelpRequest, Message
from chat.news import tell_sockets
from chat.reviews import acknowledge, take_on
from chat.selectors import conversation_of
from chat.staff_reading import is_danger_noted
from chat.stopping import stop_replies_in
from veda.errors import MessageEmpty, MessageTooLong, NotFound

BELIEVED_FOR = timedelta(minutes=3)


class AttendedByAnother(Exception):
    """Somebody else of the staff is in the conversation."""


class NotThere(Exception):
    """Whoever writes isn't in the conversation, or was away for too long."""


def join(*, conversation_id: uuid.UUID, staff: User, client: Client = NOBODY) -> None:
    """Running replies stop; what is under review there is theirs now. Raises NotFound, AttendedByAnother."""
    with transaction.atomic():
        conversation = _lock(conversation_id)
        was_there = conversation.is_attended
        if was_there and conversation.attended_by_id != staff.id:
            raise AttendedByAnother
        conversation.attended_by, conversation.attended_until = staff, timezone.now() + BELIEVED_FOR
        conversation.save(update_fields=["attended_by", "attended_until"])
        if was_there:
            return
        acknowledge(conversation_id)
        take_on(conversation_id, actor=staff, client=client)
        _record(AuditEvent.Action.STAFF_JOINED, conversation, staff.id, client)
    stop_replies_in(conversation_id)
    tell_sockets(conversation_id, {"type": "staff.changed"})


def leave(*, conversation_id: uuid.UUID, staff: User, client: Client = NOBODY) -> None:
    """The model answers again, and the request for a person is closed. Raises NotFound, NotThere."""
    with transaction.atomic():
        conversation = _lock(conversation_id)
        if conversation.attended_by_id != staff.id:
            raise NotThere
        _clear(conversation)
        _record(AuditEvent.Action.STAFF_LEFT, conversation, staff.id, client)
        for request in conversation.help_requests.filter(closed_at=None):
            close_request(request, actor_id=staff.id, client=client)
    tell_sockets(conversation_id, {"type": "staff.changed"})


def take_back_request(*, user: User, conversation_id: uuid.UUID, client: Client = NOBODY) -> None:
    """Also where nobody was asked for. Whoever of the staff is there goes, unless a danger is noted.

    Raises NotFound.
    """
    with transaction.atomic():
        conversation = _lock(conversation_of(user, conversation_id).id)
        for request in conversation.help_requests.filter(closed_at=None):
            close_request(request, actor_id=user.id, client=client)
        went = conversation.is_attended and not is_danger_noted(conversation)
        if went:
            actor_id = conversation.attended_by_id
            _clear(conversation)
            _record(AuditEvent.Action.STAFF_LEFT, conversation, actor_id, client, request_taken_back=True)
    if went:
        tell_sockets(conversation_id, {"type": "staff.changed"})


def renew(conversation: Conversation, staff: User) -> None:
    """Their page looked again."""
    there = Conversation.objects.filter(id=conversation.id, attended_by=staff, attended_until__gt=timezone.now())
    there.update(attended_until=timezone.now() + BELIEVED_FOR)


def write(
    *, conversation_id: uuid.UUID, staff: User, content: str, message_id: uuid.UUID, client: Client = NOBODY
) -> Message:
    """A message of the staff. The same id is the same message, however often it is sent.

    Raises NotFound, NotThere, MessageEmpty, MessageTooLong.
    """
    content = content.replace("\x00", "").strip()
    if not content:
        raise MessageEmpty
    if len(content) > settings.MAX_MESSAGE_CHARS:
        raise MessageTooLong(settings.MAX_MESSAGE_CHARS)
    with transaction.atomic():
        conversation = _lock(conversation_id)
        if not conversation.is_attended or conversation.attended_by_id != staff.id:
            raise NotThere
        if sent := conversation.messages.filter(id=message_id, sender=Message.Sender.STAFF).first():
            return sent
        if Message.objects.filter(id=message_id).exists():  # somebody else's
            raise NotFound
        conversation.last_position += 1
        conversation.updated_at = timezone.now()
        conversation.attended_until = conversation.updated_at + BELIEVED_FOR
        conversation.save(update_fields=["last_position", "updated_at", "attended_until"])
        message = Message.objects.create(
            id=message_id,
            conversation=conversation,
            position=conversation.last_position,
            sender=Message.Sender.STAFF,
            content=content,
            status=Message.Status.DONE,
            metadata={"name": staff.name},
        )
    tell_sockets(conversation_id, {"type": "staff.wrote", "message_id": str(message.id)})
    return message


def tell_typing(conversation: Conversation) -> None:
    tell_sockets(conversation.id, {"type": "staff.typing"})


def release_unattended() -> int:
    """Of those who went without leaving. What they had taken notice of is to be noticed anew. For periodic work."""
    now = timezone.now()
    gone = list(Conversation.objects.filter(attended_until__lt=now).values_list("id", flat=True))
    for conversation_id in gone:
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update().filter(id=conversation_id).first()
            if conversation is None or conversation.attended_until is None or conversation.is_attended:
                continue
            actor_id = conversation.attended_by_id
            _clear(conversation)
            HelpRequest.objects.filter(conversation=conversation, closed_at=None).update(acknowledged_at=None)
            _record(AuditEvent.Action.STAFF_LEFT, conversation, actor_id, NOBODY, went_without_leaving=True)
        tell_sockets(conversation_id, {"type": "staff.changed"})
    return len(gone)


def _lock(conversation_id: uuid.UUID) -> Conversation:
    """Sends lock the same row: they come before, or find who is there. Raises NotFound."""
    conversation = Conversation.objects.select_for_update().filter(id=conversation_id, deleted_at=None).first()
    if conversation is None:
        raise NotFound
    return conversation


def _clear(conversation: Conversation) -> None:
    conversation.attended_by = conversation.attended_until = None
    conversation.save(update_fields=["attended_by", "attended_until"])


def _record(
    action: AuditEvent.Action, conversation: Conversation, actor_id: uuid.UUID | None, client: Client, **details: Any
) -> None:
    audit.record(
        action,
        actor_id=actor_id,
        subject_id=conversation.user_id,
        object_id=conversation.id,
        client=client,
        **details,
    )
