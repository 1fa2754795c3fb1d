from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.admin import ReadOnlyAdmin
from chat import decision_admin, staff_reading, statistics_admin  # noqa: F401  (two register themselves)
from chat.models import Attachment, Conversation, Feedback
from chat.selectors import messages_of

MESSAGES_ON_A_PAGE = 200


class ReasonForm(forms.Form):
    kind = forms.ChoiceField(label="Why")
    reason = forms.CharField(
        label="In your words",
        min_length=10,
        max_length=250,
        help_text="It stands in what the patient can export. Please quote nothing that they wrote.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )

    def __init__(self, data: Any, *, reasons: list[str]) -> None:
        super().__init__(data)
        self.fields["kind"].choices = [("", "Choose …"), *((reason, reason) for reason in reasons)]  # type: ignore[attr-defined]


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Counts and times only: what patients wrote is read on a page of its own, with a reason."""

    list_display = ["id", "messages_count", "created_at", "updated_at", "deleted_at", "read"]
    fields: ClassVar[Any] = ["id", "messages_count", "created_at", "updated_at", "deleted_at", "read"]
    readonly_fields = fields
    date_hierarchy = "created_at"
    search_fields = ["=id"]
    search_help_text = "The id of a conversation"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Titles are made of questions: nobody searches them letter by letter through the address."""
        return lookup.split("__")[0] in {"created_at", "updated_at"}

    def get_urls(self) -> list[URLPattern]:
        read = self.admin_site.admin_view(self.read_view)
        return [path("<uuid:conversation_id>/read/", read, name="chat_conversation_read"), *super().get_urls()]

    @admin.display(description="read")
    def read(self, conversation: Conversation) -> str:
        return _reading_link(conversation.id)

    def read_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = get_object_or_404(Conversation, id=conversation_id)
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Read a conversation",
            "conversation": conversation,
        }
        if staff_reading.is_open(request, conversation):
            pages = Paginator(messages_of(conversation), MESSAGES_ON_A_PAGE)
            context |= {
                "page": pages.get_page(request.GET.get("page")),
                "shows_pictures": request.user.has_perm("chat.view_attachment"),
            }
            return TemplateResponse(request, "staff/conversation.html", context)
        reasons = staff_reading.reasons_for(conversation)
        if not reasons:
            return TemplateResponse(request, "staff/not_readable.html", context, status=403)
        form = ReasonForm(request.POST or None, reasons=reasons)
        if form.is_valid():
            reason = f"{form.cleaned_data['kind']}: {form.cleaned_data['reason']}"
            staff_reading.open_conversation(request, conversation, reason=reason)
            return HttpResponseRedirect(_way_back(request))
        return TemplateResponse(request, "staff/reason.html", {**context, "form": form})


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
        return _reading_link(attachment.conversation_id)


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
        return _reading_link(feedback.message.conversation_id)


def _way_back(request: HttpRequest) -> str:
    """To the decision from whose page one came, else to the conversation."""
    with suppress(ValueError):
        return reverse("admin:moderation_decision_change", args=[uuid.UUID(request.GET.get("decision", ""))])
    return request.path


def _reading_link(conversation_id: uuid.UUID) -> str:
    return format_html('<a href="{}">Read</a>', reverse("admin:chat_conversation_read", args=[conversation_id]))
