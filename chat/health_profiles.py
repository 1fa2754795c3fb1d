"""What patients say of the person whom their questions are about: kept with the account, or with one conversation."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import rates
from accounts.clients import NOBODY, Client
from accounts.models import User
from accounts.standing import require_active
from chat.models import Conversation, HealthProfile
from chat.selectors import conversation_of
from pipeline import types
from veda.errors import NotFound

FIELDS = ("about", "age_band", "pregnancy", "medicines", "allergies")


def profile_of_account(user: User) -> HealthProfile | None:
    return HealthProfile.objects.filter(user=user).first()


def profile_in(conversation: Conversation) -> HealthProfile | None:
    """What holds there: its own, else the account's."""
    either = Q(conversation_id=conversation.id) | Q(user_id=conversation.user_id)
    found = list(HealthProfile.objects.filter(either))
    return min(found, key=lambda profile: profile.conversation_id is None, default=None)


def said_in(conversation: Conversation) -> types.HealthProfile | None:
    """The same, for the pipeline."""
    profile = profile_in(conversation)
    return from_json({field: getattr(profile, field) for field in FIELDS}) if profile else None


def set_for_account(*, user: User, given: dict[str, Any], client: Client = NOBODY) -> HealthProfile:
    """In place of what was said before. Raises AccountPaused, ConsentRequired, TooManyRequests, NotFound."""
    _admit(user, client)
    with transaction.atomic():
        # A deletion locks the same row: it comes before, or takes this along.
        if not User.objects.select_for_update().filter(id=user.id, deleted_at=None).exists():
            raise NotFound
        return HealthProfile.objects.update_or_create(user=user, defaults=given)[0]


def set_for_conversation(
    *, user: User, conversation_id: uuid.UUID, given: dict[str, Any], client: Client = NOBODY
) -> HealthProfile:
    """As above, for this conversation alone."""
    conversation = conversation_of(user, conversation_id)
    _admit(user, client)
    with transaction.atomic():
        if not Conversation.objects.select_for_update().filter(id=conversation_id, deleted_at=None).exists():
            raise NotFound
        return HealthProfile.objects.update_or_create(conversation=conversation, defaults=given)[0]


def clear_for_account(*, user: User) -> None:
    HealthProfile.objects.filter(user=user).delete()


def clear_for_conversation(*, user: User, conversation_id: uuid.UUID) -> None:
    """What the account says holds there again. Raises NotFound."""
    HealthProfile.objects.filter(conversation=conversation_of(user, conversation_id)).delete()


def _admit(user: User, client: Client) -> None:
    require_active(user)
    rates.spend("profile", account=user.id, client=client)


# As a reply keeps what was taken into account


def as_json(profile: types.HealthProfile) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(profile).items()}


def from_json(told: dict[str, Any] | None) -> types.HealthProfile | None:
    if told is None:
        return None
    lists = {name: tuple(told[name]) for name in ("medicines", "allergies")}
    return types.HealthProfile(**{**told, **lists})
