"""What was deleted, by id, in a file beside the database: a backup that is restored mustn't bring it back.

It is DATA_DIR/deletions.jsonl, one line for each conversation, account and health profile. It has to be kept
where the backups are.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation, HealthProfile

logger = logging.getLogger(__name__)

What = Literal["conversation", "account", "health_profile"]


def file() -> Path:
    return Path(settings.DATA_DIR) / "deletions.jsonl"


def note(what: What, row_id: uuid.UUID) -> None:
    """With the commit of the transaction that deletes."""
    transaction.on_commit(partial(_append, what, row_id))


def entries(ledger: Path) -> Iterator[tuple[What, uuid.UUID]]:
    """Raises OSError, ValueError. A last line that a killed process broke off is left out."""
    lines = ledger.read_text().splitlines(keepends=True)
    for line in lines:
        if line.endswith("\n"):
            entry = json.loads(line)
            yield entry["what"], uuid.UUID(entry["id"])


def _append(what: What, row_id: uuid.UUID) -> None:
    """In one write, so that lines of several processes don't mix."""
    line = json.dumps({"at": timezone.now().isoformat(), "what": what, "id": str(row_id)}) + "\n"
    try:
        with open(os.open(file(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab", buffering=0) as ledger:
            ledger.write(line.encode())
            os.fsync(ledger.fileno())
    except OSError as error:
        logger.error("The deletion of %s %s isn't in the ledger: %s", what, row_id, error.strerror)


@receiver(post_delete, sender=Conversation)
def _on_conversation(instance: Conversation, **_: Any) -> None:
    note("conversation", instance.id)


@receiver(post_delete, sender=User)
def _on_account(instance: User, **_: Any) -> None:
    note("account", instance.id)


@receiver(post_delete, sender=HealthProfile)
def _on_health_profile(instance: HealthProfile, **_: Any) -> None:
    note("health_profile", instance.id)
