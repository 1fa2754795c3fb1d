"""The second factor of staff: codes of an authenticator app, and recovery codes. allauth keeps and checks them."""

from __future__ import annotations

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.cache import cache

from accounts.models import User
from veda.errors import SecondFactorRequired, SecondFactorWrong


def has_second_factor(user: User) -> bool:
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP]))


def verify(user: User, code: str) -> Authenticator:
    """Takes a code once. Raises SecondFactorRequired where it is empty, SecondFactorWrong.

    Returns what the code was from, and doesn't count failures: the caller does, as with a wrong password.
    """
    if not code.strip():
        raise SecondFactorRequired
    authenticators: list[Authenticator] = list(Authenticator.objects.filter(user=user))
    for authenticator in authenticators:
        if authenticator.wrap().validate_code(code) and (_crosses_out(authenticator) or spend(user, code)):
            authenticator.user = user
            authenticator.record_usage()
            return authenticator
    raise SecondFactorWrong


def spend(user: User, code: str) -> bool:
    """Whether an app's code was used for the first time.

    allauth remembers one for a period only, and takes those of the periods around it, too.
    """
    digits = "".join(filter(str.isdigit, code))
    seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return bool(cache.add(f"second-factor:{user.id}:{digits}", 1, seconds))


def is_enough(user: User, given: bool) -> bool:
    """Whether staff who gave a code at sign-in, or didn't, may do what staff do."""
    required: bool = settings.STAFF_SECOND_FACTOR
    return given or not (required or has_second_factor(user))


def remove(user: User) -> bool:
    """With the recovery codes. Says whether there was one."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    return bool(removed)


def _crosses_out(authenticator: Authenticator) -> bool:
    return bool(authenticator.type == Authenticator.Type.RECOVERY_CODES)
