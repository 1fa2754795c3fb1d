"""What patients say of answers: a thumb, and a few words for staff, which are screened like all that they write."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import rates
from accounts.clients import NOBODY, Client
from accounts.models import User
from accounts.standing import require_active
from chat.models import Conversation, Feedback
from chat.refusals import helping_who_is_refused
from chat.screening import Screening, writer_of
from chat.selectors import conversation_of, reply_of
from moderation.models import Decision
from veda.errors import NotFound


@dataclass(frozen=True, slots=True)
class Given:
    feedback: Feedback
    flag: dict[str, Any] | None
    """What the comment calls for, as in the `flag` frame."""


def give_feedback(
    *,
    user: User,
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    rating: int,
    comment: str,
    client: Client = NOBODY,
) -> Given:
    """In place of what was given before. Raises NotFound, AccountPaused, ConsentRequired, TooManyRequests."""
    conversation = conversation_of(user, conversation_id)
    screening = Screening.of(comment, writer_of(user, comment), Decision.About.COMMENT)
    with helping_who_is_refused(screening, user, conversation.id):
        require_active(user)
        if screening.limited:
            rates.spend("feedback", account=user.id, client=client)
    with transaction.atomic():
        # A deletion locks the same row: it comes before, or takes the feedback along.
        if not Conversation.objects.select_for_update().filter(id=conversation_id, deleted_at=None).exists():
            raise NotFound
        reply = reply_of(conversation, message_id)
        before = Feedback.objects.filter(message=reply).first()
        feedback, _ = Feedback.objects.update_or_create(message=reply, defaults={"rating": rating, "comment": comment})
        if screening.counts and not (before and before.comment == comment):
            screening.record(patient_id=user.id, conversation_id=conversation_id, message_id=message_id)
    return Given(feedback, screening.flag)


def take_back_feedback(*, user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Also where none was given. Raises NotFound."""
    Feedback.objects.filter(message=reply_of(conversation_of(user, conversation_id), message_id)).delete()
