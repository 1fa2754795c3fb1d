from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moderation.models import Decision
from moderation.signals import decision_reviewed

MEANWHILE = "Somebody else has reviewed it meanwhile. Please open it again and look what they made of it."


class _ReviewedMeanwhile(Exception):
    pass


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]
    seen = forms.CharField(required=False, widget=forms.HiddenInput, help_text="what the review was when it was shown")

    class Meta:
        model = Decision
        fields = ["review"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.review
        if "review" in self.fields:
            self.fields["review"].help_text = "Once confirmed or dismissed it stays so."

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        old = self.initial["review"]
        if self.cleaned_data.get("seen") not in ("", None, old):
            raise forms.ValidationError(MEANWHILE)
        new = self.cleaned_data.get("review", old)
        if new != old and new not in Decision.MOVES.get(old, []):
            self.add_error("review", f"What is {old} can't become {new}.")
        return cleaned


@admin.register(Decision)
class DecisionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ReviewForm
    list_display = ["created_at", "severity", "category", "action", "review", "rule"]
    list_filter = ["severity", "category", "action", "review"]
    date_hierarchy = "created_at"
    fields = [
        "severity", "category", "rule", "rules_version", "action", "review", "seen", "reviewed_by_id", "reviewed_at",
        "patient_id", "conversation_id", "message_id", "created_at",
    ]  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fields
        return [field for field in self.fields if field != "seen"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for field in self.fields if field not in ("review", "seen")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except _ReviewedMeanwhile:
            self.message_user(request, MEANWHILE, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Decision, form: Any, change: bool) -> None:
        old = form.initial["review"]
        if obj.review == old:
            return
        if not Decision.objects.select_for_update().filter(id=obj.id, review=old).exists():
            raise _ReviewedMeanwhile
        obj.reviewed_by_id, obj.reviewed_at = request.user.pk, timezone.now()
        obj.save(update_fields=["review", "reviewed_by_id", "reviewed_at"])
        decision_reviewed.send(Decision, decision=obj, old=old, actor=request.user, request=request)
