"""What changes an account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import EMAIL_KEY_CHARS, User, email_key
from accounts.tokens import TokenPair, start_session
from veda.errors import AccountDisabled, EmailTaken, Invalid, InvalidCredentials, OutdatedTerms


def register_user(*, email: str, password: str, name: str, consent: str = "", country: str = "") -> User:
    """Raises Invalid, EmailTaken, OutdatedTerms."""
    user = User(email=email.strip(), name=name.strip(), country=country)
    if len(email_key(email)) > EMAIL_KEY_CHARS:
        raise Invalid(fields={"email": ["This address is too long."]})
    if consent:
        _set_consent(user, consent)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": error.messages}) from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise EmailTaken(fields={"email": [EmailTaken.message]}) from None
    return user


def log_in(*, email: str, password: str) -> TokenPair:
    """Raises InvalidCredentials, AccountDisabled (only to one who knows the password)."""
    user = User.objects.filter(email_key=email_key(email)).first()
    if user is None:
        make_password(password)  # takes as long as checking one, so that the time tells nothing
        raise InvalidCredentials
    if not user.check_password(password):
        raise InvalidCredentials
    if not user.is_active:
        raise AccountDisabled
    return start_session(user=user, method="password")


def give_consent(*, user: User, version: str) -> None:
    """Raises OutdatedTerms."""
    _set_consent(user, version)
    user.save(update_fields=["consent_version", "consent_at"])


def _set_consent(user: User, version: str) -> None:
    if version != settings.TERMS_VERSION:
        raise OutdatedTerms
    user.consent_version = version
    user.consent_at = timezone.now()
