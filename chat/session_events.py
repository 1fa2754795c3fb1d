"""Sockets close where the device they were opened from is signed out, and where the account is disabled or deleted."""

from __future__ import annotations

import uuid
from typing import Any

from django.dispatch import receiver

from accounts.signals import sessions_ended
from chat.news import tell_sockets_of


@receiver(sessions_ended)
def _tell_sockets(user_id: uuid.UUID, **_: Any) -> None:
    """Each looks for itself whether it is meant."""
    tell_sockets_of(user_id, {"type": "sessions.ended"})
