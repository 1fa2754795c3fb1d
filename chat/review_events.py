"""What staff make of a decision is on record: an open one of high severity lets them read the conversation."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.clients import client_of
from accounts.models import AuditEvent, User
from moderation.models import Decision
from moderation.signals import decision_reviewed


@receiver(decision_reviewed)
def _put_on_record(decision: Decision, old: str, actor: User, request: HttpRequest, **_: Any) -> None:
    audit.record(
        AuditEvent.Action.DECISION_REVIEWED,
        actor_id=actor.id,
        subject_id=decision.patient_id,
        object_id=decision.conversation_id,
        client=client_of(request),
        decision=str(decision.id),
        old=old,
        new=decision.review,
    )
