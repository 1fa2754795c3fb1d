"""Conversations and their messages. A reply that is still to be written is a row too: the rows are the queue."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from chat.stored_files import remove_file, remove_folder

DISCLAIMER = (
    "Veda gives general information. It does not examine you or make a diagnosis. "
    "For advice about you, speak to a doctor, nurse or pharmacist."
)


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)
    messages_count = models.PositiveIntegerField(default=0, editable=False, help_text="how many messages it has")
    summary = models.TextField(
        blank=True, editable=False, help_text="what was said so far, for the model: written by one, never shown"
    )
    summarized_to = models.PositiveIntegerField(
        default=0, editable=False, help_text="position of the last message that the summary tells"
    )
    last_position = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, help_text="of the newest message")
    deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        db_index=True,
        help_text="deleted by the patient under an open decision of high severity: hidden from them, erased at review",
    )
    # Null, as in nearly all rows: SQLite adds such a column in place.
    temporary_since = models.DateTimeField(
        null=True,
        editable=False,
        db_index=True,
        help_text="of one that stands in no list and is erased when its patient leaves it, at the latest by the purge",
    )
    attended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="who of the staff is in it: no model answers meanwhile",
    )
    attended_until = models.DateTimeField(
        null=True, editable=False, help_text="how long that is believed, unless their page asks again"
    )

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-updated_at", "-id"], name="conversation_user_updated"),
            models.Index(
                fields=["attended_until"], condition=Q(attended_until__isnull=False), name="conversation_attended"
            ),
        ]
        permissions = [("attend_conversation", "Can join a conversation and write in it")]

    def __str__(self) -> str:
        return f"Conversation {self.id}"

    @property
    def temporary(self) -> bool:
        return self.temporary_since is not None

    @property
    def is_attended(self) -> bool:
        return self.attended_until is not None and self.attended_until > timezone.now()


class MessageQuerySet(models.QuerySet["Message"]):
    def unfinished(self) -> MessageQuerySet:
        """Replies that wait or are written. In the words of the partial index, which SQLite uses for no parameter."""
        condition = "chat_message.status IN ('queued', 'streaming')"
        return self.filter(RawSQL(condition, [], output_field=models.BooleanField()))  # noqa: S611  (fixed words)


class Message(models.Model):
    class Sender(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"
        STAFF = "staff"

    class Type(models.TextChoices):
        TEXT = "text"
        IMAGE = "image"
        AUDIO = "audio"

    class Status(models.TextChoices):
        SENT = "sent"
        QUEUED = "queued"
        STREAMING = "streaming"
        DONE = "done"
        INCOMPLETE = "incomplete"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField(help_text="order within the conversation, which no clock decides")
    sender = models.CharField(max_length=16, choices=Sender)
    type = models.CharField(max_length=16, choices=Type, default=Type.TEXT)
    content = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=Status)
    metadata = models.JSONField(default=dict, blank=True)
    client_message_id = models.UUIDField(null=True, blank=True)
    reply_to = models.OneToOneField(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reply",
        help_text="what a reply answers",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    # Of a reply that is being written: who writes it, and until when that is believed.
    lease_holder = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    fence = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="grows with each claim; a holder with an older one may write no more",
    )
    # Null, as in nearly all rows: SQLite adds such a column in place, and keeps the triggers of the table.
    stop_requested_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="by its patient; its holder looks every two seconds, where the news didn't reach it",
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["conversation", "position"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "position"], name="message_position_unique"),
            models.UniqueConstraint(
                fields=["conversation", "client_message_id"],
                condition=Q(client_message_id__isnull=False),
                name="message_client_id_unique",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "created_at", "conversation"],  # all that a send asks of the queue
                condition=Q(status__in=["queued", "streaming"]),
                name="message_queue",
            ),
            models.Index(fields=["created_at"], name="message_created"),  # what a day had
        ]

    def __str__(self) -> str:
        return f"Message {self.id}"

    @property
    def disclaimer(self) -> str | None:
        return DISCLAIMER if self.sender == self.Sender.ASSISTANT else None


class Feedback(models.Model):
    """What a patient says of an answer."""

    class Rating(models.IntegerChoices):
        UP = 1, "helpful"
        DOWN = -1, "not helpful"

    COMMENT_CHARS = 1000

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="feedback")
    rating = models.SmallIntegerField(choices=Rating)
    comment = models.TextField(blank=True, max_length=COMMENT_CHARS)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "feedback"
        constraints = [models.CheckConstraint(condition=Q(rating__in=[1, -1]), name="feedback_rating_is_a_thumb")]

    def __str__(self) -> str:
        return f"Feedback on {self.message_id}"


class Attachment(models.Model):
    """A file of a conversation. Its row comes before the file and the file goes with the row: none is left behind."""

    class Type(models.TextChoices):
        IMAGE = "image"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(
        Message,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="attachments",
        help_text="null until sent",
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="place in the message")
    file = models.FileField(max_length=200)
    type = models.CharField(max_length=16, choices=Type, default=Type.IMAGE)
    mime_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField(help_text="bytes, as stored")
    width = models.PositiveIntegerField(help_text="pixels, as stored")
    height = models.PositiveIntegerField(help_text="pixels, as stored")
    metadata = models.JSONField(default=dict, blank=True, help_text="what the client said about it")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "created_at"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(message__isnull=True), name="attachment_unsent"),
            models.Index(fields=["file"], name="attachment_file"),
        ]

    def __str__(self) -> str:
        return f"Attachment {self.id}"

    @property
    def path(self) -> str:
        """Where the storage has it."""
        return str(self.file.name)

    @property
    def url(self) -> str:
        return f"/{self.path}"


@receiver(post_delete, sender=Attachment)
def _remove_file_with_row(instance: Attachment, **_: Any) -> None:
    """Whatever deletes the row: a patient, the end of an account, a cascade."""
    transaction.on_commit(partial(remove_file, instance.path))


@receiver(post_delete, sender=Conversation)
def _remove_folder_with_row(instance: Conversation, **_: Any) -> None:
    transaction.on_commit(partial(remove_folder, instance.id))


class HealthProfile(models.Model):
    """What a patient says of the person whom questions are about: of the account, or of one conversation in its place.

    One of a conversation that says nothing stands for nobody: what the account says doesn't hold there.
    """

    class About(models.TextChoices):
        ME = "me"
        OTHER = "other", "somebody I care for"

    class AgeBand(models.TextChoices):
        UNDER_3_MONTHS = "under_3_months"
        UNDER_2 = "3_to_23_months"
        CHILD = "2_to_11"
        TEENAGER = "12_to_17"
        ADULT = "18_to_64"
        OLDER = "65_or_over"

    class Pregnancy(models.TextChoices):
        NO = "no"
        PREGNANT = "pregnant"
        BREASTFEEDING = "breastfeeding"

    MOST_NAMES, NAME_CHARS = 20, 60
    """Of medicines and of allergies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="health_profile"
    )
    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, null=True, related_name="health_profile"
    )
    about = models.CharField(max_length=8, choices=About, default=About.ME)
    age_band = models.CharField(max_length=16, choices=AgeBand, blank=True)
    pregnancy = models.CharField(max_length=16, choices=Pregnancy, blank=True)
    medicines = models.JSONField(default=list)
    allergies = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(conversation__isnull=True), name="health_profile_of_one"
            )
        ]

    def __str__(self) -> str:
        return f"Health profile {self.id}"


class HelpRequest(models.Model):
    """A patient asks for a person. Open until staff have left the conversation, or the patient takes it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="help_requests")
    asked_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(
        null=True, blank=True, help_text="when staff took notice: from then on nobody is alerted"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(closed_at__isnull=True), name="help_request_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"Request of {self.asked_at:%Y-%m-%d %H:%M}"


class DayCounts(models.Model):
    """What happened on a day (UTC), in numbers: it names nobody, and stays as it is when conversations are deleted."""

    day = models.DateField(primary_key=True)
    conversations = models.PositiveIntegerField(default=0, help_text="begun on this day")
    messages = models.PositiveIntegerField(default=0, help_text="of patients, replies and staff")
    replies = models.PositiveIntegerField(default=0)
    active_patients = models.PositiveIntegerField(default=0, help_text="who sent a message")
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    not_found = models.PositiveIntegerField(default=0, help_text="questions on which nothing was found")
    withdrawn = models.PositiveIntegerField(default=0, help_text="answers that a late verdict took back")
    checked = models.PositiveIntegerField(default=0, help_text="answers whose sentences were held against the sources")
    unsupported = models.PositiveIntegerField(default=0, help_text="sentences that no source supports")
    thumbs_up = models.PositiveIntegerField(default=0)
    thumbs_down = models.PositiveIntegerField(default=0)
    flags = models.JSONField(default=dict, blank=True, help_text="decisions by category")
    latencies = models.JSONField(default=dict, blank=True, help_text="of replies, by stage: counts by size")
    counted_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "days in numbers"
        verbose_name = "day in numbers"

    def __str__(self) -> str:
        return f"{self.day}"


class Deletion(models.Model):
    """What was deleted and isn't in the ledger's file yet: told in the same transaction, so that no kill loses it."""

    what = models.CharField(max_length=16)
    row_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.what} {self.row_id}"


class RowLock(models.Model):
    """Work that only one process may do at a time.

    `claims`, locked while the next replies are chosen; `purge`, leased for a day by whoever purges old data; `watch`,
    leased for a pass by whoever alerts staff; `day counts`, leased by whoever counts what days had.
    """

    name = models.CharField(primary_key=True, max_length=32)
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
