"""The rules, as staff read and write them. Decisions are reviewed beside their conversations: `chat.decision_admin`."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from moderation import policy, services
from moderation.embedding import embed
from moderation.models import RuleBook
from moderation.rule_files import RuleError
from moderation.types import RuleSet, Verdict

READ_SECONDS = 2.0
"""What takes longer to read is refused: the page is waited for, and so is everybody else's."""
_REPLACES = (
    "A version takes the place of the rules that ship: what isn’t in it is no longer looked for. What stays whatever "
    "it says: the classifier, the rules about answers, and the notice that another language gets."
)


class RuleBookForm(forms.ModelForm):  # type: ignore[type-arg]
    not_heard = forms.IntegerField(
        required=False,
        label="messages that would no longer be heard",
        help_text="Only where Veda asks for it: the number that it names, to put the rules into force all the same.",
    )
    example = forms.CharField(
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A message to try the rules below on, with “Try”. It isn't kept.",
    )
    rules: RuleSet

    class Meta:
        model = RuleBook
        fields = ["text", "note"]
        widgets = {"text": forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "wrap": "off"})}
        help_texts = {"text": f"As in moderation/rules/en.json. {_REPLACES}"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "_try" in self.data:
            self.fields["note"].required = False

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        try:
            self.rules = services.rules_of_version(text, within=READ_SECONDS)
        except RuleError as error:
            raise forms.ValidationError(str(error)) from None
        return text

    def clean(self) -> dict[str, Any] | None:
        """Nobody switches off the help of those in danger without having read how much of it."""
        cleaned = super().clean()
        if "text" in self.cleaned_data and "_try" not in self.data:
            missed = services.not_heard_by(self.rules)
            if missed and self.cleaned_data.get("not_heard") != missed:
                self.add_error("not_heard", _loss(missed))
        return cleaned

    def tried(self) -> tuple[Verdict, list[str]] | None:
        """What the example comes to, and by which words; None where the rules are broken, or there is no example."""
        if not self.is_valid() or not self.cleaned_data["example"]:
            return None
        example: str = self.cleaned_data["example"]
        verdict = policy.screen(example, self.rules, embed=embed())
        return verdict, [example[start:end] for start, end in verdict.spans]


def _loss(missed: int) -> str:
    of = len(services.examples_of_danger())
    return (
        f"With these rules {missed} of {of} example messages of crises, emergencies and violence at home would no "
        f"longer be heard by a rule, though the rules that ship hear them. If you mean that, enter {missed} here."
    )


@admin.register(RuleBook)
class RuleBookAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = RuleBookForm
    list_display = ["number", "created_at", "note", "author"]
    fields = ["example", "text", "note", "not_heard"]
    change_list_template = "admin/moderation/rulebook/change_list.html"
    change_form_template = "admin/moderation/rulebook/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["number", "created_at", "author", "note", "text"] if obj else self.fields

    def get_urls(self) -> list[Any]:
        restore = path(
            "<int:number>/restore", self.admin_site.admin_view(self.restore), name="moderation_rulebook_restore"
        )
        in_force = path("in-force/", self.admin_site.admin_view(self.in_force), name="moderation_rulebook_in_force")
        return [restore, in_force, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {**(extra_context or {}), "title": "Screening rules", "in_force": _in_force()}
        )

    def in_force(self, request: HttpRequest) -> HttpResponse:
        """What messages and answers are screened with just now: as it ships, or as staff wrote it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        groups = [("Messages of patients", services.current_rules().rules), ("Answers", services.answer_rules().rules)]
        context = {
            **self.admin_site.each_context(request),
            "title": "The rules in force",
            "in_force": _in_force(),
            "groups": groups,
        }
        return TemplateResponse(request, "staff/rules.html", context)

    @admin.display(description="author")
    def author(self, book: RuleBook) -> str:
        return services.name_of_author(book)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = RuleBook.objects.first()
        return {"text": newest.text if newest else services.shipped_text()}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and "_try" in request.POST:
            return self._try(request, form_url)
        return super().add_view(request, form_url, extra_context)

    def _try(self, request: HttpRequest, form_url: str) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RuleBookForm(request.POST)
        tried = form.tried()
        fieldsets: Any = self.get_fieldsets(request)
        shown = helpers.AdminForm(form, fieldsets, {}, (), model_admin=self)
        context = {
            **self.admin_site.each_context(request),
            "title": "Try rules", "adminform": shown, "original": None, "object_id": None, "is_popup": False,
            "to_field": None, "media": self.media + shown.media, "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []), "tried": tried,
        }  # fmt: skip
        return self.render_change_form(request, context, add=True, change=False, form_url=form_url)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        book = self.get_object(request, object_id)
        extra = {**(extra_context or {}), "difference": _difference(book) if book else []}
        extra["may_restore"] = self.has_add_permission(request) and book != RuleBook.objects.first()
        return super().change_view(request, object_id, form_url, extra)

    def restore(self, request: HttpRequest, number: int) -> HttpResponse:
        """Stores an older version once more, as the newest."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request):
            raise PermissionDenied
        book = RuleBook.objects.filter(number=number).first()
        if book is None:
            self.message_user(request, "There is no such version.", messages.ERROR)
        else:
            try:
                missed = services.not_heard_by(services.rules_of_version(book.text, within=READ_SECONDS))
            except RuleError as error:
                self.message_user(request, f"It can't be restored: {error}", messages.ERROR)
            else:
                if missed and request.POST.get("not_heard") != str(missed):
                    self.message_user(request, f"It wasn’t restored. {_loss(missed)}", messages.ERROR)
                    return HttpResponseRedirect(reverse("admin:moderation_rulebook_change", args=[number]))
                RuleBook.objects.create(text=book.text, note=f"Version {number} again", author_id=request.user.pk)
                self.message_user(request, f"Version {number} is in force again.")
        return HttpResponseRedirect(reverse("admin:moderation_rulebook_changelist"))

    def save_model(self, request: HttpRequest, obj: RuleBook, form: Any, change: bool) -> None:
        obj.author_id = request.user.pk
        super().save_model(request, obj, form, change)


def _in_force() -> dict[str, Any]:
    rules = services.current_rules()
    stored = RuleBook.objects.filter(number=rules.version).first() if rules.version.isdigit() else None
    return {
        "version": rules.version,
        "stored": stored,
        "author": services.name_of_author(stored) if stored else "",
        "count": len(rules.rules),
        "listens": rules.classifier is not None,
    }


def _difference(book: RuleBook) -> list[str]:
    """To the version before; to the rules that ship where there is none."""
    before = RuleBook.objects.filter(number__lt=book.number).first()
    old = before.text if before else services.shipped_text()
    name = str(before) if before else "as shipped"
    return list(unified_diff(old.splitlines(), book.text.splitlines(), name, str(book), lineterm="", n=2))
