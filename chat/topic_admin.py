"""Health topics with the state of their review, and a clinician's sign-off: who, when, and until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts import audit
from accounts.admin import ReadOnlyInline
from accounts.clients import client_of
from accounts.models import AuditEvent, User
from chat.decision_admin import NamedFilter
from chat.knowledge_admin import KnowledgeAdmin
from chat.markdown import as_html
from moderation.types import name_of_category
from pipeline.models import Document, Passage
from pipeline.sign_off import TextChanged, sign_off

LONGEST = timedelta(days=3 * 365)


class SignOffForm(forms.Form):
    content_hash = forms.CharField(widget=forms.HiddenInput)
    review_due = forms.DateField(
        label="Good until", help_text="After this day its doses aren’t quoted any more.", widget=forms.DateInput()
    )
    has_read = forms.BooleanField(label="I have read the topic as it stands, and the sources that it names.")

    def clean_review_due(self) -> date:
        due: date = self.cleaned_data["review_due"]
        today = timezone.now().date()
        if not today < due <= today + LONGEST:
            raise forms.ValidationError("This must be a day to come, at most three years from now.")
        return due


class PassageInline(ReadOnlyInline):
    model = Passage
    fields: ClassVar[Any] = ["position", "heading", "words", "urgent"]
    readonly_fields = fields

    @admin.display(description="text")
    def words(self, passage: Passage) -> str:
        return as_html(passage.text)


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("drafted", "Never signed off"), ("signed", "Signed off")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        match self.value():
            case "overdue":
                return queryset.filter(review_due__lt=timezone.now().date())
            case "drafted":
                return queryset.filter(clinically_reviewed_by="")
            case "signed":
                return queryset.exclude(clinically_reviewed_by="")
        return queryset


@admin.register(Document)
class TopicAdmin(KnowledgeAdmin):
    list_display = [
        "title", "origin", "subject", "review", "clinically_reviewed_by", "reviewed_on", "review_due", "retired_at",
    ]  # fmt: skip
    list_filter = [
        ReviewFilter, ("category", NamedFilter), ("origin", NamedFilter), ("retired_at", admin.EmptyFieldListFilter),
    ]  # fmt: skip
    search_fields = ["title", "slug", "body"]
    fields: ClassVar[Any] = [
        "title", "slug", "subject", "origin", "review", "clinically_reviewed_by", "reviewed_on", "review_due",
        "retired_at", "edited_at", "sources", "text", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = fields
    inlines = [PassageInline]
    change_form_template = "staff/topic.html"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.split("__")[0] in {"review", "category", "origin", "retired_at"}

    @admin.display(description="category", ordering="category")
    def subject(self, document: Document) -> str:
        return name_of_category(document.category)

    @admin.display(description="text")
    def text(self, document: Document) -> str:
        return format_html('<div class="words">{}</div>', as_html(document.body))

    @admin.display(description="sources")
    def sources(self, document: Document) -> str:
        entries = ((one.get("url", ""), one.get("title", ""), one.get("publisher", "")) for one in document.references)
        link = '<li><a href="{}" target="_blank" rel="noopener noreferrer">{}</a>, {}</li>'
        return format_html("<ol>{}</ol>", format_html_join("", link, entries))

    @admin.display(description="state")
    def review(self, document: Document) -> str:
        today = timezone.now().date()
        if document.review_due and document.review_due < today:
            return "overdue: its doses aren’t quoted"
        if document.clinically_reviewed:
            return "signed off"
        return "not reviewed: its doses aren’t quoted" if document.from_outside else "drafted"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.sign_off_view)
        return [path("<int:id>/sign-off/", view, name="pipeline_document_sign_off"), *super().get_urls()]

    def sign_off_view(self, request: HttpRequest, id: int) -> HttpResponse:
        document = get_object_or_404(Document, id=id)
        clinician = request.user
        assert isinstance(clinician, User)
        if not (clinician.has_perm("pipeline.sign_off_document") and self.has_view_permission(request, document)):
            raise PermissionDenied
        initial = {
            "content_hash": document.content_hash,
            "review_due": timezone.now().date() + timedelta(days=365),
        }
        form = SignOffForm(request.POST or None, initial=initial)
        if form.is_valid():
            due = form.cleaned_data["review_due"]
            try:
                sign_off(
                    document_id=document.id,
                    content_hash=form.cleaned_data["content_hash"],
                    name=clinician.name,
                    review_due=due,
                )
            except TextChanged:
                self.message_user(request, "The topic was changed meanwhile. Please read it again.", messages.ERROR)
            else:
                audit.record(
                    AuditEvent.Action.TOPIC_SIGNED,
                    actor_id=clinician.id,
                    client=client_of(request),
                    topic=document.slug,
                    review_due=due.isoformat(),
                )
                self.message_user(request, f"“{document.title}” is signed off with your name.")
            return HttpResponseRedirect(reverse("admin:pipeline_document_change", args=[document.id]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Sign off: {document.title}",
            "document": document,
            "text": as_html(document.body),
            "form": form,
        }
        return TemplateResponse(request, "staff/sign_off.html", context)
