"""Signing in, and staying so."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts import audit, rates, second_factor, tokens
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, RefreshFamily, User, email_key
from accounts.tokens import TokenPair
from veda.errors import AccountDisabled, InvalidCredentials, SecondFactorWrong

NO_PASSWORD = "!"  # noqa: S105  Django's mark for none; comparing with it takes as long as with another


def log_in(*, email: str, password: str, code: str = "", client: Client = NOBODY) -> TokenPair:
    """Only failures are counted. Only one who knows the password is told more than that it was wrong.

    Raises InvalidCredentials, AccountDisabled, SecondFactorRequired, SecondFactorWrong, TooManyRequests.
    """
    key = email_key(email)
    rates.check("sign_in", account=key, client=client)
    user = User.objects.filter(email_key=key).first()
    right = user.check_password(password) if user else check_password(password, NO_PASSWORD)
    if not user or not right:
        _fail(key, user, client)
        raise InvalidCredentials
    rates.check("sign_in", account=key, client=client)  # those who tried at the same moment are counted by now
    if not user.is_active:
        audit.record(AuditEvent.Action.SIGN_IN_FAILED, subject_id=user.id, client=client)
        raise AccountDisabled
    asks_code = second_factor.has_second_factor(user)
    if asks_code:
        try:
            second_factor.verify(user, code)
        except SecondFactorWrong:
            _fail(key, user, client)
            raise
    with transaction.atomic():
        method = RefreshFamily.Method.PASSWORD
        pair = tokens.start_session(user=user, method=method, second_factor=asks_code, client=client)
        audit.record(
            AuditEvent.Action.SIGNED_IN,
            actor_id=user.id,
            subject_id=user.id,
            object_id=pair.family_id,
            client=client,
            method=method,
        )
    return pair


def refresh(token: str, *, client: Client = NOBODY) -> TokenPair:
    """Forged tokens are counted, and not those whose time is over: many come back at once on a Monday.

    Raises InvalidToken, AccountDisabled, TooManyRequests.
    """
    rates.check("refresh", client=client)
    try:
        return tokens.rotate(token, client)
    except tokens.ForgedToken:
        rates.spend("refresh", client=client)
        raise


def _fail(key: str, user: User | None, client: Client) -> None:
    """Raises TooManyRequests where it was one too many."""
    audit.record(AuditEvent.Action.SIGN_IN_FAILED, subject_id=user.id if user else None, client=client)
    rates.spend("sign_in", account=key, client=client)
