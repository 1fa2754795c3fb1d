"""What staff make of a decision: whose it is, what they found, whom they asked to look. Each change is on record.

Of two who change one at the same time, the second is told: nobody overwrites what they haven't seen.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit, mail
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, User
from chat.models import HelpRequest
from moderation.models import Decision


class ChangedMeanwhile(Exception):
    """Somebody else changed the decision since it was looked at."""


class NotAllowed(Exception):
    """A review that can't come after the one before, or an escalation to nobody. The text is for a person."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that staff may change of a decision."""

    review: str
    assigned_to_id: uuid.UUID | None
    escalated_to_id: uuid.UUID | None
    note: str

    @classmethod
    def of(cls, decision: Decision) -> Standing:
        return cls(decision.review, decision.assigned_to_id, decision.escalated_to_id, decision.note)

    @property
    def mark(self) -> str:
        """Two that have the same are the same: what a page says it was made from."""
        values = [self.review, str(self.assigned_to_id), str(self.escalated_to_id), self.note]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


FIELDS = ("review", "assigned_to_id", "escalated_to_id", "note")


def require_allowed(before: Standing, after: Standing) -> None:
    """Raises NotAllowed."""
    if after.review != before.review and after.review not in Decision.MOVES.get(before.review, []):
        raise NotAllowed(f"What is {before.review} can't become {after.review}.")
    escalated = after.review == Decision.Review.ESCALATED
    if escalated and after.escalated_to_id is None:
        raise NotAllowed("Please name who shall look at it.")
    if not escalated and after.escalated_to_id != before.escalated_to_id:
        raise NotAllowed("Who shall look at it is named with the review “escalated”.")


@transaction.atomic
def change_decision(
    decision_id: uuid.UUID, *, seen: str, actor: User, client: Client = NOBODY, **changes: Any
) -> Decision:
    """`changes` of `FIELDS`; `seen`: the mark of what the actor looked at. Raises ChangedMeanwhile, NotAllowed."""
    decision = Decision.objects.select_for_update().get(id=decision_id)
    before = Standing.of(decision)
    if seen != before.mark:
        raise ChangedMeanwhile
    for field in FIELDS:
        setattr(decision, field, changes.get(field, getattr(decision, field)))
    after = Standing.of(decision)
    if before == after:
        return decision
    require_allowed(before, after)
    if after.review != before.review:
        decision.reviewed_by_id, decision.reviewed_at = actor.id, timezone.now()
    acknowledge(decision.conversation_id)
    decision.acknowledged_at = decision.acknowledged_at or timezone.now()
    decision.save(update_fields=[*FIELDS, "reviewed_by_id", "reviewed_at", "acknowledged_at"])
    _record(decision, before, after, actor, client)
    if after.escalated_to_id and after.escalated_to_id not in (before.escalated_to_id, actor.id):
        _tell_asked(decision, after.escalated_to_id)
    return decision


def _tell_asked(decision: Decision, asked_id: uuid.UUID) -> None:
    asked = User.objects.filter(id=asked_id, is_active=True).first()
    if asked and asked.is_staff:
        path = reverse("admin:moderation_decision_change", args=[decision.id])
        mail.send_escalated(asked, f"{settings.PUBLIC_URL}{path}")


def acknowledge(conversation_id: uuid.UUID) -> None:
    """Staff look at this conversation: nobody is alerted any more about what it has now."""
    now = timezone.now()
    Decision.objects.filter(conversation_id=conversation_id, acknowledged_at=None).update(acknowledged_at=now)
    HelpRequest.objects.filter(conversation_id=conversation_id, acknowledged_at=None).update(acknowledged_at=now)


def take_on(conversation_id: uuid.UUID, *, actor: User, client: Client = NOBODY) -> None:
    """Whoever joins a conversation looks after what is under review there and has nobody yet."""
    waiting = Decision.objects.select_for_update().filter(
        conversation_id=conversation_id, review__in=Decision.UNDER_REVIEW, assigned_to_id=None
    )
    for decision in waiting:
        before = Standing.of(decision)
        decision.assigned_to_id = actor.id
        decision.save(update_fields=["assigned_to_id"])
        _record(decision, before, Standing.of(decision), actor, client)


def _record(decision: Decision, before: Standing, after: Standing, actor: User, client: Client) -> None:
    more: dict[str, Any] = {}
    if after.assigned_to_id != before.assigned_to_id:
        more["assigned_to"] = str(after.assigned_to_id or "nobody")
    if after.escalated_to_id != before.escalated_to_id:
        more["escalated_to"] = str(after.escalated_to_id or "nobody")
    if after.note != before.note:
        more["note"] = "changed"
    reviewed = after.review != before.review
    if reviewed:
        more |= {"old": before.review, "new": after.review}
    audit.record(
        AuditEvent.Action.DECISION_REVIEWED if reviewed else AuditEvent.Action.DECISION_HANDLED,
        actor_id=actor.id,
        subject_id=decision.patient_id,
        object_id=decision.conversation_id,
        client=client,
        decision=str(decision.id),
        **more,
    )
