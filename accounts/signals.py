"""What accounts tell whoever listens; they know nobody of them."""

from __future__ import annotations

from django.dispatch import Signal

sessions_ended = Signal()
"""Sent with `user_id`, after the commit, where a device was signed out or the account disabled or deleted."""

consent_withdrawn = Signal()
"""Sent with `user_id` and `purpose`, after the commit."""

account_paused = Signal()
"""Sent with `user_id`, after the commit."""
