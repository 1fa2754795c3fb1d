"""How allauth signs staff in to the admin: who may, how failures count, and which codes are taken."""

from __future__ import annotations

import logging
import secrets
from base64 import b32encode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import Fernet, InvalidToken
from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import authenticate
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import audit, mail, rates, second_factor
from accounts.clients import client_of
from accounts.models import AuditEvent, User, email_key
from accounts.staff_sessions import device_of, end_others, lacks_code, mark_second_factor
from veda.errors import InvalidCredentials, SecondFactorRequired, SecondFactorWrong, TooManyRequests

logger = logging.getLogger(__name__)

FRESH = timedelta(minutes=5)


def _cipher() -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("accounts.second-factor", "key", algorithm="sha256").digest()))


class StaffAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": InvalidCredentials.message,
        "incorrect_password": "This is not your password.",
    }

    def authenticate(self, request: HttpRequest, *, email: str, password: str) -> User | None:
        """Patients get the answer of a wrong password, as nothing here is for them."""
        _check_rate(request, email_key(email))
        user = authenticate(request, email=email, password=password)
        if isinstance(user, User) and user.is_staff:
            _check_rate(request, email_key(email))  # those who tried at the same moment are counted by now
            return user
        known = User.objects.filter(email_key=email_key(email)).first()
        _count_failure(request, email_key(email), known, "password")
        return None

    def reauthenticate(self, user: User, password: str) -> bool:
        return self.authenticate(context.request, email=user.email, password=password) == user

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Not of somebody who has just signed in, with all that the account asks for."""
        device = device_of(context.request)
        return device is None or lacks_code(context.request) or timezone.now() - device.created_at > FRESH

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """With a code, where there is one to give: who found a screen unlocked may know the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        with_code = [method for method in methods if method["id"] == "mfa_reauthenticate"]
        return with_code or methods

    def is_ajax(self, request: HttpRequest) -> bool:
        return False


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": SecondFactorWrong.message}

    def encrypt(self, text: str) -> str:
        """With a key made from SECRET_KEY: a copy of the database alone opens nothing."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Where SECRET_KEY is another one since, no code is right any more: a new second factor has to be set up."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.error("A second factor can't be read: SECRET_KEY has changed since it was set up")
            return b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """On white, for a camera to read it on a dark page, too."""
        import qrcode  # here: a process in which nobody sets up their codes needs none of its memory
        from qrcode.image.svg import SvgPathFillImage

        return str(qrcode.make(url, image_factory=SvgPathFillImage, box_size=14).to_string(encoding="unicode"))


class _OurCheck(code_forms.BaseAuthenticateForm):
    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        key = email_key(self.user.email)
        _check_rate(context.request, key)
        try:
            self.authenticator = second_factor.verify(self.user, code)
        except (SecondFactorRequired, SecondFactorWrong) as error:
            _count_failure(context.request, key, self.user, "second_factor")
            raise forms.ValidationError(error.message) from None
        _check_rate(context.request, key)
        return code


class CodeForm(_OurCheck, code_forms.AuthenticateForm):
    pass


class CodeAgainForm(_OurCheck, code_forms.ReauthenticateForm):
    pass


class SetUpForm(ActivateTOTPForm):
    def clean_code(self) -> str:
        """The first code is spent, like every later one."""
        _check_rate(context.request, email_key(self.user.email))
        try:
            code: str = super().clean_code()
        except forms.ValidationError:
            _count_failure(context.request, email_key(self.user.email), self.user, "second_factor")
            raise
        second_factor.spend(self.user, code)
        return code


class PasswordChangeForm(AdminPasswordChangeForm):
    def clean_old_password(self) -> str:
        """Whoever found a screen unlocked has as few tries as at the sign-in."""
        key = email_key(self.user.email)
        _check_rate(context.request, key)
        try:
            password: str = super().clean_old_password()
        except forms.ValidationError:
            _count_failure(context.request, key, self.user, "password")
            raise
        _check_rate(context.request, key)  # those who tried at the same moment are counted by now
        return password


def _check_rate(request: HttpRequest, account: str) -> None:
    try:
        rates.check("sign_in", account=account, client=client_of(request))
    except TooManyRequests as error:
        raise forms.ValidationError(error.message) from None


def _count_failure(request: HttpRequest, account: str, user: User | None, what: str) -> None:
    client = client_of(request)
    audit.record(
        AuditEvent.Action.SIGN_IN_FAILED,
        actor_id=request.user.pk,  # somebody who is signed in and proves it again; nobody at the sign-in
        subject_id=user.id if user else None,
        client=client,
        method="admin",
        wrong=what,
    )
    try:
        rates.spend("sign_in", account=account, client=client)
    except TooManyRequests as error:
        raise forms.ValidationError(error.message) from None


@receiver(signals.authenticator_added)
def _on_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        mark_second_factor(request, given=True)
        end_others(request, user)  # they came in with the password alone
        _tell(request, user, AuditEvent.Action.SECOND_FACTOR_ADDED)


@receiver(signals.authenticator_removed)
def _on_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        mark_second_factor(request, given=False)
        _tell(request, user, AuditEvent.Action.SECOND_FACTOR_REMOVED)


@receiver(signals.authenticator_reset)
def _on_new_recovery_codes(request: HttpRequest, user: User, **_: Any) -> None:
    _tell(request, user, AuditEvent.Action.SECOND_FACTOR_ADDED, kind="recovery codes")


@receiver(signals.authenticator_used)
def _on_used(request: HttpRequest, reauthenticated: bool, **_: Any) -> None:
    if reauthenticated:
        mark_second_factor(request, given=True)


def _tell(request: HttpRequest, user: User, action: AuditEvent.Action, **details: Any) -> None:
    audit.record(action, actor_id=user.id, subject_id=user.id, client=client_of(request), **details)
    mail.send_second_factor_changed(user)
