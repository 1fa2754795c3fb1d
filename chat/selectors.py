"""What is read: each returns only what the caller may see."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from accounts.models import User
from chat.models import Conversation, Message
from veda.errors import NotFound

HISTORY_TURNS = 6


def conversations_of(user: User, search: str = "") -> QuerySet[Conversation]:
    """`search` looks in titles and messages."""
    conversations = Conversation.objects.filter(user=user)
    if search:
        with_message = Message.objects.filter(conversation__user=user, content__icontains=search)
        conversations = conversations.filter(
            Q(title__icontains=search) | Q(id__in=with_message.values("conversation_id"))
        )
    return conversations


def conversation_of(user: User, conversation_id: uuid.UUID) -> Conversation:
    """Raises NotFound."""
    conversation = Conversation.objects.filter(id=conversation_id, user=user).first()
    if conversation is None:
        raise NotFound
    return conversation


def messages_after(conversation_id: uuid.UUID, message_id: uuid.UUID | None) -> list[Message]:
    """From the given message on, that one included; all where it is None or not of this conversation."""
    messages = Message.objects.filter(conversation_id=conversation_id)
    if message_id is not None:
        held = messages.filter(id=message_id).values_list("position", flat=True).first()
        if held is not None:
            messages = messages.filter(position__gte=held)
    return list(messages.order_by("position"))


def running_replies(conversation_id: uuid.UUID) -> Sequence[Message]:
    return list(
        Message.objects.filter(
            conversation_id=conversation_id, status__in=[Message.Status.QUEUED, Message.Status.STREAMING]
        ).order_by("position")
    )


def turns_before(message: Message) -> list[tuple[str, str]]:
    """The last question and answer pairs before a patient's message, oldest first."""
    replies = (
        Message.objects.filter(
            conversation_id=message.conversation_id,
            position__lt=message.position,
            sender=Message.Sender.ASSISTANT,
            status__in=[Message.Status.DONE, Message.Status.INCOMPLETE],
            reply_to__isnull=False,
        )
        .exclude(metadata__kind="safety")
        .order_by("-position")
        .values_list("reply_to__content", "content")
    )
    return list(reversed(replies[:HISTORY_TURNS]))
