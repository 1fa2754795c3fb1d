"""Who may write: what an account has to be for its words to be taken."""

from __future__ import annotations

from accounts.models import User
from veda.errors import AccountPaused, ConsentRequired


def require_active(user: User) -> None:
    """Raises AccountPaused, ConsentRequired."""
    if user.paused_at:
        raise AccountPaused
    require_consent(user)


def require_consent(user: User) -> None:
    """To the terms of today. Raises ConsentRequired."""
    if not user.consent_current:
        raise ConsentRequired
