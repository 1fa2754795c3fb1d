"""What a send leaves in the database: the message, its reply, and what is kept beside them, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from chat import attachments, health_profiles, queue
from chat.models import Conversation, Message
from chat.queue import Claim
from chat.screening import Screening
from chat.selectors import reply_to
from chat.storing import insert_with_reply
from pipeline import types
from veda.errors import NotFound

TITLE_CHARS = 60
TITLE_WITHOUT_WORDS = "A picture"


@dataclass(frozen=True, slots=True)
class Known:
    """Of a message that is about to be stored, and of who wrote it."""

    screening: Screening
    profile: types.HealthProfile | None
    """Of the person whom it is about; None: nothing was said."""
    said_lately: Sequence[str]
    """Their messages of this day before it."""


@dataclass(frozen=True, slots=True)
class Sent:
    message: Message
    reply: Message | None
    """None: somebody of the staff is there, and answers in person."""
    created: bool
    """False: the same send came before, and this is what it got."""

    @property
    def blocked(self) -> bool:
        return bool(self.reply and self.reply.metadata.get("kind") == "safety")

    def says(self, content: str) -> bool:
        """Whether it has the same words; of a recording, the same that were typed above it."""
        typed, stored = content.replace("\x00", ""), self.message.content
        spoken = self.message.type == Message.Type.AUDIO
        return stored == typed or (spoken and (not typed.strip() or stored.startswith(f"{typed}\n\n")))


_SENT_BEFORE = "SELECT id FROM chat_message WHERE conversation_id = %s AND client_message_id = %s AND sender = 'user'"
"""In SQL, since each send but the first asks it, and is told nearly always that there is none."""


def sent_before(conversation: Conversation, client_message_id: uuid.UUID) -> Sent | None:
    with connection.cursor() as cursor:
        cursor.execute(_SENT_BEFORE, [conversation.id, client_message_id])
        row = cursor.fetchone()
    if row is None:
        return None
    message = Message.objects.select_related("reply__feedback").prefetch_related("attachments").get(id=row[0])
    return Sent(message, reply_to(message), created=False)


def store_send(
    message: Message,
    attachment_ids: Sequence[uuid.UUID],
    known: Known,
    holder: str,
) -> tuple[Sent, Claim | None]:
    """With the reply that waits for its turn, or that is said at once; in the transaction of the caller.

    Raises NotFound, UnknownAttachment, Busy.
    """
    screening = known.screening
    if flag := screening.flag:
        message.metadata["flag"] = {key: value for key, value in flag.items() if key != "emergency"}
    last, attended = _next_positions(message, screening)
    reply, claim = None, None
    if attended and not screening.urgent:
        message.position = last
        message.save(force_insert=True)
    else:
        message.position = last - 1
        reply = _reply_to(message, last, known)
        # Whom to call is told at once, also where somebody of the staff is there: they may be slower than a fixed text.
        if screening.keeps_from_model or attended:
            _say_at_once(reply, screening)
        else:
            reply.content = screening.opening  # stored at once: it waits for no turn
            claim = queue.admit(reply, holder, known.said_lately, urgent=not screening.limited)
        insert_with_reply(message, reply)
    if attachment_ids:
        attachments.attach(message, attachment_ids)
    if screening.counts:
        screening.record(
            patient_id=message.conversation.user_id,
            conversation_id=message.conversation_id,
            message_id=message.id,
        )
    return Sent(message, reply, created=True), claim


def _reply_to(message: Message, position: int, known: Known) -> Message:
    reply = Message(
        conversation=message.conversation,
        position=position,
        sender=Message.Sender.ASSISTANT,
        status=Message.Status.QUEUED,
        reply_to=message,
    )
    if flag := known.screening.reply_flag:
        reply.metadata = {"flag": flag}
    if care := known.screening.care:
        reply.metadata["care"] = care
    if simplifies := message.metadata.get("simplifies"):
        reply.metadata["simplifies"] = simplifies
    elif known.profile:
        reply.metadata["health_profile"] = health_profiles.as_json(known.profile)
    if repeats := message.metadata.get("repeats"):
        reply.metadata["repeats"] = repeats
    return reply


def _say_at_once(reply: Message, screening: Screening) -> None:
    reply.status = Message.Status.DONE
    reply.content = screening.safe_reply
    unsafe = screening.blocks or not screening.foreign
    reply.metadata |= {"kind": "safety"} if unsafe else {"kind": "not_found", "foreign": True}


_NEXT_POSITIONS = """
    UPDATE chat_conversation
    SET last_position = last_position + CASE WHEN attended_until > %(now)s AND NOT %(urgent)s THEN 1 ELSE 2 END,
        updated_at = %(now)s, title = CASE WHEN title = '' THEN %(title)s ELSE title END
    WHERE id = %(id)s AND deleted_at IS NULL
    RETURNING last_position, attended_until > %(now)s
"""
"""One statement, which the ORM hasn't: it locks the row, and tells what came of it."""


def _next_positions(message: Message, screening: Screening) -> tuple[int, bool]:
    """The last that is taken, and whether somebody of the staff is there: then an urgent message alone has a reply.

    The reply has the last, the message the one before. Locks the conversation's row. Raises NotFound.
    """
    now = timezone.now()
    values = {
        "now": connection.ops.adapt_datetimefield_value(now),
        "urgent": screening.urgent,
        "title": _neutral_title(now) if screening.counts else _title_from(message.content),
        "id": message.conversation_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_POSITIONS, values)
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    return int(row[0]), bool(row[1])


def _neutral_title(now: datetime) -> str:
    """For a list that others may see over the patient's shoulder."""
    return f"Conversation of {now.day} {now:%B}"


def _title_from(question: str) -> str:
    line = " ".join(question.split()) or TITLE_WITHOUT_WORDS
    line = line[:1].upper() + line[1:]
    if len(line) <= TITLE_CHARS:
        return line
    return line[:TITLE_CHARS].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
