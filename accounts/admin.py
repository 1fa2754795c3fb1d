"""Accounts in the admin. Administrators look after others' accounts, but can't become them: see `UserAdmin`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts import audit, devices, mail, pausing, registration, roles, second_factor
from accounts.clients import client_of
from accounts.models import AuditEvent, Consent, Invitation, RefreshFamily, User, email_key
from accounts.reasons import ReasonForm
from veda.errors import NotFound

for hidden in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):  # their rows hold secrets
    admin.site.unregister(hidden)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By what the page filters by: nobody searches other fields letter by letter through the address."""
        return _is_filter(self, lookup)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeviceInline(ReadOnlyInline):
    model = RefreshFamily
    verbose_name_plural = "Where the account is signed in"
    fields: ClassVar[Any] = ["browser", "method", "second_factor", "created_at", "issued_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefreshFamily]:
        devices: QuerySet[RefreshFamily] = super().get_queryset(request)
        return devices.filter(revoked_at=None)


class ConsentInline(ReadOnlyInline):
    model = Consent
    fields: ClassVar[Any] = ["purpose", "version", "given_at", "withdrawn_at", "superseded_at"]
    readonly_fields = fields


class _OneAddress(forms.ModelForm):  # type: ignore[type-arg]
    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email_key(email) != self.instance.email_key and registration.is_taken(email):
            raise forms.ValidationError("There is an account with this address, or one that looks like it.")
        return email


class UserCreationForm(_OneAddress, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["email", "name"]


class _PasswordWidget(ReadOnlyPasswordHashWidget):
    def get_context(self, name: str, value: Any, attrs: Any) -> Any:
        """Without how the hash was made, and how it begins."""
        context = super().get_context(name, value, attrs)
        if len(context["summary"]) > 1:
            context["summary"] = [{"label": "A password is set."}]
        return context


class ChangeForm(_OneAddress, UserChangeForm):  # type: ignore[type-arg]
    password = ReadOnlyPasswordHashField(label="Password", widget=_PasswordWidget)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Who could set another's password or address could read as them, unaudited: that is left to superusers."""

    form = ChangeForm
    add_form = UserCreationForm
    ordering = ["-date_joined"]
    list_display = ["email", "name", "role", "is_active", "paused_at", "date_joined"]
    list_filter = ["role", "is_active", ("paused_at", admin.EmptyFieldListFilter)]
    search_fields = ["^email", "=id"]
    search_help_text = "How an e-mail address begins, or an id"
    readonly_fields = [
        "id", "paused_at", "email_confirmed_at", "year_of_birth", "consent_version", "consent_at", "has_second_factor",
        "date_joined", "last_login",
    ]  # fmt: skip
    filter_horizontal = ["groups", "user_permissions"]
    fieldsets = (
        (None, {"fields": ("id", "email", "email_confirmed_at", "password", "name", "country", "year_of_birth")}),
        (
            "Role",
            {
                "fields": (
                    "role",
                    "is_active",
                    "paused_at",
                    "has_second_factor",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                )
            },
        ),
        ("Consent and times", {"fields": ("consent_version", "consent_at", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "role", "usable_password", "password1", "password2"),
            },
        ),
    )
    inlines = [DeviceInline, ConsentInline]
    actions = ["sign_out", "pause", "resume", "disable", "enable", "remove_second_factor"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return _is_filter(self, lookup)

    @admin.display(boolean=True, description="second factor")
    def has_second_factor(self, user: User) -> bool:
        return second_factor.has_second_factor(user)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else []

    def get_readonly_fields(self, request: Any, obj: User | None = None) -> Any:
        readonly = list(super().get_readonly_fields(request, obj))
        if obj == request.user:  # nobody raises himself, or locks himself out
            readonly += ["role", "is_active"]
        if not request.user.is_superuser:
            readonly += ["is_superuser", "groups", "user_permissions"]
            readonly += ["email"] if obj else []
        return readonly

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """The password's link is for those who may follow it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or _is_superuser(request):
            return fieldsets
        return [
            (name, {**options, "fields": [field for field in options["fields"] if field != "password"]})
            for name, options in fieldsets
        ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        above = obj is not None and obj.is_superuser and not _is_superuser(request)
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who owns an account deletes it; what belongs to it goes in an order that the admin doesn't know."""
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        if not _is_superuser(request):
            raise PermissionDenied
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            user = User.objects.get(id=id)
            _record(AuditEvent.Action.PASSWORD_CHANGED, request, user)
            mail.send_password_changed(user)
        return answer

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with roles.done_by(_staff(request), client_of(request)):
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with roles.done_by(_staff(request), client_of(request)):
            return super().changelist_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        has_new_address = change and "email" in form.changed_data
        if has_new_address:  # its owner hasn't followed a link mailed there
            obj.email_confirmed_at = None
        super().save_model(request, obj, form, change)
        if not change:
            _record(AuditEvent.Action.REGISTERED, request, obj)
        elif has_new_address:
            _record(AuditEvent.Action.EMAIL_CHANGED, request, obj)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The admin's own log would keep the address for ever; the audit trail has what matters."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """As above."""

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, users: QuerySet[User]) -> None:
        others = self._others(request, users)
        for user in others:
            devices.sign_out_everywhere(user=user, actor=_staff(request), client=client_of(request))
        self.message_user(request, f"{len(others)} accounts were signed out everywhere.")

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return _staff(request).has_perm("accounts.pause_user")

    @admin.action(description="Pause", permissions=["pause"])
    def pause(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        return self._pause(request, users.filter(paused_at=None, deleted_at=None), pausing.pause_account, "Pause")

    @admin.action(description="Resume", permissions=["pause"])
    def resume(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        return self._pause(request, users.exclude(paused_at=None), pausing.resume_account, "Resume")

    def _pause(
        self, request: HttpRequest, users: QuerySet[User], change: Callable[..., bool], verb: str
    ) -> HttpResponse | None:
        """Asks for a reason first."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            context = {**self.admin_site.each_context(request), "title": f"{verb} accounts", "form": form}
            context |= {"accounts": users.exclude(id=_staff(request).id), "verb": verb, "action": verb.lower()}
            return TemplateResponse(request, "staff/pause_accounts.html", context)
        changed = sum(
            change(user=user, actor=_staff(request), reason=form.cleaned_data["reason"], client=client_of(request))
            for user in self._others(request, users)
        )
        self.message_user(request, f"{changed} accounts: {verb.lower()}d.")
        return None

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._switch(request, users.filter(is_active=True), on=False)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._switch(request, users.filter(is_active=False, deleted_at=None), on=True)

    @admin.action(description="Remove the second factor (a phone was lost)", permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        removed = [user for user in self._others(request, users) if second_factor.remove(user)]
        for user in removed:
            user.refresh_families.end()
            _record(AuditEvent.Action.SECOND_FACTOR_REMOVED, request, user)
            mail.send_second_factor_changed(user)
        self.message_user(request, f"{len(removed)} second factors were removed.")

    def _switch(self, request: HttpRequest, users: QuerySet[User], *, on: bool) -> None:
        others = self._others(request, users)
        for user in others:
            user.is_active = on
            user.save(update_fields=["is_active"])
        self.message_user(request, f"{len(others)} accounts were {'enabled' if on else 'disabled'}.")

    def _others(self, request: HttpRequest, users: QuerySet[User]) -> list[User]:
        """Without the own account, and those that this administrator may not change."""
        others = [user for user in users if user != request.user and self.has_change_permission(request, user)]
        if len(others) < len(users):
            self.message_user(request, "Your own account and superusers were left out.", messages.WARNING)
        return others


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    days = forms.IntegerField(min_value=1, max_value=90, initial=14, help_text="how long the link is good for")

    class Meta:
        model = Invitation
        fields = ["email"]


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = InvitationForm
    list_display = ["created_at", "email", "invited_by", "expires_at", "used_at"]
    list_select_related = ["invited_by"]
    search_fields = ["^email"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return _is_filter(self, lookup)

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return ["email", "invited_by", "created_at", "expires_at", "used_at"] if obj else ["email", "days"]

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """The link is shown now and never again: only what it is signed from is kept."""
        obj.invited_by = _staff(request)
        obj.expires_at = timezone.now() + timedelta(days=form.cleaned_data["days"])
        super().save_model(request, obj, form, change)
        audit.record(AuditEvent.Action.INVITED, actor_id=obj.invited_by.id, object_id=obj.id, client=client_of(request))
        link = request.build_absolute_uri(registration.invitation_link(obj))
        self.message_user(request, f"The link, which is shown only now: {link}", messages.WARNING)
        if obj.email and settings.MAIL_WORKS:
            mail.send_invitation(obj, link)
            self.message_user(request, "It is mailed as well.")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "actor_id", "subject_id", "reason"]
    fields: ClassVar[Any] = [*list_display, "object_id", "details", "network", "browser"]
    readonly_fields = fields
    list_filter = ["action", "at"]
    search_fields = ["=actor_id", "=subject_id"]
    search_help_text = "The id of who did it, or whom it concerns"
    show_full_result_count = False


@admin.register(RefreshFamily)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ["user", "browser", "method", "second_factor", "created_at", "issued_at", "revoked_at"]
    list_filter = ["method", "second_factor"]
    list_select_related = ["user"]
    search_fields = ["^user__email", "=user__id"]
    search_help_text = "How an e-mail address begins, or a user's id"
    actions = ["sign_out"]

    def has_sign_out_permission(self, request: HttpRequest) -> bool:
        return _staff(request).has_perm("accounts.change_refreshfamily")

    @admin.action(description="Sign out", permissions=["sign_out"])
    def sign_out(self, request: HttpRequest, families: QuerySet[RefreshFamily]) -> None:
        for family in families.filter(revoked_at=None):
            with suppress(NotFound):  # it was signed out meanwhile
                devices.sign_out_device(
                    user=family.user, device_id=family.id, actor=_staff(request), client=client_of(request)
                )
        self.message_user(request, "They are signed out.")


def _is_filter(page: admin.ModelAdmin[Any], lookup: str) -> bool:
    fields = {entry[0] if isinstance(entry, tuple) else entry for entry in page.list_filter}
    return lookup.split("__")[0] in {page.date_hierarchy, *fields}


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _is_superuser(request: HttpRequest) -> bool:
    return _staff(request).is_superuser


def _record(action: AuditEvent.Action, request: HttpRequest, user: User, **more: Any) -> None:
    audit.record(action, actor_id=_staff(request).id, subject_id=user.id, client=client_of(request), **more)
