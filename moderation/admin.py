from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from moderation.models import Decision


@admin.register(Decision)
class DecisionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["created_at", "severity", "category", "action", "review", "rule"]
    list_filter = ["severity", "category", "action", "review"]
    date_hierarchy = "created_at"
    fields = [
        "severity", "category", "rule", "rules_version", "action", "review",
        "patient_id", "conversation_id", "message_id", "created_at",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for field in self.fields if field != "review"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
