"""A patient asks for a person. Whoever asks lets staff read that conversation until the request is closed."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from accounts import audit, rates
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, User
from chat.models import Conversation, HelpRequest
from chat.selectors import conversation_of
from veda.errors import NotFound


def ask_for_person(*, user: User, conversation_id: uuid.UUID, client: Client = NOBODY) -> tuple[HelpRequest, bool]:
    """The request, and whether it is new. Neither a missing consent nor a pause keeps anybody from it.

    Raises NotFound, TooManyRequests.
    """
    conversation = conversation_of(user, conversation_id)
    if standing := conversation.help_requests.filter(closed_at=None).first():
        return standing, False
    rates.spend("help", account=user.id, client=client)
    with transaction.atomic():
        # A deletion locks the same row: it comes before, or takes the request along.
        if not Conversation.objects.select_for_update().filter(id=conversation_id, deleted_at=None).exists():
            raise NotFound
        request, is_new = HelpRequest.objects.get_or_create(conversation=conversation, closed_at=None)
        if is_new:
            _record(AuditEvent.Action.HELP_ASKED, request, user.id, client)
    return request, is_new


def close_request(request: HelpRequest, *, actor_id: uuid.UUID, client: Client) -> None:
    if HelpRequest.objects.filter(id=request.id, closed_at=None).update(closed_at=timezone.now()):
        _record(AuditEvent.Action.HELP_CLOSED, request, actor_id, client)


def _record(action: AuditEvent.Action, request: HelpRequest, actor_id: uuid.UUID, client: Client) -> None:
    audit.record(
        action,
        actor_id=actor_id,
        subject_id=request.conversation.user_id,
        object_id=request.conversation_id,
        client=client,
    )
