"""What a role gives. By whichever door it is set, the user stands in the group of that name and it is on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from accounts import audit
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, User

GROUPS = {User.Role.MODERATOR: "Moderator", User.Role.ADMIN: "Administrator"}
"""The migration that makes them says what they may do. Patients are in none."""

_author: ContextVar[tuple[User | None, Client]] = ContextVar("author of changes", default=(None, NOBODY))


@contextmanager
def done_by(actor: User, client: Client) -> Iterator[None]:
    """Whom the audit trail names for what changes within."""
    token = _author.set((actor, client))
    try:
        yield
    finally:
        _author.reset(token)


@receiver(pre_save, sender=User)
def _look_before(instance: User, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    matters = update_fields is None or {"role", "is_active"} & update_fields
    before: tuple[str, bool | None] = ("", None)
    if matters and not instance._state.adding:
        before = User.objects.filter(id=instance.id).values_list("role", "is_active").first() or before
    vars(instance)["_before"] = before if matters else None


@receiver(post_save, sender=User)
def _follow_changes(instance: User, raw: bool = False, **_: Any) -> None:
    before = vars(instance).pop("_before")
    if before is None or raw:
        return
    role, was_active = before
    changed = role != instance.role and bool(role or instance.is_staff)
    if changed:
        _put_into_group(instance)
    if instance.deleted_at:  # that is on record by its own name
        return
    if changed:
        _record(AuditEvent.Action.ROLE_CHANGED, instance, old=role or None, new=instance.role)
    if was_active not in (None, instance.is_active):
        action = AuditEvent.Action.ACCOUNT_ENABLED if instance.is_active else AuditEvent.Action.ACCOUNT_DISABLED
        _record(action, instance)


@transaction.atomic
def _put_into_group(user: User) -> None:
    user.groups.remove(*Group.objects.filter(name__in=GROUPS.values()))
    if user.is_staff:
        group, _ = Group.objects.get_or_create(name=GROUPS[User.Role(user.role)])  # somebody may have removed it
        user.groups.add(group)


def _record(action: AuditEvent.Action, user: User, **details: Any) -> None:
    actor, client = _author.get()
    audit.record(action, actor_id=actor.id if actor else None, subject_id=user.id, client=client, **details)
