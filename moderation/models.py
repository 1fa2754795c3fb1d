from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from moderation.types import name_of_category


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
        WITHDRAWN = "withdrawn", "the answer was taken back"
        REFUSED = "refused", "refused and not stored, told whom to call"

    class About(models.TextChoices):
        MESSAGE = "message", "what the patient wrote"
        PICTURE = "picture", "what a picture shows"
        ANSWER = "answer"
        COMMENT = "comment", "a comment on an answer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient_id = models.UUIDField(db_index=True)
    conversation_id = models.UUIDField(db_index=True)
    message_id = models.UUIDField(db_index=True)
    severity = models.CharField(max_length=8)
    category = models.CharField(max_length=48)
    rule = models.CharField(max_length=64, blank=True)
    rules_version = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=16, choices=Action)
    about = models.CharField(max_length=8, choices=About, default=About.MESSAGE, help_text="where it was found")
    spans = models.JSONField(
        default=list, blank=True, editable=False, help_text="places of what was found, in code points of the raw text"
    )
    review = models.CharField(max_length=16, choices=Review, default=Review.OPEN)
    reviewed_by_id = models.UUIDField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(
        null=True, blank=True, help_text="when staff took notice: from then on nobody is alerted"
    )
    assigned_to_id = models.UUIDField(null=True, blank=True, db_index=True, help_text="who looks after it")
    escalated_to_id = models.UUIDField(null=True, blank=True, help_text="whom staff asked to look")
    note = models.TextField(
        blank=True,
        max_length=2000,
        help_text="For staff. It stands in what the patient can export; please quote nothing that they wrote.",
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(review__in=["open", "escalated"]),
                name="decision_under_review",
            )
        ]

    def __str__(self) -> str:
        return f"{self.severity}: {name_of_category(self.category)}"


class Alert(models.Model):
    """One call for staff over one channel. The row comes before the call, so that no process calls again.

    It names what it is about by id; neither it nor what is sent has a patient's words.
    """

    class About(models.TextChoices):
        DECISION = "decision", "a decision of high severity"
        HELP = "help", "a patient asks for a person"

    class Channel(models.TextChoices):
        MAIL = "mail", "e-mail"
        WEBHOOK = "webhook"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    about = models.CharField(max_length=16, choices=About)
    object_id = models.UUIDField(help_text="of the decision or the request")
    call = models.PositiveSmallIntegerField(help_text="1 and 2 go to the first contact, 3 to the second")
    channel = models.CharField(max_length=8, choices=Channel)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(null=True, help_text="when it is tried again")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["about", "object_id", "call", "channel"], name="alert_called_once")
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.object_id}, call {self.call} by {self.channel}"


class Concern(models.Model):
    """A worry about a patient that outlives its message: it stands for a day, or until a moderator closes it.

    It names the patient by id and copies no text.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient_id = models.UUIDField()
    category = models.CharField(max_length=48)
    about_other = models.BooleanField(default=False, help_text="the patient worries about another person")
    raised_at = models.DateTimeField()
    until = models.DateTimeField(help_text="moves on whenever it is raised again")
    closed_by_id = models.UUIDField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-until"]
        indexes = [models.Index(fields=["patient_id", "-until"], name="concern_of_patient")]

    def __str__(self) -> str:
        return f"Concern: {name_of_category(self.category)}"


class RuleBook(models.Model):
    """A version of the screening rules, as staff wrote it. Versions are added, never changed; the newest is in force.

    Without any, the rules that ship are. It takes their place: what they hear and it doesn't, administrators were told.
    """

    number = models.AutoField(primary_key=True)
    text = models.TextField("rules", help_text="as in moderation/rules/en.json")
    note = models.CharField(max_length=200, help_text="what was changed, and why")
    author_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Version {self.number}"
