"""What follows for conversations where a patient takes a consent back, or staff pause the account."""

from __future__ import annotations

import uuid
from typing import Any

from django.dispatch import receiver

from accounts.models import Consent
from accounts.signals import account_paused, consent_withdrawn
from chat.stopping import stop_replies_to


@receiver(consent_withdrawn)
def _on_consent(user_id: uuid.UUID, purpose: str, **_: Any) -> None:
    if purpose in Consent.REQUIRED:
        stop_replies_to(user_id)


@receiver(account_paused)
def _on_pause(user_id: uuid.UUID, **_: Any) -> None:
    stop_replies_to(user_id)
