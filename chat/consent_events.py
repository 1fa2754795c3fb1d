"""What follows for conversations where a patient takes a consent back."""

from __future__ import annotations

import uuid
from typing import Any

from django.dispatch import receiver

from accounts.models import Consent
from accounts.signals import consent_withdrawn
from chat.services import stop_replies_to


@receiver(consent_withdrawn)
def _stop_replies(user_id: uuid.UUID, purpose: str, **_: Any) -> None:
    if purpose in Consent.REQUIRED:
        stop_replies_to(user_id)
