"""What changes conversations. Each is one short transaction; none waits for a model."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation, Message
from chat.runner import RUNNERS_GROUP, runner
from chat.selectors import conversation_of
from moderation import services as moderation
from moderation.models import Decision
from moderation.types import SELF_HARM_CRISIS, Severity, Verdict
from veda.errors import ConsentRequired, MessageEmpty, MessageTooLong, NotFound

logger = logging.getLogger(__name__)

TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Sent:
    message: Message
    reply: Message
    created: bool
    """False: the same send came before, and this is what it got."""

    @property
    def blocked(self) -> bool:
        return bool(self.reply.metadata.get("kind") == "safety")


def create_conversation(*, user: User, title: str = "") -> Conversation:
    """Raises ConsentRequired."""
    _require_consent(user)
    return Conversation.objects.create(user=user, title=title.strip())


def rename_conversation(*, conversation: Conversation, title: str) -> Conversation:
    conversation.title = title.strip()
    conversation.save(update_fields=["title"])
    return conversation


def delete_conversation(*, conversation: Conversation) -> None:
    """With all its messages; what writes a reply for it is told to stop, open sockets to close."""
    conversation_id = conversation.id
    with transaction.atomic():
        # A send moves the same row: it comes before and is deleted too, or after and finds nothing.
        Conversation.objects.select_for_update().filter(id=conversation_id).first()
        running = conversation.messages.filter(status__in=[Message.Status.QUEUED, Message.Status.STREAMING])
        ids = list(running.values_list("id", flat=True))
        conversation.delete()
    for reply_id in ids:
        _tell_runners("forget", reply_id)
    tell_sockets(conversation_id, {"type": "conversation.deleted"})


def send_message(
    *, user: User, conversation_id: uuid.UUID, content: str, client_message_id: uuid.UUID | None = None
) -> Sent:
    """Stores the message and the reply that is to be written. The same `client_message_id` gets the same answer.

    Raises NotFound, ConsentRequired, MessageEmpty, MessageTooLong.
    """
    conversation = conversation_of(user, conversation_id)
    if client_message_id and (sent := _sent_before(conversation, client_message_id)):
        return sent
    screening = _Screening.of(content)
    _require_consent(user)
    content = content.replace("\x00", "")  # PostgreSQL stores no NUL
    if not content.strip():
        raise MessageEmpty
    if len(content) > settings.MAX_MESSAGE_CHARS:
        raise MessageTooLong(settings.MAX_MESSAGE_CHARS)
    try:
        with transaction.atomic():
            sent = _store(conversation, content, client_message_id, screening)
    except IntegrityError:
        if client_message_id and (sent := _sent_before(conversation, client_message_id)):
            return sent
        if not Conversation.objects.filter(id=conversation.id).exists():
            raise NotFound from None
        raise
    runner.wake()
    tell_sockets(conversation.id, {"type": "message.sent", "message_id": str(sent.message.id)})
    return sent


def stop_reply(*, user: User, conversation_id: uuid.UUID, reply_id: uuid.UUID) -> None:
    """Ends a reply, in the queue or while it is written, in whichever process; its text is kept. Raises NotFound."""
    conversation = conversation_of(user, conversation_id)
    reply = conversation.messages.filter(id=reply_id, sender=Message.Sender.ASSISTANT).first()
    if reply is None:
        raise NotFound
    ended = Message.objects.filter(id=reply_id, status=Message.Status.QUEUED).update(
        status=Message.Status.INCOMPLETE,
        metadata={**reply.metadata, "incomplete": True, "reason": "stopped"},
        fence=F("fence") + 1,
    )
    if ended:
        _tell_runners("forget", reply_id)
        tell_sockets(conversation_id, {"type": "reply.ended", "reply_id": str(reply_id)})
    else:
        _tell_runners("stop", reply_id)


def sockets_group(conversation_id: uuid.UUID) -> str:
    """The channel layer's group of a conversation's open sockets. It carries rare events, never text."""
    return f"conversation.{conversation_id.hex}"


def tell_sockets(conversation_id: uuid.UUID, event: dict[str, str]) -> None:
    _tell(sockets_group(conversation_id), event)


def _tell_runners(what: str, reply_id: uuid.UUID) -> None:
    """`stop`: end it with its text kept. `forget`: it is gone, or over."""
    _tell(RUNNERS_GROUP, {"type": what, "reply_id": str(reply_id)})


def _tell(group: str, event: dict[str, str]) -> None:
    """What was stored stays stored when the layer is away: readers find it when they ask again."""
    try:
        async_to_sync(get_channel_layer().group_send)(group, event)
    except Exception as error:
        logger.error("The channel layer didn't take %s: %s", event["type"], type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Screening:
    """What screening the raw text came to."""

    verdict: Verdict | None
    failed: bool = False

    @classmethod
    def of(cls, content: str) -> _Screening:
        try:
            return cls(moderation.screen(content))
        except moderation.ScreeningFailed:
            return cls(None, failed=True)

    @property
    def blocks(self) -> bool:
        if self.failed:
            return True
        verdict = self.verdict
        # Switching moderation off never switches off the help for a person in crisis.
        return bool(verdict and verdict.blocks and (settings.ENABLE_MODERATION or _is_crisis(verdict)))

    @property
    def category(self) -> str:
        return self.verdict.category if self.verdict else "unscreened"

    @property
    def action(self) -> Decision.Action:
        if self.failed:
            return Decision.Action.UNSCREENED
        assert self.verdict
        if self.blocks:
            return Decision.Action.BLOCKED
        if self.verdict.emergency:
            return Decision.Action.NOTICE
        return Decision.Action.LOGGED if self.verdict.severity is Severity.LOW else Decision.Action.FLAGGED

    @property
    def counts(self) -> bool:
        """Whether it is worth a decision."""
        if self.failed:
            return True
        return bool(self.verdict and (settings.ENABLE_MODERATION or self.verdict.emergency or _is_crisis(self.verdict)))

    @property
    def flag(self) -> dict[str, object] | None:
        """As in the `flag` frame and in `metadata.flag`."""
        if not self.counts:
            return None
        urgent = self.blocks or bool(self.verdict and self.verdict.emergency)
        return {
            "severity": self.verdict.severity if self.verdict else Severity.HIGH,
            "category": self.category,
            **({"emergency": moderation.emergency_help()} if urgent else {}),
        }


def _is_crisis(verdict: Verdict) -> bool:
    return verdict.category == SELF_HARM_CRISIS


def _require_consent(user: User) -> None:
    if not user.consent_current:
        raise ConsentRequired


def _sent_before(conversation: Conversation, client_message_id: uuid.UUID) -> Sent | None:
    message = (
        conversation.messages.filter(client_message_id=client_message_id, sender=Message.Sender.USER)
        .select_related("reply")
        .first()
    )
    return Sent(message, message.reply, created=False) if message else None


def _store(
    conversation: Conversation, content: str, client_message_id: uuid.UUID | None, screening: _Screening
) -> Sent:
    now = timezone.now()
    updates: dict[str, object] = {"last_position": F("last_position") + 2, "updated_at": now}
    if not conversation.title:
        updates["title"] = _neutral_title(now) if screening.counts else _title_from(content)
    if not Conversation.objects.filter(id=conversation.id).update(**updates):
        raise NotFound
    last = Conversation.objects.values_list("last_position", flat=True).get(id=conversation.id)
    message = Message(
        conversation=conversation,
        position=last - 1,
        sender=Message.Sender.USER,
        content=content,
        status=Message.Status.SENT,
        client_message_id=client_message_id,
    )
    reply = Message(
        conversation=conversation,
        position=last,
        sender=Message.Sender.ASSISTANT,
        status=Message.Status.QUEUED,
        reply_to=message,
    )
    if flag := screening.flag:
        message.metadata = {"flag": {key: value for key, value in flag.items() if key != "emergency"}}
        reply.metadata = {"flag": flag}
    if screening.blocks:
        reply.status = Message.Status.DONE
        reply.content = moderation.safe_reply(screening.category)
        reply.metadata["kind"] = "safety"
    message.save(force_insert=True)
    reply.save(force_insert=True)
    if screening.counts:
        moderation.record_decision(
            verdict=screening.verdict,
            patient_id=conversation.user_id,
            conversation_id=conversation.id,
            message_id=message.id,
            action=screening.action,
        )
    return Sent(message, reply, created=True)


def _neutral_title(now: datetime) -> str:
    """For a list that others may see over the patient's shoulder."""
    return f"Conversation of {now.day} {now:%B}"


def _title_from(question: str) -> str:
    line = " ".join(question.split())
    line = line[:1].upper() + line[1:]
    if len(line) <= TITLE_CHARS:
        return line
    return line[:TITLE_CHARS].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
