"""What changes conversations. Each is one short transaction; none waits for a model."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts import rates
from accounts.clients import NOBODY, Client
from accounts.models import User
from chat import attachments, health_profiles, queue, speech
from chat.attachments import MOST_ATTACHMENTS
from chat.models import Attachment, Conversation, HealthProfile, Message
from chat.news import tell_runners, tell_sockets
from chat.queue import Claim
from chat.refusals import helping_who_is_refused
from chat.runner import runner
from chat.screening import Screening, Writer, writer_of
from chat.selectors import asked_again, before, conversation_of, place_of, reply_to, said_lately, told_again
from chat.storing import insert_with_reply
from moderation.age import is_under_age
from pipeline import profiles, types
from pipeline.types import Transcript
from veda.errors import (
    AccountPaused,
    Busy,
    ConsentRequired,
    IdReused,
    Invalid,
    MessageEmpty,
    MessageTooLong,
    NotFound,
    TooManyRequests,
    UnknownAttachment,
)

logger = logging.getLogger(__name__)

TITLE_CHARS = 60
TITLE_WITHOUT_WORDS = "A picture"
UNFINISHED = (Message.Status.QUEUED, Message.Status.STREAMING)


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


def create_conversation(
    *, user: User, title: str = "", temporary: bool = False, health_profile: dict[str, Any] | None = None
) -> Conversation:
    """`health_profile`: whom it is about, in place of what the account says. Raises ConsentRequired."""
    _require_consent(user)
    since = timezone.now() if temporary else None
    with transaction.atomic():
        conversation = Conversation.objects.create(user=user, title=title.strip(), temporary_since=since)
        if health_profile is not None:
            HealthProfile.objects.create(conversation=conversation, **health_profile)
    return conversation


def rename_conversation(*, conversation: Conversation, title: str) -> Conversation:
    conversation.title = title.strip()
    conversation.save(update_fields=["title"])
    return conversation


def send_message(
    *,
    user: User,
    conversation_id: uuid.UUID,
    content: str,
    client_message_id: uuid.UUID | None = None,
    attachment_ids: Sequence[uuid.UUID] = (),
    spoken: Transcript | None = None,
    simplifies: uuid.UUID | None = None,
    repeats: uuid.UUID | None = None,
    client: Client = NOBODY,
) -> Sent:
    """Stores the message and the reply that is to be written. The same `client_message_id` gets the same answer.

    A message with attachments may say nothing. `spoken`: what a recogniser heard, which `content` has. `simplifies`: an
    answer that is to be told again in plainer words. `repeats`: a reply to the same words, beside which another is
    wanted.
    Raises NotFound, AccountPaused, ConsentRequired, MessageEmpty, MessageTooLong, Invalid, TooManyRequests, Busy,
    UnknownAttachment, IdReused: each with the help that an urgent message calls for.
    """
    place = place_of(user, conversation_id)
    conversation = place.conversation
    sent = None
    if client_message_id and conversation.last_position:
        sent = _sent_before(conversation, client_message_id)
        if sent and sent.says(content):
            return sent
    standing, earlier = before(place, content)
    said = health_profiles.said_in(conversation) if place.profiled else None
    profile = profiles.for_question(said, content) if said else None
    young = user.may_be_under_age or is_under_age(content, place.said_before, *earlier)
    young = young or bool(said and profiles.is_young_writers(said))
    of_person = profiles.as_said(profile) if profile else ""
    screening = Screening.of(content, Writer(user.country, young, standing, earlier, of_person))
    if screening.counts and not young and is_under_age(*said_lately(user.id)):
        screening = replace(screening, writer=replace(screening.writer, under_age=True))
    with helping_who_is_refused(screening, user, conversation.id):
        if sent:
            return _of_other_words(sent, screening)
        return _send(
            user, conversation, content, client_message_id, attachment_ids, spoken, simplifies, repeats, client,
            screening, profile,
        )  # fmt: skip


def _send(
    user: User,
    conversation: Conversation,
    content: str,
    client_message_id: uuid.UUID | None,
    attachment_ids: Sequence[uuid.UUID],
    spoken: Transcript | None,
    simplifies: uuid.UUID | None,
    repeats: uuid.UUID | None,
    client: Client,
    screening: Screening,
    profile: types.HealthProfile | None,
) -> Sent:
    """Behind screening: every gate is here or beyond."""
    _require_active(user)
    content = content.replace("\x00", "")  # PostgreSQL stores no NUL
    attachment_ids = list(dict.fromkeys(attachment_ids))
    if not content.strip() and not attachment_ids:
        raise MessageEmpty
    if len(content) > settings.MAX_MESSAGE_CHARS:
        raise MessageTooLong(settings.MAX_MESSAGE_CHARS)
    if len(attachment_ids) > MOST_ATTACHMENTS:
        raise Invalid(fields={"attachments": [f"A message takes at most {MOST_ATTACHMENTS} pictures."]})
    if screening.limited:
        rates.spend("message", account=user.id, client=client)
    message = Message(
        conversation=conversation,
        sender=Message.Sender.USER,
        content=content,
        status=Message.Status.SENT,
        client_message_id=client_message_id,
    )
    if spoken:
        message.type = Message.Type.AUDIO
        message.metadata = {"speech": {"language": spoken.language, "duration": spoken.seconds}}
    if attachment_ids:
        message.type = Message.Type.IMAGE
    if simplifies:
        message.metadata["simplifies"] = told_again(conversation, simplifies)
    if repeats:
        message.metadata["repeats"] = asked_again(conversation, repeats, content)
    try:
        with runner.claiming() as holder:
            with transaction.atomic():
                sent, claim = _store(message, attachment_ids, screening, profile, holder)
            if claim:
                runner.begin([claim])
            elif sent.reply and sent.reply.status == Message.Status.QUEUED:
                runner.wake()
    except (IntegrityError, UnknownAttachment, Busy, TooManyRequests):
        # The same send may have come in between, and have taken the attachments, or the last place in the queue.
        if client_message_id and (same := _sent_before(conversation, client_message_id)):
            return same if spoken or same.says(content) else _of_other_words(same, screening)
        if not Conversation.objects.filter(id=conversation.id, deleted_at=None).exists():
            raise NotFound from None
        raise
    tell_sockets(conversation.id, {"type": "message.sent", "message_id": str(sent.message.id)})
    return sent


def send_picture(
    *,
    user: User,
    conversation_id: uuid.UUID,
    file: UploadedFile[Any],
    content: str,
    client_message_id: uuid.UUID | None,
    metadata: dict[str, Any],
    client: Client = NOBODY,
) -> Sent:
    """Keeps the picture only where its message is stored. Raises what `add_attachment` and `send_message` do."""
    conversation = conversation_of(user, conversation_id)
    if client_message_id and _sent_before(conversation, client_message_id):
        return send_message(
            user=user, conversation_id=conversation_id, content=content, client_message_id=client_message_id
        )
    _admit_upload(user, conversation_id, client, content)
    attachment = attachments.store_picture(conversation, file.read(), name=file.name or "", metadata=metadata)
    try:
        return send_message(
            user=user,
            conversation_id=conversation_id,
            content=content,
            client_message_id=client_message_id,
            attachment_ids=[attachment.id],
            client=client,
        )
    finally:  # refused, or the same send came before
        Attachment.objects.filter(id=attachment.id, message__isnull=True).delete()


def send_recording(
    *,
    user: User,
    conversation_id: uuid.UUID,
    file: UploadedFile[Any],
    content: str,
    client_message_id: uuid.UUID | None,
    client: Client = NOBODY,
) -> Sent:
    """Sends what was said, behind `content`. Raises what `transcribe` and `send_message` do.

    Where its id was used before, nobody listens to it again.
    """
    conversation = conversation_of(user, conversation_id)
    if client_message_id and _sent_before(conversation, client_message_id):
        return send_message(
            user=user, conversation_id=conversation_id, content=content, client_message_id=client_message_id
        )
    _admit_upload(user, conversation_id, client, content)
    spoken = speech.transcribe(file.read())
    return send_message(
        user=user,
        conversation_id=conversation_id,
        content=f"{content}\n\n{spoken.text}" if content.strip() else spoken.text,
        client_message_id=client_message_id,
        spoken=spoken,
        client=client,
    )


def add_attachment(
    *,
    user: User,
    conversation_id: uuid.UUID,
    file: UploadedFile[Any],
    metadata: dict[str, Any],
    client: Client = NOBODY,
) -> Attachment:
    """A picture that a send will name.

    Raises NotFound, ConsentRequired, TooManyRequests, UnsupportedFile, PictureUnreadable, PictureTooLarge, Unavailable.
    """
    conversation = conversation_of(user, conversation_id)
    _admit_upload(user, conversation_id, client)
    return attachments.store_picture(conversation, file.read(), name=file.name or "", metadata=metadata)


@dataclass(frozen=True, slots=True)
class Heard:
    transcript: Transcript
    flag: dict[str, Any] | None
    """What was said calls for, as in the `flag` frame; None: nothing urgent."""


def transcribe(*, user: User, conversation_id: uuid.UUID, file: UploadedFile[Any], client: Client = NOBODY) -> Heard:
    """Stores nothing. Raises NotFound, ConsentRequired, TooManyRequests, and what `speech.transcribe` does."""
    conversation_of(user, conversation_id)
    _admit_upload(user, conversation_id, client)
    spoken = speech.transcribe(file.read())
    screening = Screening.of(spoken.text, writer_of(user, spoken.text))
    return Heard(spoken, screening.flag if screening.urgent else None)


def stop_reply(*, user: User, conversation_id: uuid.UUID, reply_id: uuid.UUID) -> None:
    """Ends a reply, in the queue or while it is written, in whichever process; its text is kept. Raises NotFound."""
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


def _require_active(user: User) -> None:
    """Raises AccountPaused, ConsentRequired."""
    if user.paused_at:
        raise AccountPaused
    _require_consent(user)


def _require_consent(user: User) -> None:
    if not user.consent_current:
        raise ConsentRequired


def _admit_upload(user: User, conversation_id: uuid.UUID, client: Client, content: str = "") -> None:
    """Raises AccountPaused, ConsentRequired, TooManyRequests, with help as a send does."""
    screening = Screening.of(content, writer_of(user, content))
    with helping_who_is_refused(screening, user, conversation_id):
        _require_active(user)
        if screening.limited:
            rates.spend("upload", account=user.id, client=client)


def _sent_before(conversation: Conversation, client_message_id: uuid.UUID) -> Sent | None:
    messages = conversation.messages.filter(client_message_id=client_message_id, sender=Message.Sender.USER)
    if not messages.exists():  # as nearly always
        return None
    message = messages.select_related("reply__feedback").prefetch_related("attachments").get()
    return Sent(message, reply_to(message), created=False)


def _of_other_words(sent: Sent, screening: Screening) -> Sent:
    """The same answer all the same, as the protocol has it; but nobody in danger is given that of other words.

    Raises IdReused.
    """
    if screening.urgent:
        raise IdReused
    return sent


def _store(
    message: Message,
    attachment_ids: Sequence[uuid.UUID],
    screening: Screening,
    profile: types.HealthProfile | None,
    holder: str,
) -> tuple[Sent, Claim | None]:
    """Raises NotFound, UnknownAttachment, Busy."""
    conversation = message.conversation
    now = timezone.now()
    if flag := screening.flag:
        message.metadata["flag"] = {key: value for key, value in flag.items() if key != "emergency"}
    last, attended = _next_positions(conversation, now, screening, message.content)
    if attended and not screening.urgent:
        message.position = last
        message.save(force_insert=True)
        _keep_beside(message, attachment_ids, screening)
        return Sent(message, None, created=True), None
    message.position = last - 1
    reply = Message(
        conversation=conversation,
        position=last,
        sender=Message.Sender.ASSISTANT,
        status=Message.Status.QUEUED,
        reply_to=message,
    )
    if flag:
        reply.metadata = {"flag": flag}
    if care := screening.care:
        reply.metadata["care"] = care
    if simplifies := message.metadata.get("simplifies"):
        reply.metadata["simplifies"] = simplifies
    elif profile:
        reply.metadata["health_profile"] = health_profiles.as_json(profile)
    if repeats := message.metadata.get("repeats"):
        reply.metadata["repeats"] = repeats
    claim = None
    # Whom to call is told at once, also where somebody of the staff is there: they may be slower than a fixed text.
    if screening.keeps_from_model or attended:
        reply.status = Message.Status.DONE
        reply.content = screening.safe_reply
        unsafe = screening.blocks or not screening.foreign
        reply.metadata |= {"kind": "safety"} if unsafe else {"kind": "not_found", "foreign": True}
    else:
        reply.content = screening.opening  # stored at once: it waits for no turn
        claim = queue.admit(reply, holder, urgent=not screening.limited)
    insert_with_reply(message, reply)
    _keep_beside(message, attachment_ids, screening)
    return Sent(message, reply, created=True), claim


def _keep_beside(message: Message, attachment_ids: Sequence[uuid.UUID], screening: Screening) -> None:
    """Raises UnknownAttachment."""
    if attachment_ids:
        attachments.attach(message, attachment_ids)
    if screening.counts:
        screening.record(
            patient_id=message.conversation.user_id,
            conversation_id=message.conversation_id,
            message_id=message.id,
        )


_NEXT_POSITIONS = """
    UPDATE chat_conversation
    SET last_position = last_position + CASE WHEN attended_until > %(now)s AND NOT %(urgent)s THEN 1 ELSE 2 END,
        updated_at = %(now)s, title = CASE WHEN title = '' THEN %(title)s ELSE title END
    WHERE id = %(id)s AND deleted_at IS NULL
    RETURNING last_position, attended_until > %(now)s
"""
"""One statement, which the ORM hasn't: it locks the row, and tells what came of it."""


def _next_positions(conversation: Conversation, now: datetime, screening: Screening, content: str) -> tuple[int, bool]:
    """The last that is taken, and whether somebody of the staff is there: then an urgent message alone has a reply.

    The reply has the last, the message the one before. Locks the conversation's row. Raises NotFound.
    """
    values = {
        "now": connection.ops.adapt_datetimefield_value(now),
        "urgent": screening.urgent,
        "title": _neutral_title(now) if screening.counts else _title_from(content),
        "id": Conversation._meta.pk.get_db_prep_value(conversation.id, connection),
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
