from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from chat.models import Attachment, Conversation


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Counts and times only: what patients wrote is read with a reason, which a view of its own will ask for."""

    list_display = ["id", "messages_count", "created_at", "updated_at"]
    fields: ClassVar[Any] = ["id", "messages_count", "created_at", "updated_at"]
    readonly_fields = fields
    date_hierarchy = "created_at"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Titles are made of questions: nobody searches them letter by letter through the address."""
        return lookup.split("__")[0] in {"created_at", "updated_at"}


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    """Without names and metadata, which have patients' words; the picture itself is opened with a click, on purpose."""

    list_display = ["id", "mime_type", "size", "width", "height", "is_sent", "created_at"]
    list_filter = ["mime_type"]
    fields: ClassVar[Any] = [
        "id", "conversation_id", "message_id", "mime_type", "size", "width", "height", "picture", "created_at",
    ]  # fmt: skip
    readonly_fields = fields
    date_hierarchy = "created_at"

    @admin.display(boolean=True, description="sent")
    def is_sent(self, attachment: Attachment) -> bool:
        return attachment.message_id is not None

    @admin.display(description="picture")
    def picture(self, attachment: Attachment) -> str:
        return format_html('<a href="{}" target="_blank" rel="noopener">Open</a>', attachment.url)
