"""Where an account is signed in."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, RefreshFamily, User
from veda.errors import NotFound


def devices_of(user: User) -> QuerySet[RefreshFamily]:
    lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]  # type: ignore[assignment]
    return user.refresh_families.filter(revoked_at=None, issued_at__gt=timezone.now() - lifetime)


def sign_out_device(*, user: User, device_id: uuid.UUID, actor: User, client: Client = NOBODY) -> None:
    """Raises NotFound."""
    with transaction.atomic():
        if not RefreshFamily.objects.filter(id=device_id, user=user).end():
            raise NotFound
        audit.record(
            AuditEvent.Action.DEVICE_SIGNED_OUT,
            actor_id=actor.id,
            subject_id=user.id,
            object_id=device_id,
            client=client,
        )


def sign_out_everywhere(*, user: User, actor: User, client: Client = NOBODY) -> None:
    with transaction.atomic():
        ended = user.refresh_families.end()
        if ended:
            audit.record(
                AuditEvent.Action.DEVICE_SIGNED_OUT,
                actor_id=actor.id,
                subject_id=user.id,
                client=client,
                devices=ended,
            )
