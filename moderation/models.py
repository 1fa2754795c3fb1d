from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class Decision(models.Model):
    """A verdict on a message, and what staff made of it. It names whom it concerns by id and copies no text."""

    class Review(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"
        ESCALATED = "escalated"

    UNDER_REVIEW = (Review.OPEN, Review.ESCALATED)

    MOVES: ClassVar[dict[str, list[str]]] = {
        Review.OPEN: [Review.CONFIRMED, Review.DISMISSED, Review.ESCALATED],
        Review.ESCALATED: [Review.CONFIRMED, Review.DISMISSED],
    }
    """What a review may become. None is opened again: staff would reopen their own right to read."""

    class Action(models.TextChoices):
        BLOCKED = "blocked", "fixed reply instead of the model"
        NOTICE = "notice", "answered, with an emergency notice"
        FLAGGED = "flagged", "answered, flagged"
        LOGGED = "logged"
        UNSCREENED = "unscreened", "screening failed: fixed reply"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient_id = models.UUIDField(db_index=True)
    conversation_id = models.UUIDField(db_index=True)
    message_id = models.UUIDField(db_index=True)
    severity = models.CharField(max_length=8)
    category = models.CharField(max_length=48)
    rule = models.CharField(max_length=64, blank=True)
    rules_version = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=16, choices=Action)
    review = models.CharField(max_length=16, choices=Review, default=Review.OPEN)
    reviewed_by_id = models.UUIDField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.severity} {self.category}"
