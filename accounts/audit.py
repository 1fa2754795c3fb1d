"""The audit trail: who did what to whose account or data."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent


def record(
    action: AuditEvent.Action,
    *,
    actor_id: uuid.UUID | None = None,
    subject_id: uuid.UUID | None = None,
    object_id: uuid.UUID | None = None,
    client: Client = NOBODY,
    reason: str = "",
    **details: Any,
) -> AuditEvent:
    """`details` and `reason` never hold a patient's words, nor an address that somebody typed."""
    return AuditEvent.objects.create(
        action=action,
        actor_id=actor_id,
        subject_id=subject_id,
        object_id=object_id,
        network=client.network,
        browser=client.browser,
        reason=reason.strip()[:300],
        details=details,
    )
