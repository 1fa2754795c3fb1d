"""Conversations in the admin: lists without words, a page that is read for a reason, and staff's part in one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts import pausing
from accounts.admin import ReadOnlyAdmin
from accounts.clients import client_of
from accounts.models import User
from accounts.reasons import ReasonForm
from chat import attendance, health_profiles, staff_reading
from chat.attendance import AttendedByAnother, NotThere
from chat.markdown import shown
from chat.models import Conversation, Message
from chat.selectors import messages_of
from moderation.models import Decision
from pipeline.profiles import in_words
from pipeline.types import HealthProfile
from veda.errors import MessageEmpty, MessageTooLong, NotFound

MESSAGES_ON_A_PAGE = 200


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
        pages: dict[str, Callable[..., HttpResponse]] = {
            "read": self.read_view,
            "join": require_POST(self.join_view),
            "leave": require_POST(self.leave_view),
            "write": require_POST(self.write_view),
            "typing": require_POST(self.typing_view),
            "pause": self.pause_view,
        }
        return [
            *(
                path(
                    f"<uuid:conversation_id>/{name}/",
                    self.admin_site.admin_view(view),
                    name=f"chat_conversation_{name}",
                )
                for name, view in pages.items()
            ),
            *super().get_urls(),
        ]

    @admin.display(description="read")
    def read(self, conversation: Conversation) -> str:
        return reading_link(conversation.id)

    # Reading

    def read_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = self._conversation(request, conversation_id)
        if staff_reading.is_open(request, conversation, _staff(request)):
            if conversation.is_attended and conversation.attended_by_id == _staff(request).id:
                attendance.renew(conversation, _staff(request))
                staff_reading.keep_open(request, conversation)
            return self._transcript(request, conversation)
        context = self._context(request, conversation)
        reasons = staff_reading.reasons_for(conversation, _staff(request))
        if not reasons:
            return TemplateResponse(request, "staff/not_readable.html", context, status=403)
        form = ReasonForm(request.POST or None, reasons=reasons)
        if form.is_valid():
            reason = f"{form.cleaned_data['kind']}: {form.cleaned_data['reason']}"
            staff_reading.open_conversation(request, conversation, reason=reason)
            return HttpResponseRedirect(_way_back(request))
        return TemplateResponse(request, "staff/reason.html", {**context, "form": form})

    def _transcript(self, request: HttpRequest, conversation: Conversation, draft: str = "") -> HttpResponse:
        """`draft`: what couldn't be sent."""
        pages = Paginator(messages_of(conversation), MESSAGES_ON_A_PAGE)
        is_there = conversation.is_attended and conversation.attended_by_id == _staff(request).id
        page = pages.get_page(request.GET.get("page", pages.num_pages if is_there else 1))
        context = self._context(request, conversation) | {
            "page": page,
            "entries": _entries(list(page)),
            "shows_pictures": request.user.has_perm("chat.view_attachment"),
            "may_attend": request.user.has_perm("chat.attend_conversation") and not conversation.deleted_at,
            "is_there": is_there,
            "asked": conversation.help_requests.filter(closed_at=None).first(),
            "message_id": uuid.uuid4(),
            "draft": draft,
            "about": "" if conversation.deleted_at else _in_words(health_profiles.said_in(conversation)),
        }
        return TemplateResponse(request, "staff/conversation.html", context)

    # Taking part

    def join_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = self._attended(request, conversation_id)
        try:
            attendance.join(conversation_id=conversation.id, staff=_staff(request), client=client_of(request))
        except AttendedByAnother:
            self.message_user(request, "Somebody else is in the conversation.", messages.ERROR)
        except NotFound:
            self.message_user(request, "The patient has deleted the conversation.", messages.ERROR)
        return _to_reading(conversation)

    def leave_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = self._attended(request, conversation_id)
        try:
            attendance.leave(conversation_id=conversation.id, staff=_staff(request), client=client_of(request))
        except (NotThere, NotFound):
            self.message_user(request, "You weren’t in the conversation any more.", messages.WARNING)
        if not staff_reading.reasons_for(conversation, _staff(request)):  # it was open for the patient's request alone
            self.message_user(request, "You left the conversation. It can’t be read any more.", messages.INFO)
            return HttpResponseRedirect(reverse("admin:moderation_decision_changelist"))
        return _to_reading(conversation)

    def write_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        """What can't be sent stands in the form again."""
        conversation = self._attended(request, conversation_id)
        content = request.POST.get("content", "")
        try:
            attendance.write(
                conversation_id=conversation.id,
                staff=_staff(request),
                content=content,
                message_id=uuid.UUID(request.POST.get("message_id", "")),
                client=client_of(request),
            )
        except NotThere:
            problem = "You aren’t in the conversation any more: you were away for too long. Please join again."
        except (MessageEmpty, MessageTooLong) as error:
            problem = error.message
        except (NotFound, ValueError):
            problem = "It wasn’t sent. Please load the page again."
        else:
            return _to_reading(conversation)
        self.message_user(request, problem, messages.ERROR)
        return self._transcript(request, conversation, draft=content)

    def typing_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = self._attended(request, conversation_id)
        if conversation.is_attended and conversation.attended_by_id == _staff(request).id:
            attendance.tell_typing(conversation)
        return HttpResponse(status=204)

    # The account

    def pause_view(self, request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = self._conversation(request, conversation_id)
        patient, staff = conversation.user, _staff(request)
        if not staff.has_perm("accounts.pause_user") or patient == staff:
            raise PermissionDenied
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            change = pausing.resume_account if patient.paused_at else pausing.pause_account
            change(user=patient, actor=staff, reason=form.cleaned_data["reason"], client=client_of(request))
            self.message_user(request, "The account is no longer paused." if patient.paused_at else "It is paused.")
            return HttpResponseRedirect(_way_back(request, _reading_address(conversation.id)))
        return TemplateResponse(
            request,
            "staff/pause.html",
            self._context(request, conversation)
            | {
                "title": "Resume an account" if patient.paused_at else "Pause an account",
                "form": form,
                "patient": patient,
            },
        )

    def _conversation(self, request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
        rows = Conversation.objects.select_related("user", "attended_by")
        conversation = get_object_or_404(rows, id=conversation_id)
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        return conversation

    def _attended(self, request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
        """One in which this person may take part: they opened it for a reason."""
        conversation = self._conversation(request, conversation_id)
        if not request.user.has_perm("chat.attend_conversation") or not staff_reading.is_open(
            request, conversation, _staff(request)
        ):
            raise PermissionDenied
        return conversation

    def _context(self, request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
        under_review = Decision.objects.filter(
            conversation_id=conversation.id, review__in=Decision.UNDER_REVIEW
        ).order_by("created_at")
        return {
            **self.admin_site.each_context(request),
            "title": "Read a conversation",
            "conversation": conversation,
            "may_pause": request.user.has_perm("accounts.pause_user") and conversation.user != request.user,
            "under_review": under_review if request.user.has_perm("moderation.view_decision") else [],
        }


def _entries(page: list[Message]) -> list[dict[str, Any]]:
    """Each message with what was decided about it, marked where that was found."""
    decisions: dict[uuid.UUID, list[Decision]] = {}
    for decision in Decision.objects.filter(message_id__in=[message.id for message in page]).order_by("created_at"):
        decisions.setdefault(decision.message_id, []).append(decision)
    return [
        {
            "message": message,
            "decisions": decisions.get(message.id, []),
            "about": _in_words(health_profiles.from_json(message.metadata.get("health_profile"))),
            "words": shown(
                message,
                [
                    span
                    for decision in decisions.get(message.id, [])
                    if decision.about != Decision.About.COMMENT
                    for span in decision.spans
                ],
            ),
        }
        for message in page
    ]


def _in_words(profile: HealthProfile | None) -> str:
    """What the patient said of whom it is about."""
    if profile is None:
        return ""
    return "; ".join([f"about {'themselves' if profile.about == 'me' else 'somebody else'}", *in_words(profile)])


def reading_link(conversation_id: uuid.UUID) -> str:
    return format_html('<a href="{}">Read</a>', _reading_address(conversation_id))


def _reading_address(conversation_id: uuid.UUID) -> str:
    return reverse("admin:chat_conversation_read", args=[conversation_id])


def _to_reading(conversation: Conversation) -> HttpResponseRedirect:
    return HttpResponseRedirect(_reading_address(conversation.id))


def _way_back(request: HttpRequest, otherwise: str = "") -> str:
    """To the decision from whose page one came, else to the conversation."""
    with suppress(ValueError):
        return reverse("admin:moderation_decision_change", args=[uuid.UUID(request.GET.get("decision", ""))])
    return otherwise or request.path


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
