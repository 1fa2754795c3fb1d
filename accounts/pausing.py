"""Staff pause an account: nothing is sent from it any more, and running replies stop.

Reading, asking for a person, export and deletion go on.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, User
from accounts.signals import account_paused


def pause_account(*, user: User, actor: User, reason: str, client: Client = NOBODY) -> bool:
    """Whether it wasn't paused yet. The reason stands in what the person can export."""
    return _set(user, True, AuditEvent.Action.ACCOUNT_PAUSED, actor, reason, client)


def resume_account(*, user: User, actor: User, reason: str, client: Client = NOBODY) -> bool:
    """Whether it was paused."""
    return _set(user, False, AuditEvent.Action.ACCOUNT_RESUMED, actor, reason, client)


@transaction.atomic
def _set(user: User, paused: bool, action: AuditEvent.Action, actor: User, reason: str, client: Client) -> bool:
    rows = User.objects.filter(id=user.id, deleted_at=None, paused_at__isnull=paused)
    if not rows.update(paused_at=timezone.now() if paused else None):
        return False
    audit.record(action, actor_id=actor.id, subject_id=user.id, client=client, reason=reason)
    if paused:
        transaction.on_commit(partial(account_paused.send, sender=User, user_id=user.id))
    return True
