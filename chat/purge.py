"""What is kept no longer than it has to be."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailConfirmation
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Consent, Invitation, RefreshFamily, User
from chat import deletion
from chat.attachments import KEPT_UNSENT
from chat.models import Attachment, Conversation, HealthProfile, RowLock
from moderation.models import Alert, Concern, Decision

logger = logging.getLogger(__name__)

KEPT_AFTER_USE = timedelta(days=30)
"""Devices that are signed out, invitations that are used or too old: long enough to be asked about."""
TEMPORARY_KEPT = timedelta(hours=12)
"""After its last message: for those whose page was closed without a word."""
KEPT_WITHOUT_CONSENT = timedelta(days=30)
"""Closed to everybody, in case that the patient agrees again or wants a copy first."""
AT_ONCE = 500
LEASE = timedelta(days=1)

Progress = Callable[[str, int], Any]
"""Told the name of what is purged and how many rows there are; gives something with `update(count)` and `close()`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of old rows. `remove` tells how many of a batch it removed."""

    name: str
    due: Callable[[], QuerySet[Any]]
    remove: Callable[[QuerySet[Any], list[Any]], int]


def _together(due: QuerySet[Any], ids: list[Any]) -> int:
    """Asked anew and locked: a row may have come back to life since it was found, as a picture that is sent does."""
    with transaction.atomic():
        still = list(due.select_for_update(skip_locked=True).filter(pk__in=ids).values_list("pk", flat=True))
        _, deleted = due.model._default_manager.filter(pk__in=still).delete()
    return int(deleted.get(due.model._meta.label, 0))


def _one_by_one(remove: Callable[[uuid.UUID], bool]) -> Callable[[QuerySet[Any], list[Any]], int]:
    """`remove` looks again, under a lock, whether the row is still due."""
    return lambda due, ids: sum(remove(row_id) for row_id in ids)


def _idle() -> QuerySet[Conversation]:
    oldest = _days_ago(settings.CONVERSATION_RETENTION_DAYS)
    rows = Conversation.objects.filter(deleted_at=None)
    return rows.filter(updated_at__lt=oldest) if oldest else rows.none()


def _temporary() -> QuerySet[Conversation]:
    before = timezone.now() - TEMPORARY_KEPT
    return Conversation.objects.filter(
        temporary_since__isnull=False, temporary_since__lt=before, updated_at__lt=before, deleted_at=None
    )


def _consent_is_gone() -> Q:
    """Of patients who took back that their health data may be used, and haven't agreed again for a month."""
    given = Consent.objects.filter(user_id=OuterRef("user_id"), purpose=Consent.Purpose.HEALTH_DATA)
    lately = given.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gte=timezone.now() - KEPT_WITHOUT_CONSENT))
    return Q(Exists(given)) & ~Q(Exists(lately.filter(superseded_at=None)))


def _without_consent() -> QuerySet[Conversation]:
    return Conversation.objects.filter(_consent_is_gone(), deleted_at=None)


def _remove_if_still(due: Callable[[], QuerySet[Conversation]]) -> Callable[[uuid.UUID], bool]:
    def remove(conversation_id: uuid.UUID) -> bool:
        with transaction.atomic():
            still = due().select_for_update().filter(id=conversation_id).first()
            return bool(still and deletion.remove_conversation(conversation_id))

    return remove


def _on_record(rows: QuerySet[Any], time: str) -> QuerySet[Any]:
    oldest = _days_ago(settings.AUDIT_RETENTION_DAYS)
    return rows.filter(**{f"{time}__lt": oldest}) if oldest else rows.none()


def _signed_out() -> QuerySet[RefreshFamily]:
    before = timezone.now() - KEPT_AFTER_USE
    lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]  # type: ignore[assignment]
    return RefreshFamily.objects.filter(Q(revoked_at__lt=before) | Q(issued_at__lt=before - lifetime))


def _old_invitations() -> QuerySet[Invitation]:
    before = timezone.now() - KEPT_AFTER_USE
    return Invitation.objects.filter(Q(used_at__lt=before) | Q(expires_at__lt=before))


def _days_ago(days: int) -> datetime | None:
    """None for 0: kept for ever."""
    return timezone.now() - timedelta(days=days) if days else None


KINDS = (
    Kind("conversations", _idle, _one_by_one(_remove_if_still(_idle))),
    Kind("temporary conversations", _temporary, _one_by_one(_remove_if_still(_temporary))),
    Kind("conversations without consent", _without_consent, _one_by_one(_remove_if_still(_without_consent))),
    Kind("health profiles without consent", lambda: HealthProfile.objects.filter(_consent_is_gone()), _together),
    Kind("hidden conversations", deletion.hidden_that_are_due, _one_by_one(deletion.erase_hidden)),
    Kind(
        "emptied accounts",
        lambda: User.objects.filter(deleted_at__isnull=False, conversations=None),
        _one_by_one(deletion.remove_emptied_account),
    ),
    Kind(
        "unsent pictures",
        lambda: Attachment.objects.filter(message=None, created_at__lt=timezone.now() - KEPT_UNSENT),
        _together,
    ),
    Kind("devices", _signed_out, _together),
    Kind("invitations", _old_invitations, _together),
    Kind("sessions", lambda: Session.objects.filter(expire_date__lt=timezone.now()), _together),
    Kind("e-mail confirmations", lambda: _on_record(EmailConfirmation.objects.all(), "created"), _together),
    Kind("decisions", lambda: _on_record(Decision.objects.all(), "created_at"), _together),
    Kind("concerns", lambda: _on_record(Concern.objects.all(), "until"), _together),
    Kind("alerts", lambda: _on_record(Alert.objects.all(), "created_at"), _together),
    Kind("changes in the admin", lambda: _on_record(LogEntry.objects.all(), "action_time"), _together),
    Kind("audit events", lambda: _on_record(AuditEvent.objects.all(), "at"), _together),
)


def count_due() -> dict[str, int]:
    return {kind.name: kind.due().count() for kind in KINDS}


def purge(progress: Progress | None = None) -> dict[str, int]:
    """In batches, each a transaction of its own. What was removed, by kind."""
    counts = {kind.name: _purge_kind(kind, progress) for kind in KINDS}
    if any(counts.values()):
        audit.record(AuditEvent.Action.PURGED, counts={name: count for name, count in counts.items() if count})
    return counts


def purge_when_due() -> None:
    """Once a day, by one process of all: whoever moves the lease on."""
    RowLock.objects.get_or_create(name="purge")
    now = timezone.now()
    free = RowLock.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), name="purge")
    if free.update(leased_until=now + LEASE):
        counts = purge()
        logger.info("Purged: %s", ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing")


def _purge_kind(kind: Kind, progress: Progress | None) -> int:
    removed = 0
    bar = progress(kind.name, kind.due().count()) if progress else None
    for ids in _batches(kind.due):
        count = kind.remove(kind.due(), ids)
        removed += count
        if bar:
            bar.update(len(ids))
    if bar:
        bar.close()
    return removed


def _batches(due: Callable[[], QuerySet[Any]]) -> Iterable[list[Any]]:
    """Forwards by key: a row that can't be removed now doesn't hold up the others."""
    last: Any = None
    while True:
        rows = due().order_by("pk")
        batch = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", flat=True)[:AT_ONCE])
        if not batch:
            return
        yield batch
        last = batch[-1]
