"""Staff add documents, edit, try how they will be cut, retire them and take them back, build the index anew, and see
what was asked in vain. All of it is on record."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.admin import ReadOnlyAdmin
from accounts.clients import client_of
from accounts.models import AuditEvent, User
from chat import statistics
from chat.conversation_admin import reading_link
from chat.markdown import as_html
from chat.unanswered import DAYS, LEAST_PATIENTS, unanswered
from pipeline import editing, index_keeper, ingest, wiring
from pipeline.doses import doses
from pipeline.editing import CATEGORIES, Unfit, Written
from pipeline.models import Document
from pipeline.sign_off import TextChanged

_MOST_SHOWN = 200
"""Passages of a preview."""


class DocumentForm(forms.Form):
    content_hash = forms.CharField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(max_length=300, widget=forms.TextInput(attrs={"class": "vTextField"}))
    category = forms.ChoiceField(choices=[(name, name.replace("_", " ").capitalize()) for name in CATEGORIES])
    names = forms.CharField(
        label="Other names",
        required=False,
        max_length=5_000,
        help_text="One a line: what patients call it, synonyms, common misspellings.",
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )
    sources = forms.CharField(
        max_length=20_000,
        help_text="One a line, the first is [^1]: title | publisher | address | day of reading (2026-11-30).",
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField", "spellcheck": "false"}),
    )
    body = forms.CharField(
        label="Text",
        help_text="Markdown. A blank line parts passages, each is quoted whole; a list stays with the line above it; "
        "“## What helps” is a heading; [^1] names the source. Under “Get help now if” stands what can’t wait.",
        widget=forms.Textarea(attrs={"rows": 24, "class": "vLargeTextField"}),
    )

    def clean_sources(self) -> list[dict[str, str | None]]:
        lines = [line for line in self.cleaned_data["sources"].splitlines() if line.strip()]
        return [_source(number, line) for number, line in enumerate(lines, 1)]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "sources" in given and "body" in given:
            try:
                given["body"] = editing.checked(given["body"], sources=len(given["sources"]))
            except Unfit as error:
                self.add_error("body", str(error))
        return given

    @property
    def written(self) -> Written:
        """Of a form that is valid."""
        given = self.cleaned_data
        names = (" ".join(line.split())[:200] for line in given["names"].splitlines())
        return Written(
            given["title"],
            given["category"],
            tuple(dict.fromkeys(name for name in names if name)),
            tuple(given["sources"]),
            given["body"],
        )


def _source(number: int, line: str) -> dict[str, str | None]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) not in (3, 4) or not parts[0] or not parts[1]:
        raise forms.ValidationError(f"Source {number} must be: title | publisher | address | day of reading.")
    if parts[2] and not _is_web_address(parts[2]):
        raise forms.ValidationError(f"The address of source {number} must begin with https:// or http://.")
    read_on = parts[3] if len(parts) == 4 and parts[3] else None
    try:
        read_on = read_on and date.fromisoformat(read_on).isoformat()
    except ValueError:
        raise forms.ValidationError(f"The day of source {number} must be like 2026-11-30.") from None
    return {"title": parts[0], "publisher": parts[1], "url": parts[2], "read_on": read_on}


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.split() == [url]


def _as_form(document: Document) -> dict[str, Any]:
    keys = ("title", "publisher", "url", "read_on")
    sources = (" | ".join(str(reference.get(key) or "") for key in keys) for reference in document.references)
    return {
        "content_hash": document.content_hash,
        "title": document.title,
        "category": document.category,
        "names": "\n".join(document.names),
        "sources": "\n".join(sources),
        "body": document.body,
    }


class KnowledgeAdmin(ReadOnlyAdmin):
    """The pages. Django's own forms of the rows stay read-only: what is written here is checked, cut and on record."""

    change_list_template = "staff/knowledge.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pipeline.add_document")

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, Any] = {
            "<int:id>/edit/": ("edit", self.edit_view),
            "<int:id>/retire/": ("retire", self.retire_view),
            "reindex/": ("reindex", require_POST(self.reindex_view)),
            "unanswered/": ("unanswered", self.unanswered_view),
        }
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"pipeline_document_{name}")
                for route, (name, view) in pages.items()
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        keeper = index_keeper.keeper
        extra = {
            "index_is_building": keeper.is_building,
            "index_is_behind": ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store()),
            "index_seconds": keeper.last_seconds,
            "may_write": request.user.has_perm("pipeline.change_document"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    # Writing

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._write(request, None)

    def edit_view(self, request: HttpRequest, id: int) -> HttpResponse:
        _must(request, "pipeline.change_document")
        return self._write(request, get_object_or_404(Document, id=id))

    def _write(self, request: HttpRequest, document: Document | None) -> HttpResponse:
        form = DocumentForm(request.POST or None, initial=_as_form(document) if document else {"category": "illness"})
        passages = None
        if form.is_valid():
            if "_preview" not in request.POST:
                return self._store(request, document, form)
            cut = editing.preview(form.written, document.origin if document else Document.STAFF)
            passages = [
                {"cut": passage, "html": as_html(passage.text), "has_dose": bool(doses(passage.text))}
                for passage in cut[:_MOST_SHOWN]
            ]
        context = {
            **self.admin_site.each_context(request),
            "title": f"Edit: {document.title}" if document else "Add a document",
            "document": document,
            "form": form,
            "passages": passages,
        }
        return TemplateResponse(request, "staff/write_document.html", context)

    def _store(self, request: HttpRequest, document: Document | None, form: DocumentForm) -> HttpResponse:
        try:
            stored = editing.write(
                form.written,
                document_id=document.id if document else None,
                content_hash=form.cleaned_data["content_hash"],
            )
        except TextChanged:
            form.add_error(None, "Somebody else has changed it meanwhile. Please copy your text and open it anew.")
            context = {
                **self.admin_site.each_context(request), "title": "Edit", "document": document, "form": form,
            }  # fmt: skip
            return TemplateResponse(request, "staff/write_document.html", context)
        action = AuditEvent.Action.DOCUMENT_EDITED if document else AuditEvent.Action.DOCUMENT_ADDED
        _on_record(request, action, document=stored.slug)
        words = "No clinician has signed this text off: its doses aren’t quoted until one has."
        self.message_user(request, f"“{stored.title}” is stored, and the index is being built. {words}")
        return _to(stored)

    def retire_view(self, request: HttpRequest, id: int) -> HttpResponse:
        """Retires it, or takes it back."""
        _must(request, "pipeline.change_document")
        document = get_object_or_404(Document, id=id)
        retire = document.retired_at is None
        form = RetireForm(request.POST or None)
        if form.is_valid():
            editing.set_retired(document_id=document.id, retired=retire)
            action = AuditEvent.Action.DOCUMENT_RETIRED if retire else AuditEvent.Action.DOCUMENT_RESTORED
            _on_record(request, action, reason=form.cleaned_data["reason"], document=document.slug)
            done = "retired: no answer quotes it any more" if retire else "in use again"
            self.message_user(request, f"“{document.title}” is {done}, as soon as the index is built.")
            return _to(document)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'Retire' if retire else 'Use again'}: {document.title}",
            "document": document,
            "retire": retire,
            "form": form,
        }
        return TemplateResponse(request, "staff/retire_document.html", context)

    # The index

    def reindex_view(self, request: HttpRequest) -> HttpResponse:
        _must(request, "pipeline.change_document")
        index_keeper.keeper.wake(cut_again=True)
        _on_record(request, AuditEvent.Action.INDEX_REBUILT)
        self.message_user(request, "The index is being built anew. Answers come from the old one until it is there.")
        return HttpResponseRedirect(reverse("admin:pipeline_document_changelist"))

    def unanswered_view(self, request: HttpRequest) -> HttpResponse:
        _must(request, "pipeline.view_document", statistics.PERMISSION)
        found = unanswered()
        may_read = request.user.has_perm("chat.view_conversation")
        context = {
            **self.admin_site.each_context(request),
            "title": "Questions that found nothing",
            "found": found,
            "links": [(at, reading_link(id)) for id, at in found.readable] if may_read else [],
            "days": DAYS,
            "least": LEAST_PATIENTS,
        }
        return TemplateResponse(request, "staff/unanswered.html", context)


class RetireForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=250,
        help_text="It stands in the audit trail.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


def _must(request: HttpRequest, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def _on_record(request: HttpRequest, action: AuditEvent.Action, reason: str = "", **details: Any) -> None:
    assert isinstance(request.user, User)
    audit.record(action, actor_id=request.user.id, client=client_of(request), reason=reason, **details)


def _to(document: Document) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:pipeline_document_change", args=[document.id]))
