"""What is read: each returns only what the caller may see.

A conversation that its patient deleted isn't there any more, though it may be kept for staff (`deleted_at`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from accounts.tokens import IS_CURRENT, AccountChanged, as_known, is_current
from chat.models import Attachment, Conversation, Message
from chat.stored_files import UPLOADS_FOLDER
from veda.errors import NotFound

HISTORY_TURNS = 12
"""More than are kept beyond a summary. Where none is written, older ones are out of mind."""


def conversations_of(user: User, search: str = "") -> QuerySet[Conversation]:
    """`search` looks in titles and messages. Temporary ones stand in no list."""
    conversations = Conversation.objects.filter(user=user, deleted_at=None, temporary_since=None)
    conversations = conversations.select_related("user", "attended_by").prefetch_related("help_requests")
    if search:
        with_message = Message.objects.filter(conversation__user=user, content__icontains=search)
        conversations = conversations.filter(
            Q(title__icontains=search) | Q(id__in=with_message.values("conversation_id"))
        )
    return conversations


_OF_USER = "SELECT * FROM chat_conversation WHERE id = %s AND user_id = %s AND deleted_at IS NULL"
"""In SQL, since every send and every socket asks it: the ORM takes four times as long."""


def conversation_of(user: User, conversation_id: uuid.UUID) -> Conversation:
    """Raises NotFound."""
    for conversation in Conversation.objects.raw(_OF_USER, [conversation_id, user.id]):
        return conversation
    raise NotFound


KNOWN_FOR = timedelta(hours=24)
"""How long what a patient wrote belongs to what they write now."""
_EARLIER, _LATELY = 6, 100
"""Messages of theirs that are looked at, in any conversation: with each send, and for their age."""
_FRAGMENT_CHARS = 60
"""What is longer says by itself what it says."""

_SAID_LATELY = """
    SELECT content, created_at, position FROM chat_message
    WHERE sender = 'user' AND created_at > %(since)s AND conversation_id IN (
        SELECT id FROM chat_conversation WHERE user_id = %(user)s AND updated_at > %(since)s
    )
    ORDER BY created_at DESC, position DESC LIMIT %(lately)s
"""
"""In SQL, since every reply asks it: the ORM took a third of a send's time to write it."""

_TO_SEND_IN = f"""
    SELECT 'here', here.summary, NULL, here.summarized_to, here.last_position, {IS_CURRENT},
        EXISTS (
            SELECT 1 FROM chat_healthprofile WHERE user_id = here.user_id OR conversation_id = here.id
        ),
        (
            SELECT content FROM chat_message
            WHERE sender = 'user' AND created_at > %(since)s AND conversation_id = CASE
                WHEN here.last_position > 0 THEN here.id
                ELSE (SELECT id FROM chat_conversation WHERE user_id = here.user_id AND last_position > 0
                      ORDER BY updated_at DESC LIMIT 1) END
            ORDER BY position DESC LIMIT 1
        )
    FROM chat_conversation AS here
    WHERE here.id = %(id)s AND here.user_id = %(user)s AND here.deleted_at IS NULL
    UNION ALL
    SELECT 'concern', category, raised_at, 0, 0, about_other, FALSE, NULL FROM moderation_concern
    WHERE patient_id = %(user)s AND until > %(now)s AND closed_at IS NULL
    UNION ALL
    SELECT 'said', content, created_at, position, 0, FALSE, FALSE, NULL FROM ({_SAID_LATELY}) AS said
"""  # noqa: S608  (fixed words)
_NEEDED_TO_SEND = ("id", "user_id", "summary", "summarized_to", "last_position")  # as the model has them in order


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation in which its patient is about to say something."""

    conversation: Conversation
    """Of its fields, what a send needs; others are read where they are asked for."""
    profiled: bool
    """Whether something was said of the person whom questions are about."""
    said_before: str
    """Their last message of this day, here or, where there is none yet, in the conversation before."""
    said_lately: tuple[str, ...]
    """Their messages of this day, in any conversation, the newest first."""
    standing: dict[str, bool]
    """Categories of concern that stand with them; True: about another person."""


def place_of(user: User, conversation_id: uuid.UUID, family_id: uuid.UUID | None = None) -> Place:
    """What a send has to know, in one statement. Raises NotFound.

    With the device that it comes from, raises AccountChanged where the account isn't current any more.
    """
    now = timezone.now()
    known = {
        "id": conversation_id,
        "now": connection.ops.adapt_datetimefield_value(now),
        **_lately(user.id, now),
        **as_known(user, family_id),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TO_SEND_IN, known)
        rows = cursor.fetchall()
    here = next((row for row in rows if row[0] == "here"), None)
    if family_id and not (here[5] if here else is_current(user, family_id)):
        raise AccountChanged
    if here is None:
        raise NotFound
    _, summary, _, summarized_to, last_position, _, profiled, said_before = here
    found = [conversation_id, user.id, summary, summarized_to, last_position]
    concerns = sorted((row for row in rows if row[0] == "concern"), key=itemgetter(2))
    said = sorted((row for row in rows if row[0] == "said"), key=itemgetter(2, 3), reverse=True)
    return Place(
        Conversation.from_db(connection.alias, _NEEDED_TO_SEND, found),
        bool(profiled),
        said_before or "",
        tuple(content for _, content, *_ in said),
        {category: bool(about_other) for _, category, _, _, _, about_other, *_ in concerns},
    )


def _lately(user_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    return {
        "user": user_id,
        "since": connection.ops.adapt_datetimefield_value(now - KNOWN_FOR),
        "lately": _LATELY,
    }


def said_lately(user_id: uuid.UUID) -> list[str]:
    """A patient's messages of this day, the newest first: so long holds what they said of themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_SAID_LATELY, _lately(user_id, timezone.now()))
        return [content for content, *_ in cursor.fetchall()]


def before(place: Place, content: str) -> tuple[dict[str, bool], tuple[str, ...]]:
    """The concerns that stand, and the messages that this one may go on from, oldest first."""
    goes_on = bool(place.said_before) and len(content) <= _FRAGMENT_CHARS
    if place.standing or (goes_on and len(place.said_before) <= _FRAGMENT_CHARS):
        return place.standing, place.said_lately[:_EARLIER][::-1]
    return {}, (place.said_before,) if goes_on else ()


def messages_of(conversation: Conversation) -> QuerySet[Message]:
    """Oldest first."""
    return conversation.messages.order_by("position").select_related("feedback").prefetch_related("attachments")


def reply_of(conversation: Conversation, message_id: uuid.UUID) -> Message:
    """One that is over. Raises NotFound."""
    over = [Message.Status.DONE, Message.Status.INCOMPLETE]
    reply = conversation.messages.filter(id=message_id, sender=Message.Sender.ASSISTANT, status__in=over).first()
    if reply is None:
        raise NotFound
    return reply


def told_again(conversation: Conversation, reply_id: uuid.UUID) -> dict[str, Any]:
    """What a reply that is told in plainer words keeps of the one it tells again. Raises NotFound."""
    reply = reply_of(conversation, reply_id)
    if not is_answer(reply):
        raise NotFound
    return {"id": str(reply.id), "reading_grade": reply.metadata.get("reading_grade")}


def asked_again(conversation: Conversation, reply_id: uuid.UUID, content: str) -> dict[str, str]:
    """What a message keeps that asks the same once more: the first reply to it. Raises NotFound."""
    reply = reply_of(conversation, reply_id)
    if reply.reply_to is None or reply.reply_to.content != content:
        raise NotFound
    first: dict[str, str] = reply.metadata.get("repeats") or {"id": str(reply.id)}
    return first


def is_answer(reply: Message) -> bool:
    """One from sources, which stands."""
    told = reply.metadata
    whole = reply.status == Message.Status.DONE and bool(reply.content)
    return whole and told.get("kind") == "answer" and bool(told.get("sources")) and not told.get("withdrawn")


def attachment_at(
    conversation_id: uuid.UUID, file_name: str, *, patient: User | None, staff: User | None
) -> Attachment:
    """For its patient, and for staff who may see attachments and have the conversation open. Raises NotFound."""
    attachments = Attachment.objects.none()
    if patient:
        attachments = Attachment.objects.filter(conversation__user=patient, conversation__deleted_at=None)
    if staff and staff.has_perm("chat.view_attachment"):
        attachments = Attachment.objects.all()
    if "\x00" in file_name:  # PostgreSQL takes none, not even in a question
        raise NotFound
    attachment = attachments.filter(
        conversation_id=conversation_id, file=f"{UPLOADS_FOLDER}/{conversation_id}/{file_name}"
    ).first()
    if attachment is None:
        raise NotFound
    return attachment


def reply_to(message: Message) -> Message | None:
    """None where somebody of the staff answers in person."""
    return getattr(message, "reply", None)


def message_with_reply(message_id: str) -> Message | None:
    messages = Message.objects.filter(id=message_id, conversation__deleted_at=None).select_related("reply")
    return next(iter(_with_attachments(messages)), None)


def _with_attachments(messages: QuerySet[Message]) -> list[Message]:
    """Read for those that have some: hardly any has, and one that was asked for them in vain holds itself in memory."""
    found = list(messages)
    if pictures := [message for message in found if message.type == Message.Type.IMAGE]:
        prefetch_related_objects(pictures, "attachments")
    return found


def messages_after(conversation_id: uuid.UUID, message_id: uuid.UUID | None) -> list[Message]:
    """From the given message on, that one included; all where it is None or not of this conversation."""
    messages = Message.objects.filter(conversation_id=conversation_id, conversation__deleted_at=None)
    if message_id is not None:
        held = messages.filter(id=message_id).values_list("position", flat=True).first()
        if held is not None:
            messages = messages.filter(position__gte=held)
    return _with_attachments(messages.order_by("position").select_related("feedback"))


def whereabouts(conversation_id: uuid.UUID) -> tuple[int, str | None]:
    """Where its newest message stands (0: there is none), and the name of who of the staff is in it."""
    found = Conversation.objects.filter(id=conversation_id, deleted_at=None)
    row = found.values_list("last_position", "attended_until", "attended_by__name").first()
    if row is None:
        return 0, None
    position, until, name = row
    return position, name if until and until > timezone.now() else None


def messages_behind(conversation_id: uuid.UUID, position: int) -> list[Message]:
    messages = Message.objects.filter(conversation_id=conversation_id, position__gt=position)
    return _with_attachments(messages.order_by("position").select_related("reply", "feedback"))


_RUNNING = """
    SELECT id FROM chat_message WHERE conversation_id = %s AND status IN ('queued', 'streaming') ORDER BY position
"""
"""In SQL, since every socket that opens asks it."""


def running_replies(conversation_id: uuid.UUID) -> list[str]:
    """Their ids, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, [conversation_id])
        return [str(uuid.UUID(str(row[0]))) for row in cursor.fetchall()]


def replies_by_id(reply_ids: Sequence[str]) -> dict[str, Message]:
    """Of any patient, for what the process does by itself; those of deleted conversations aren't there."""
    rows = Message.objects.filter(id__in=reply_ids, conversation__deleted_at=None).select_related("feedback")
    return {str(reply.id): reply for reply in rows}


_TURNS = """
    SELECT asked.content, reply.content, reply.position
    FROM chat_message AS reply JOIN chat_message AS asked ON asked.id = reply.reply_to_id
    WHERE reply.conversation_id = %s AND reply.position < %s AND reply.position > %s AND reply.sender = 'assistant'
        AND reply.status IN ('done', 'incomplete') AND COALESCE({kind}, '') <> 'safety'
    ORDER BY reply.position DESC LIMIT %s
"""
"""In SQL, since each question but the first asks it: the ORM takes ten times as long to write it."""
_KIND = {"sqlite": "JSON_EXTRACT(reply.metadata, '$.kind')", "postgresql": "reply.metadata ->> 'kind'"}


def turns_before(message: Message, *, after: int = 0) -> list[tuple[str, str, int]]:
    """The last questions and answers before a patient's message, oldest first, with the answer's position.

    `after`: a position up to which all is told in the conversation's summary.
    """
    if message.position <= after + 1:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _TURNS.format(kind=_KIND[connection.vendor]),
            [message.conversation_id, message.position, after, HISTORY_TURNS],
        )
        turns: list[tuple[str, str, int]] = cursor.fetchall()
    return turns[::-1]
