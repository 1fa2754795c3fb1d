"""Changing a password, and the way back in where it was forgotten."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, mail, rates
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, RefreshFamily, User, email_key
from accounts.tokens import TokenPair, start_session
from veda.errors import Invalid, InvalidToken, LinkInvalid, MailUnavailable, SignInAgain, WrongPassword

FRESH = timedelta(minutes=5)
"""How long a sign-in counts as proof of identity for an account without a password."""


def confirm_identity(user: User, password: str, family_id: uuid.UUID, *, client: Client = NOBODY) -> None:
    """Before what can't be undone. Failures count as failed sign-ins.

    Raises WrongPassword, TooManyRequests; of an account without a password SignInAgain.
    """
    if not user.has_usable_password():
        if not RefreshFamily.objects.filter(id=family_id, user=user, created_at__gt=timezone.now() - FRESH).exists():
            raise SignInAgain
        return
    rates.check("sign_in", account=user.email_key, client=client)
    if not user.check_password(password):
        audit.record(
            AuditEvent.Action.SIGN_IN_FAILED, actor_id=user.id, subject_id=user.id, object_id=family_id, client=client
        )
        rates.spend("sign_in", account=user.email_key, client=client)
        raise WrongPassword
    rates.check("sign_in", account=user.email_key, client=client)


def change_password(
    *, user: User, current_password: str, new_password: str, family_id: uuid.UUID, client: Client = NOBODY
) -> TokenPair:
    """All devices are signed out, this one is in again. Raises WrongPassword, SignInAgain, Invalid, TooManyRequests."""
    confirm_identity(user, current_password, family_id, client=client)
    before = user.password
    if user.check_password(new_password):
        raise Invalid(fields={"new_password": ["This is your password already. Please choose another one."]})
    _set(user, new_password, field="new_password")
    with transaction.atomic():
        family = RefreshFamily.objects.filter(id=family_id, revoked_at=None).first()
        if family is None or not _is_still(user, before):
            raise InvalidToken
        user.save(update_fields=["password"])
        audit.record(AuditEvent.Action.PASSWORD_CHANGED, actor_id=user.id, subject_id=user.id, client=client)
        mail.send_password_changed(user)
        return start_session(user=user, method=family.method, second_factor=family.second_factor, client=client)


def ask_for_reset(*, email: str, origin: str, client: Client = NOBODY) -> None:
    """The same to do whether or not there is such an account; the mail goes its own way.

    Raises MailUnavailable, TooManyRequests.
    """
    if not settings.MAIL_WORKS:
        raise MailUnavailable
    key = email_key(email)
    rates.spend("reset", account=key, client=client)
    user = User.objects.filter(email_key=key, is_active=True).first()
    token = default_token_generator.make_token(user or User(email=email))
    with transaction.atomic():
        audit.record(AuditEvent.Action.RESET_REQUESTED, subject_id=user.id if user else None, client=client)
        if user:
            mail.send_reset(user, f"{origin}/reset-password#{user.id.hex}.{token}")


def reset_password(*, token: str, password: str, client: Client = NOBODY) -> None:
    """Who could read the mail owns the address. Raises LinkInvalid, Invalid."""
    raw_id, _, signature = token.partition(".")
    try:
        user = User.objects.filter(id=uuid.UUID(raw_id), is_active=True).first()
    except ValueError:
        raise LinkInvalid from None
    if user is None or not default_token_generator.check_token(user, signature):
        raise LinkInvalid
    before = user.password
    _set(user, password, field="password")
    user.email_confirmed_at = user.email_confirmed_at or timezone.now()
    with transaction.atomic():
        if not _is_still(user, before):
            raise LinkInvalid
        user.save(update_fields=["password", "email_confirmed_at"])
        audit.record(AuditEvent.Action.PASSWORD_RESET, subject_id=user.id, client=client)
        mail.send_password_changed(user)
    rates.forget("sign_in", account=user.email_key)


def _set(user: User, password: str, *, field: str) -> None:
    """Without saving: making the hash takes long. Raises Invalid."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={field: error.messages}) from None
    user.set_password(password)


def _is_still(user: User, password_hash: str) -> bool:
    """Of two changes at once one counts. Holds the row until the transaction ends."""
    return User.objects.select_for_update().filter(id=user.id, password=password_hash, is_active=True).exists()
