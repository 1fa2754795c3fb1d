"""What was deleted, by id, in a file beside the database: a backup that is restored mustn't bring it back.

It is DATA_DIR/deletions.jsonl, one line for each conversation, account and health profile. It has to be kept
where the backups are.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from accounts.models import User
from chat.models import Conversation, Deletion, HealthProfile

AT_ONCE = 1000

What = Literal["conversation", "account", "health_profile"]


def file() -> Path:
    return Path(settings.DATA_DIR) / "deletions.jsonl"


def note(what: What, row_id: uuid.UUID) -> None:
    """In the transaction that deletes."""
    Deletion.objects.create(what=what, row_id=row_id)
    transaction.on_commit(write_down, robust=True)


def write_down() -> None:
    """Brings into the file what isn't there yet, whoever deleted it. Raises OSError."""
    waiting = list(Deletion.objects.order_by("id")[:AT_ONCE])
    if waiting:
        _append(waiting)
        Deletion.objects.filter(id__in=[deletion.id for deletion in waiting]).delete()


def entries(ledger: Path) -> Iterator[tuple[What, uuid.UUID]]:
    """Raises OSError, ValueError. A last line that a killed process broke off is left out."""
    lines = ledger.read_text().splitlines(keepends=True)
    for line in lines:
        if line.endswith("\n"):
            entry = json.loads(line)
            yield entry["what"], uuid.UUID(entry["id"])


def _append(deletions: Iterable[Deletion]) -> None:
    """In one write, so that lines of several processes don't mix."""
    told = [{"at": each.at.isoformat(), "what": each.what, "id": str(each.row_id)} for each in deletions]
    lines = "".join(json.dumps(line) + "\n" for line in told)
    with open(os.open(file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab", buffering=0) as ledger:
        ledger.write(lines.encode())
        os.fsync(ledger.fileno())


@receiver(post_delete, sender=Conversation)
def _on_conversation(instance: Conversation, **_: Any) -> None:
    note("conversation", instance.id)


@receiver(post_delete, sender=User)
def _on_account(instance: User, **_: Any) -> None:
    if instance.deleted_at is None:  # else it was closed, and noted then
        note("account", instance.id)


@receiver(post_delete, sender=HealthProfile)
def _on_health_profile(instance: HealthProfile, **_: Any) -> None:
    note("health_profile", instance.id)
