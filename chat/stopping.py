"""Ends replies before their time, in the queue or while they are written, in whichever process; their text is kept."""

from __future__ import annotations

import uuid

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from chat.models import Message
from chat.news import tell_runners, tell_sockets
from chat.selectors import conversation_of
from veda.errors import NotFound


def stop_reply(*, user: User, conversation_id: uuid.UUID, reply_id: uuid.UUID) -> None:
    """Raises NotFound."""
    conversation = conversation_of(user, conversation_id)
    reply = conversation.messages.filter(id=reply_id, sender=Message.Sender.ASSISTANT).first()
    if reply is None:
        raise NotFound
    _stop(reply)


def stop_replies_to(user_id: uuid.UUID) -> None:
    """All that wait or run."""
    for reply in Message.objects.unfinished().filter(conversation__user_id=user_id):
        _stop(reply)


def stop_replies_in(conversation_id: uuid.UUID) -> None:
    """As above."""
    for reply in Message.objects.unfinished().filter(conversation_id=conversation_id):
        _stop(reply)


def _stop(reply: Message) -> None:
    rows = Message.objects.filter(id=reply.id)
    ended = rows.filter(status=Message.Status.QUEUED).update(
        status=Message.Status.INCOMPLETE,
        metadata={**reply.metadata, "incomplete": True, "reason": "stopped"},
        fence=F("fence") + 1,
    )
    if ended:
        tell_runners("forget", [reply.id])
        tell_sockets(reply.conversation_id, {"type": "reply.ended", "reply_id": str(reply.id)})
    elif rows.filter(status=Message.Status.STREAMING).update(stop_requested_at=timezone.now()):
        tell_runners("stop", [reply.id])
