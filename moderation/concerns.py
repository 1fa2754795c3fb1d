"""Concerns: what was worrying in a message stays with its patient, whatever they write or open afterwards.

A new conversation, an edit or "just joking" doesn't clear one; a day does, or a moderator.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from moderation.models import Concern, Decision
from moderation.types import MEDICAL_EMERGENCY, SELF_HARM_CRISIS, VIOLENCE

STANDS = timedelta(hours=24)
LASTING = frozenset({SELF_HARM_CRISIS, MEDICAL_EMERGENCY, VIOLENCE})
"""Categories that leave one."""


def raise_concern(*, patient_id: uuid.UUID, category: str, about_other: bool = False) -> None:
    """Stands for a day from now on. One that stands already is prolonged, and is about the patient if either is."""
    now = timezone.now()
    standing = Concern.objects.filter(patient_id=patient_id, category=category, until__gt=now, closed_at=None)
    change = {"until": now + STANDS, **({} if about_other else {"about_other": False})}
    if not standing.update(**change):
        Concern.objects.create(
            patient_id=patient_id, category=category, about_other=about_other, raised_at=now, until=now + STANDS
        )


@receiver(post_save, sender=Decision)
def _on_review(instance: Decision, **_: Any) -> None:
    """A false alarm leaves no concern, unless there was another that wasn't one."""
    if instance.review != Decision.Review.DISMISSED:
        return
    now = timezone.now()
    same = Decision.objects.filter(patient_id=instance.patient_id, category=instance.category)
    if not same.filter(created_at__gt=now - STANDS).exclude(review=Decision.Review.DISMISSED).exists():
        standing = Concern.objects.filter(
            patient_id=instance.patient_id, category=instance.category, until__gt=now, closed_at=None
        )
        standing.update(closed_at=now, closed_by_id=instance.reviewed_by_id)


def close_concern(concern: Concern, *, by_id: uuid.UUID) -> bool:
    """False: somebody else has closed it before, or its time was over."""
    now = timezone.now()
    rows = Concern.objects.filter(id=concern.id, closed_at=None, until__gt=now)
    return bool(rows.update(closed_at=now, closed_by_id=by_id))
