"""What changes conversations. Each is one short transaction; none waits for a model."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import rates
from accounts.clients import NOBODY, Client
from accounts.models import User
from accounts.standing import require_active, require_consent
from chat import attachments, health_profiles, speech
from chat.attachments import MOST_ATTACHMENTS
from chat.models import Attachment, Conversation, HealthProfile, Message
from chat.news import tell_sockets
from chat.refusals import helping_who_is_refused
from chat.runner import runner
from chat.screening import Screening, Writer, writer_of
from chat.selectors import Place, asked_again, before, conversation_of, place_of, told_again
from chat.sends import Known, Sent, sent_before, store_send
from moderation.age import is_under_age
from pipeline import profiles
from pipeline.types import Transcript
from veda.errors import (
    Busy,
    IdReused,
    Invalid,
    MessageEmpty,
    MessageTooLong,
    NotFound,
    TooManyRequests,
    UnknownAttachment,
)


def create_conversation(
    *, user: User, title: str = "", temporary: bool = False, health_profile: dict[str, Any] | None = None
) -> Conversation:
    """`health_profile`: whom it is about, in place of what the account says. Raises ConsentRequired."""
    require_consent(user)
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
    family_id: uuid.UUID | None = None,
    channel: str = "",
) -> Sent:
    """Stores the message and the reply that is to be written. The same `client_message_id` gets the same answer.

    A message with attachments may say nothing. `spoken`: what a recogniser heard, which `content` has. `simplifies`: an
    answer that is to be told again in plainer words. `repeats`: a reply to the same words, beside which another is
    wanted. `family_id`: the device that it comes from, where it isn't known yet whether it still may. `channel`: of the
    socket that it comes by, which needs no news of it.
    Raises AccountChanged, NotFound, AccountPaused, ConsentRequired, MessageEmpty, MessageTooLong, Invalid,
    TooManyRequests, Busy, UnknownAttachment, IdReused: each with the help that an urgent message calls for.
    """
    place = place_of(user, conversation_id, family_id)
    conversation = place.conversation
    sent = None
    if client_message_id and conversation.last_position:
        sent = sent_before(conversation, client_message_id)
        if sent and sent.says(content):
            return sent
    known = _screen(user, place, content)
    screening = known.screening
    with helping_who_is_refused(screening, user, conversation.id):
        if sent:
            return _of_other_words(sent, screening)
        require_active(user)
        content = content.replace("\x00", "")  # PostgreSQL stores no NUL
        attachment_ids = list(dict.fromkeys(attachment_ids))
        _require_fitting(content, attachment_ids)
        if screening.limited:
            rates.spend("message", account=user.id, client=client)
        message = Message(
            conversation=conversation,
            sender=Message.Sender.USER,
            type=Message.Type.IMAGE if attachment_ids else Message.Type.AUDIO if spoken else Message.Type.TEXT,
            content=content,
            status=Message.Status.SENT,
            metadata=_metadata_of(conversation, content, spoken, simplifies, repeats),
            client_message_id=client_message_id,
        )
        return _send(message, attachment_ids, known, channel)


def _screen(user: User, place: Place, content: str) -> Known:
    """By what is known of the writer and was said before; and of whom the question is, if they said so."""
    standing, earlier = before(place, content)
    said = health_profiles.said_in(place.conversation) if place.profiled else None
    profile = profiles.for_question(said, content) if said else None
    young = user.may_be_under_age or is_under_age(content, place.said_before, *earlier)
    young = young or bool(said and profiles.is_young_writers(said))
    of_person = profiles.as_said(profile) if profile else ""
    screening = Screening.of(content, Writer(user.country, young, standing, earlier, of_person))
    if screening.counts and not young and is_under_age(*place.said_lately):
        screening = replace(screening, writer=replace(screening.writer, under_age=True))
    return Known(screening, profile, place.said_lately)


def _require_fitting(content: str, attachment_ids: Sequence[uuid.UUID]) -> None:
    """Raises MessageEmpty, MessageTooLong, Invalid."""
    if not content.strip() and not attachment_ids:
        raise MessageEmpty
    if len(content) > settings.MAX_MESSAGE_CHARS:
        raise MessageTooLong(settings.MAX_MESSAGE_CHARS)
    if len(attachment_ids) > MOST_ATTACHMENTS:
        raise Invalid(fields={"attachments": [f"A message takes at most {MOST_ATTACHMENTS} pictures."]})


def _metadata_of(
    conversation: Conversation,
    content: str,
    spoken: Transcript | None,
    simplifies: uuid.UUID | None,
    repeats: uuid.UUID | None,
) -> dict[str, Any]:
    """Raises NotFound."""
    metadata: dict[str, Any] = {}
    if spoken:
        metadata["speech"] = {"language": spoken.language, "duration": spoken.seconds}
    if simplifies:
        metadata["simplifies"] = told_again(conversation, simplifies)
    if repeats:
        metadata["repeats"] = asked_again(conversation, repeats, content)
    return metadata


def _send(message: Message, attachment_ids: Sequence[uuid.UUID], known: Known, channel: str) -> Sent:
    """Stores it, and begins its reply or wakes who will. Raises NotFound, UnknownAttachment, Busy, IdReused."""
    conversation = message.conversation
    try:
        with runner.claiming() as holder:
            with transaction.atomic():
                sent, claim = store_send(message, attachment_ids, known, holder)
            if claim:
                runner.begin([claim])
            elif sent.reply and sent.reply.status == Message.Status.QUEUED:
                runner.wake()
    except (IntegrityError, UnknownAttachment, Busy, TooManyRequests):
        # The same send may have come in between, and have taken the attachments, or the last place in the queue.
        if message.client_message_id and (same := sent_before(conversation, message.client_message_id)):
            heard = "speech" in message.metadata
            return same if heard or same.says(message.content) else _of_other_words(same, known.screening)
        if not Conversation.objects.filter(id=conversation.id, deleted_at=None).exists():
            raise NotFound from None
        raise
    tell_sockets(conversation.id, {"type": "message.sent", "message_id": str(sent.message.id)}, told=channel)
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
    if client_message_id and sent_before(conversation, client_message_id):
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
    if client_message_id and sent_before(conversation, client_message_id):
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


def _admit_upload(user: User, conversation_id: uuid.UUID, client: Client, content: str = "") -> None:
    """Raises AccountPaused, ConsentRequired, TooManyRequests, with help as a send does."""
    screening = Screening.of(content, writer_of(user, content))
    with helping_who_is_refused(screening, user, conversation_id):
        require_active(user)
        if screening.limited:
            rates.spend("upload", account=user.id, client=client)


def _of_other_words(sent: Sent, screening: Screening) -> Sent:
    """The same answer all the same, as the protocol has it; but nobody in danger is given that of other words.

    Raises IdReused.
    """
    if screening.urgent:
        raise IdReused
    return sent
