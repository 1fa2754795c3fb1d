"""What moderation tells whoever listens; it knows nobody of them."""

from __future__ import annotations

from django.dispatch import Signal

decision_reviewed = Signal()
"""Sent with `decision`, `old` (its review before), `actor` and `request`, within the transaction that changes it."""
