"""What else of conversations staff see in lists: never a patient's words."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.admin import ReadOnlyAdmin
from accounts.clients import client_of
from accounts.models import AuditEvent, User
from chat import decision_admin, statistics_admin, topic_admin  # noqa: F401  (they register themselves)
from chat.conversation_admin import reading_link
from chat.decision_admin import NamedFilter
from chat.models import Attachment, Feedback, HelpRequest
from moderation.concerns import close_concern
from moderation.models import Alert, Concern
from moderation.types import name_of_category


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


@admin.register(Concern)
class ConcernAdmin(ReadOnlyAdmin):
    """Worries that stand with patients: who may review what raised one may see and close it."""

    list_display = ["worry", "about_other", "raised_at", "until", "closed_at", "patient_id"]
    list_filter = [("category", NamedFilter), ("closed_at", admin.EmptyFieldListFilter)]
    fields: ClassVar[Any] = [*list_display, "closed_by_id"]
    readonly_fields = fields
    date_hierarchy = "raised_at"
    actions = ["close"]

    @admin.display(description="category", ordering="category")
    def worry(self, concern: Concern) -> str:
        return name_of_category(concern.category)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("moderation.view_decision")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_close_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.change_decision")

    @admin.action(description="Close: replies open with help no more", permissions=["close"])
    def close(self, request: HttpRequest, chosen: QuerySet[Concern]) -> None:
        by = request.user
        assert isinstance(by, User)
        closed = [concern for concern in chosen if close_concern(concern, by_id=by.id)]
        for concern in closed:
            audit.record(
                AuditEvent.Action.DECISION_HANDLED,
                actor_id=by.id,
                subject_id=concern.patient_id,
                client=client_of(request),
                concern=f"{concern.category} closed",
            )
        self.message_user(request, f"{len(closed)} of {len(chosen)} closed; the others were closed before, or over.")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "about", "call", "channel", "tries", "sent_at"]
    list_filter = ["about", "channel"]
    fields: ClassVar[Any] = [*list_display, "object_id", "try_at"]
    readonly_fields = fields
    date_hierarchy = "created_at"
