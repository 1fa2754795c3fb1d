"""What a patient agreed to, each purpose by itself, and took back. The rows are the proof."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.agreement import agreement_version
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, Consent, User
from accounts.signals import consent_withdrawn
from veda.errors import NotFound, OutdatedTerms


def give(*, user: User, version: str, purposes: Iterable[str] = Consent.REQUIRED, client: Client = NOBODY) -> None:
    """What was given to this version already stays as it was. Raises OutdatedTerms."""
    if version != agreement_version():
        raise OutdatedTerms
    with transaction.atomic():
        _lock(user)
        standing = {consent.purpose: consent for consent in _standing(user)}
        now = timezone.now()
        for purpose in dict.fromkeys(map(Consent.Purpose, purposes)):
            if (older := standing.get(purpose)) and older.version == version:
                continue
            _standing(user).filter(purpose=purpose).update(superseded_at=now)
            Consent.objects.create(
                user=user, purpose=purpose, version=version, recipients=settings.DATA_RECIPIENTS, given_at=now
            )
            _record(AuditEvent.Action.CONSENT_GIVEN, user, purpose, version, client)
        _keep_quick_answer(user)


def withdraw(*, user: User, purpose: str, client: Client = NOBODY) -> None:
    """Raises NotFound where it isn't given."""
    with transaction.atomic():
        _lock(user)
        consent = _standing(user).filter(purpose=purpose).first()
        if consent is None:
            raise NotFound
        consent.withdrawn_at = timezone.now()
        consent.save(update_fields=["withdrawn_at"])
        _record(AuditEvent.Action.CONSENT_WITHDRAWN, user, purpose, consent.version, client)
        _keep_quick_answer(user)
        transaction.on_commit(partial(consent_withdrawn.send, sender=Consent, user_id=user.id, purpose=purpose))


def stands(user_id: uuid.UUID, purpose: str) -> bool:
    """Whether it was given to the agreement of today, and not taken back."""
    return Consent.objects.filter(
        user_id=user_id, purpose=purpose, version=agreement_version(), withdrawn_at=None, superseded_at=None
    ).exists()


def who_gave(purpose: str) -> QuerySet[Any]:
    """Ids of the users for whom it stands."""
    return Consent.objects.filter(
        purpose=purpose, version=agreement_version(), withdrawn_at=None, superseded_at=None
    ).values("user_id")


def overview(user: User) -> dict[str, Any]:
    """As `GET /api/auth/consents` gives it."""
    version = agreement_version()
    standing = {consent.purpose: consent for consent in _standing(user)}
    return {
        "version": version,
        "recipients": settings.DATA_RECIPIENTS,
        "purposes": [
            {**purpose, **_state(standing.get(purpose["purpose"]), version)} for purpose in described_purposes()
        ],
        "history": list(user.consents.all()),
    }


def described_purposes() -> list[dict[str, Any]]:
    return [
        {"purpose": purpose.value, "label": str(purpose.label), "required": purpose in Consent.REQUIRED}
        for purpose in Consent.Purpose
    ]


def _state(consent: Consent | None, version: str) -> dict[str, Any]:
    return {
        "given": consent is not None and consent.version == version,
        "given_at": consent.given_at if consent else None,
        "given_version": consent.version if consent else None,
    }


def _standing(user: User) -> QuerySet[Consent]:
    return Consent.objects.filter(user=user, withdrawn_at=None, superseded_at=None)


def _lock(user: User) -> None:
    """Who gives twice at once, or gives and withdraws, does so one after the other."""
    if not User.objects.select_for_update().filter(id=user.id).exists():
        raise NotFound


def _keep_quick_answer(user: User) -> None:
    """`User.consent_version`, which every send asks, follows from the rows."""
    version = agreement_version()
    required = list(_standing(user).filter(purpose__in=Consent.REQUIRED, version=version))
    whole = len(required) == len(Consent.REQUIRED)
    user.consent_version = version if whole else ""
    user.consent_at = max(consent.given_at for consent in required) if whole else None
    user.save(update_fields=["consent_version", "consent_at"])


def _record(action: AuditEvent.Action, user: User, purpose: str, version: str, client: Client) -> None:
    audit.record(action, actor_id=user.id, subject_id=user.id, client=client, purpose=str(purpose), version=version)
