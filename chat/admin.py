from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from chat.models import Conversation


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Counts and times only: what patients wrote is read with a reason, which a view of its own will ask for."""

    list_display = ["id", "messages_count", "created_at", "updated_at"]
    fields: ClassVar[Any] = ["id", "messages_count", "created_at", "updated_at"]
    readonly_fields = fields
    date_hierarchy = "created_at"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Titles are made of questions: nobody searches them letter by letter through the address."""
        return lookup.split("__")[0] in {"created_at", "updated_at"}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
