"""The queue: decisions, gravest and oldest first, and what staff make of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, Q, QuerySet, Value, When
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts.clients import client_of
from accounts.models import User
from chat import reviews, staff_reading
from chat.markdown import shown
from chat.marking import marked
from chat.models import Conversation, HelpRequest, Message
from chat.reviews import ChangedMeanwhile, NotAllowed, Standing
from moderation.models import Decision
from moderation.types import Severity, name_of_category

MEANWHILE = "Somebody else has reviewed it meanwhile. Please open it again and look what they made of it."


def staff_members() -> QuerySet[User]:
    return User.objects.exclude(role=User.Role.PATIENT).filter(is_active=True).order_by("name", "email")


class _StaffField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **options: Any) -> None:
        super().__init__(staff_members(), required=False, empty_label="Nobody", **options)

    def label_from_instance(self, user: Any) -> str:
        return f"{user.name}, {user.get_role_display()}"


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]
    assigned_to = _StaffField(help_text="Who looks after it.")
    escalated_to = _StaffField(help_text="Whom you ask to look at it, with the review “escalated”.")
    seen = forms.CharField(widget=forms.HiddenInput)

    class Meta:
        model = Decision
        fields = ["review", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = Standing.of(self.instance)
        self.initial.update(
            seen=self.before.mark,
            assigned_to=self.instance.assigned_to_id,
            escalated_to=self.instance.escalated_to_id,
        )
        if "review" in self.fields:
            self.fields["review"].help_text = "Once confirmed or dismissed it stays so."

    def changes(self) -> dict[str, Any]:
        data = self.cleaned_data
        assigned, escalated = data.get("assigned_to"), data.get("escalated_to")
        return {
            "review": data.get("review", self.before.review),
            "note": data.get("note", self.before.note),
            "assigned_to_id": assigned.pk if assigned else None,
            "escalated_to_id": escalated.pk if escalated else None,
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("seen") != self.before.mark:
            raise forms.ValidationError(MEANWHILE)
        try:
            reviews.require_allowed(self.before, Standing(**self.changes()))
        except NotAllowed as error:
            self.add_error("review", str(error))
        return cleaned


class NamedFilter(admin.AllValuesFieldListFilter):
    """Values that are codes, in words."""

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            name = name_of_category(str(choice["display"]))
            yield {**choice, "display": name[:1].upper() + name[1:]}


class UnderReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [*Decision.Review.choices, ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        choices = iter(super().choices(changelist))
        yield {**next(choices), "display": "Under review"}
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        if self.value() == "all":
            return queryset
        if self.value() in Decision.Review.values:
            return queryset.filter(review=self.value())
        return queryset.filter(review__in=Decision.UNDER_REVIEW)


class WhoseFilter(admin.SimpleListFilter):
    title = "who looks after it"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("mine", "Me"), ("asked", "I am asked to look"), ("nobody", "Nobody yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        match self.value():
            case "mine":
                return queryset.filter(assigned_to_id=request.user.pk)
            case "asked":
                return queryset.filter(escalated_to_id=request.user.pk, review=Decision.Review.ESCALATED)
            case "nobody":
                return queryset.filter(assigned_to_id=None)
        return queryset


@admin.register(Decision)
class DecisionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list shows no text; the page of a decision does where its conversation is open for reading."""

    form = ReviewForm
    list_display = ["raised", "gravity", "about_what", "review", "assigned_to", "done", "found_in"]
    list_display_links = ["raised"]
    list_filter = [
        UnderReviewFilter, WhoseFilter, ("severity", NamedFilter), ("category", NamedFilter), "action", "about",
    ]  # fmt: skip
    date_hierarchy = "created_at"
    search_fields = ["=id", "=conversation_id", "=patient_id"]
    search_help_text = "The id of a decision, a conversation or a patient"
    show_full_result_count = False
    actions = ["take", "confirm", "dismiss"]
    _review = ["review", "assigned_to", "escalated_to", "note", "seen"]
    _found = [
        "gravity", "about_what", "rule", "rules_version", "action", "about", "created_at", "acknowledged_at",
        "reviewed_by", "reviewed_at", "patient_id", "conversation_id", "message_id",
    ]  # fmt: skip
    fields = [*_review, *_found]
    _changed = ("review", "assigned_to", "escalated_to", "note", "seen")

    class Media:
        js = [Script("veda/queue.js", defer=True)]
        css = {"all": ["veda/staff.css"]}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.split("__")[0] in {"state", "whose", "created_at", "severity", "category", "action", "about"}

    def get_ordering(self, request: HttpRequest) -> Any:
        ranks = [When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Severity)]
        return [Case(*ranks, default=Value(len(ranks))).asc(), "created_at"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fields
        return [field for field in self.fields if field != "seen"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The review stands beside what was flagged, what else is known of it below."""
        shown = self.get_fields(request, obj)
        return [
            ("Review", {"fields": [field for field in self._review if field in shown], "classes": ["review"]}),
            ("What is known", {"fields": self._found}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        changed = self._changed if self.has_change_permission(request, obj) else ()
        return [field for field in self.fields if field not in changed]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # What is shown

    @admin.display(description="raised", ordering="created_at")
    def raised(self, decision: Decision) -> SafeString:
        """With the mark that tells, at a bulk action, what was seen here."""
        return format_html(
            '{} <input type="hidden" name="seen" value="{}:{}">',
            f"{timesince(decision.created_at, timezone.now(), depth=1)} ago",
            decision.id,
            Standing.of(decision).mark,
        )

    @admin.display(description="severity", ordering="severity")
    def gravity(self, decision: Decision) -> SafeString:
        return format_html('<span class="severity is-{0}">{0}</span>', decision.severity)

    @admin.display(description="category", ordering="category")
    def about_what(self, decision: Decision) -> str:
        return name_of_category(decision.category)

    @admin.display(description="what was done", ordering="action")
    def done(self, decision: Decision) -> str:
        return decision.get_action_display()

    @admin.display(description="found in", ordering="about")
    def found_in(self, decision: Decision) -> str:
        return decision.get_about_display()

    @admin.display(description="looked after by", ordering="assigned_to_id")
    def assigned_to(self, decision: Decision) -> str:
        return _name_of(decision.assigned_to_id)

    @admin.display(description="escalated to")
    def escalated_to(self, decision: Decision) -> str:
        return _name_of(decision.escalated_to_id)

    @admin.display(description="reviewed by")
    def reviewed_by(self, decision: Decision) -> str:
        return _name_of(decision.reviewed_by_id)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        waiting = HelpRequest.objects.filter(closed_at=None, conversation__deleted_at=None)
        waiting = waiting.select_related("conversation", "conversation__attended_by")
        return super().changelist_view(
            request, {**(extra_context or {}), "title": "Decisions to review", "help_requests": waiting}
        )

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if decision := context.get("original"):
            context |= _reading(request, decision)
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ChangedMeanwhile:
            self.message_user(request, MEANWHILE, messages.ERROR)
            return HttpResponseRedirect(request.path)

    # What is changed

    def save_model(self, request: HttpRequest, obj: Decision, form: Any, change: bool) -> None:
        """Raises ChangedMeanwhile."""
        reviews.change_decision(
            obj.id,
            seen=form.cleaned_data["seen"],
            actor=_staff(request),
            client=client_of(request),
            **form.changes(),
        )

    @admin.action(description="Look after them myself", permissions=["change"])
    def take(self, request: HttpRequest, decisions: QuerySet[Decision]) -> None:
        self._change_all(request, decisions, assigned_to_id=request.user.pk)

    @admin.action(description="Confirm", permissions=["change"])
    def confirm(self, request: HttpRequest, decisions: QuerySet[Decision]) -> None:
        self._change_all(request, decisions, review=Decision.Review.CONFIRMED)

    @admin.action(description="Dismiss", permissions=["change"])
    def dismiss(self, request: HttpRequest, decisions: QuerySet[Decision]) -> None:
        self._change_all(request, decisions, review=Decision.Review.DISMISSED)

    def _change_all(self, request: HttpRequest, decisions: QuerySet[Decision], **changes: Any) -> None:
        """Of those that are still as the page showed them."""
        seen = dict(entry.split(":", 1) for entry in request.POST.getlist("seen") if ":" in entry)
        changed = left_out = 0
        for decision_id in decisions.values_list("id", flat=True):
            try:
                reviews.change_decision(
                    decision_id,
                    seen=seen.get(str(decision_id), ""),
                    actor=_staff(request),
                    client=client_of(request),
                    **changes,
                )
                changed += 1
            except (ChangedMeanwhile, NotAllowed):
                left_out += 1
        self.message_user(request, f"{changed} changed.")
        if left_out:
            self.message_user(
                request,
                f"{left_out} left out: somebody changed them meanwhile, they were reviewed, or weren't on this page.",
                messages.WARNING,
            )


def _reading(request: HttpRequest, decision: Decision) -> dict[str, Any]:
    """The flagged message, with what was found in it marked, where this session may read it; else the way there."""
    conversation = Conversation.objects.filter(id=decision.conversation_id).first()
    address = reverse("admin:chat_conversation_read", args=[decision.conversation_id])
    reading: dict[str, Any] = {
        "conversation": conversation,
        "reading_address": f"{address}?decision={decision.id}",
        "may_read": bool(conversation) and request.user.has_perm("chat.view_conversation"),
    }
    if conversation and reading["may_read"]:
        reading["readable"] = bool(staff_reading.reasons_for(conversation, _staff(request)))
        if staff_reading.is_open(request, conversation, _staff(request)):
            reading["flagged"] = _flagged(decision)
    others = Decision.objects.filter(conversation_id=decision.conversation_id).exclude(id=decision.id)
    reading["others"] = others.filter(Q(review__in=Decision.UNDER_REVIEW))
    return reading


def _flagged(decision: Decision) -> SafeString | None:
    of_conversation = {"id": decision.message_id, "conversation_id": decision.conversation_id}
    message = Message.objects.filter(**of_conversation).select_related("feedback").first()
    if message is None:
        return None
    if decision.about == Decision.About.COMMENT:
        feedback = getattr(message, "feedback", None)
        return SafeString(linebreaks(marked(feedback.comment, decision.spans))) if feedback else None
    return shown(message, decision.spans)


def _name_of(user_id: uuid.UUID | None) -> str:
    if user_id is None:
        return "nobody yet"
    name = User.objects.filter(id=user_id).values_list("name", flat=True).first()
    return name or "an account that is gone"


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
