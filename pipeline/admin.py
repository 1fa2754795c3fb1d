from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from pipeline.models import Document, Passage


class PassageInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Passage
    fields: ClassVar[Any] = ["position", "heading", "text", "urgent"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["title", "category", "status", "clinically_reviewed_by", "reviewed_on", "review_due"]
    list_filter = ["category", "status", "origin"]
    search_fields = ["title", "slug", "body"]
    readonly_fields = ["slug", "origin", "content_hash", "body", "created_at", "updated_at"]
    inlines = [PassageInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
