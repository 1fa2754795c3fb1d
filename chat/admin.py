"""What else of conversations staff see in lists: never a patient's words."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from chat import decision_admin, statistics_admin, topic_admin  # noqa: F401  (they register themselves)
from chat.conversation_admin import reading_link
from chat.models import Attachment, Feedback, HelpRequest
from moderation.models import Alert


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    """Without names and metadata, which have patients' words; the picture itself is seen where one reads."""

    list_display = ["id", "mime_type", "size", "width", "height", "is_sent", "created_at"]
    list_filter = ["mime_type"]
    fields: ClassVar[Any] = [
        "id", "conversation_id", "message_id", "mime_type", "size", "width", "height", "read", "created_at",
    ]  # fmt: skip
    readonly_fields = fields
    date_hierarchy = "created_at"

    @admin.display(boolean=True, description="sent")
    def is_sent(self, attachment: Attachment) -> bool:
        return attachment.message_id is not None

    @admin.display(description="picture")
    def read(self, attachment: Attachment) -> str:
        return reading_link(attachment.conversation_id)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    """Thumbs. Comments are patients' words: they stand beside their answer, where staff may read the conversation."""

    list_display = ["created_at", "rating", "has_comment", "read"]
    list_filter = ["rating"]
    fields: ClassVar[Any] = ["message_id", "rating", "has_comment", "read", "created_at", "updated_at"]
    readonly_fields = fields
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        has_comment = ExpressionWrapper(~Q(comment=""), output_field=BooleanField())
        rows: QuerySet[Feedback] = super().get_queryset(request)
        return rows.annotate(has_comment=has_comment).defer("comment").select_related("message")

    @admin.display(boolean=True, description="comment")
    def has_comment(self, feedback: Any) -> bool:
        return bool(feedback.has_comment)

    @admin.display(description="read")
    def read(self, feedback: Feedback) -> str:
        return reading_link(feedback.message.conversation_id)


@admin.register(HelpRequest)
class HelpRequestAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "acknowledged_at", "closed_at", "read"]
    fields: ClassVar[Any] = list_display
    readonly_fields = fields
    date_hierarchy = "asked_at"

    @admin.display(description="conversation")
    def read(self, request: HelpRequest) -> str:
        return reading_link(request.conversation_id)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "about", "call", "channel", "tries", "sent_at"]
    list_filter = ["about", "channel"]
    fields: ClassVar[Any] = [*list_display, "object_id", "try_at"]
    readonly_fields = fields
    date_hierarchy = "created_at"
