"""What goes for good: conversations and accounts, with all that belongs to them.

Where staff have yet to look at a danger (an open decision of high severity), the conversation is hidden from everybody
else at once, and erased when the decision is reviewed, at the latest after `HIDDEN_FOR`.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from accounts import audit, closing
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, User
from chat import deletion_ledger
from chat.models import Conversation, HealthProfile, Message
from chat.news import tell_runners, tell_sockets
from moderation.models import Concern, Decision
from moderation.types import Severity

HIDDEN_FOR = timedelta(days=30)


def delete_conversation(*, conversation: Conversation, client: Client = NOBODY) -> None:
    """Open sockets are told to close."""
    with transaction.atomic():
        if remove_conversation(conversation.id):
            audit.record(
                AuditEvent.Action.CONVERSATION_DELETED,
                actor_id=conversation.user_id,
                subject_id=conversation.user_id,
                object_id=conversation.id,
                client=client,
            )


def delete_account(*, user: User, client: Client = NOBODY) -> None:
    """The account can't be used any more from the first step on; what is broken off, the purge brings to its end.

    Raises LastAdministrator.
    """
    with transaction.atomic():
        closing.close_account(user)
        deletion_ledger.note("account", user.id)
        audit.record(AuditEvent.Action.ACCOUNT_DELETED, actor_id=user.id, subject_id=user.id, client=client)
        Concern.objects.filter(patient_id=user.id).delete()
        HealthProfile.objects.filter(user=user).delete()
        Conversation.objects.filter(user=user, deleted_at=None).update(deleted_at=timezone.now())
    for conversation_id in list(Conversation.objects.filter(user=user).values_list("id", flat=True)):
        remove_conversation(conversation_id)
    remove_emptied_account(user.id)


def remove_conversation(conversation_id: uuid.UUID) -> bool:
    """Erases it, or hides it where a decision is open. Whether it was there still."""
    with transaction.atomic():
        # A send and a review lock the same row: they come before, or after and find how it is then.
        conversation = Conversation.objects.select_for_update().filter(id=conversation_id).first()
        if conversation is None:
            return False
        replies = list(
            Message.objects.filter(conversation=conversation, sender=Message.Sender.ASSISTANT)
            .order_by()
            .values_list("id", flat=True)
        )
        if _open_decisions(conversation_id).exists():
            _hide(conversation)
            deletion_ledger.note("conversation", conversation_id)
        else:
            conversation.delete()
        transaction.on_commit(partial(tell_runners, "forget", replies))
        transaction.on_commit(partial(tell_sockets, conversation_id, {"type": "conversation.deleted"}))
    return True


def hidden_that_are_due() -> QuerySet[Conversation]:
    """Those that are kept for no open decision, or have been for long enough."""
    decisions = Decision.objects.filter(
        conversation_id=OuterRef("id"), severity=Severity.HIGH, review__in=Decision.UNDER_REVIEW
    )
    due = Q(deleted_at__lt=timezone.now() - HIDDEN_FOR) | ~Exists(decisions)
    return Conversation.objects.filter(due, deleted_at__isnull=False)


def erase_hidden(conversation_id: uuid.UUID) -> bool:
    """Whether it was due still."""
    with transaction.atomic():
        Conversation.objects.select_for_update().filter(id=conversation_id).first()
        conversation = hidden_that_are_due().filter(id=conversation_id).first()
        if conversation is None:
            return False
        _erase(conversation)
        return True


def remove_emptied_account(user_id: uuid.UUID) -> bool:
    """As soon as nothing of it is kept for review. Whether that was so."""
    deleted, _ = User.objects.filter(id=user_id, deleted_at__isnull=False, conversations=None).delete()
    return bool(deleted)


def _erase(conversation: Conversation) -> None:
    """With the emptied account, where it was its last."""
    conversation.delete()
    remove_emptied_account(conversation.user_id)


@receiver(post_save, sender=Decision)
def _on_review(instance: Decision, **_: Any) -> None:
    """Whoever saves it, by whichever door."""
    if instance.review not in Decision.UNDER_REVIEW:
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update().filter(id=instance.conversation_id).first()
            if conversation and conversation.deleted_at and not _open_decisions(conversation.id).exists():
                _erase(conversation)


@receiver(post_delete, sender=Conversation)
def _on_erasure(instance: Conversation, **_: Any) -> None:
    """What staff noted goes with what it was about, and where in a text something stood tells nothing any more."""
    Decision.objects.filter(conversation_id=instance.id).exclude(note="", spans=[]).update(note="", spans=[])


def _open_decisions(conversation_id: uuid.UUID) -> QuerySet[Decision]:
    return Decision.objects.filter(
        conversation_id=conversation_id, severity=Severity.HIGH, review__in=Decision.UNDER_REVIEW
    )


def _hide(conversation: Conversation) -> None:
    """What writes a reply loses it: its row isn't being written any more."""
    conversation.messages.unfinished().update(
        status=Message.Status.INCOMPLETE, lease_holder="", lease_until=None, fence=F("fence") + 1
    )
    if conversation.deleted_at is None:
        conversation.deleted_at = timezone.now()
        conversation.attended_by = conversation.attended_until = None
        conversation.save(update_fields=["deleted_at", "attended_by", "attended_until"])
