"""Who comes by Google: somebody known, somebody with a confirmed account of the same address, or somebody new."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import mail, rates
from accounts.audit import record
from accounts.clients import Client
from accounts.models import AuditEvent, RefreshFamily, User, email_key
from accounts.registration import is_taken
from accounts.second_factor import verify
from accounts.tokens import TokenPair, start_session
from veda.errors import AccountDisabled, GoogleUnconfirmed, InvalidToken, RegistrationClosed, SecondFactorWrong

PROVIDER = "google"
CODE_TIME = timedelta(minutes=5)
"""How long a sign-in waits for the code of the second factor."""
_WAITING_SALT = "accounts.google-waiting"


@dataclass(frozen=True, slots=True)
class Profile:
    """What Google says of a person."""

    subject: str
    """Google's id of the account: it stays where its address changes."""
    email: str
    email_confirmed: bool
    name: str


def user_of(profile: Profile, *, client: Client) -> User:
    """Raises GoogleUnconfirmed, RegistrationClosed, AccountDisabled, TooManyRequests."""
    try:
        user = _known_linked_or_new(profile, client)
    except (IntegrityError, GoogleUnconfirmed):
        # This person's second tab, or a registration with this address, may have come in between two of its questions.
        user = _known_linked_or_new(profile, client)
    _refuse_disabled(user, client)
    return user


@transaction.atomic
def sign_in(user: User, *, client: Client, second_factor: bool = False) -> TokenPair:
    method = RefreshFamily.Method.GOOGLE
    pair = start_session(user=user, method=method, second_factor=second_factor, client=client)
    record(
        AuditEvent.Action.SIGNED_IN,
        actor_id=user.id,
        subject_id=user.id,
        object_id=pair.family_id,
        client=client,
        method=method,
        second_factor=second_factor,
    )
    return pair


def wait_for_code(user: User) -> str:
    """What a browser holds between Google's word and the code: it is good for that, once, and for nothing else."""
    return signing.dumps([str(user.id), uuid.uuid4().hex], salt=_WAITING_SALT)


def sign_in_with_code(waiting: str, code: str, *, client: Client) -> TokenPair:
    """Raises InvalidToken (too late, or used), SecondFactorRequired, SecondFactorWrong, AccountDisabled,
    TooManyRequests.
    """
    try:
        user_id, nonce = signing.loads(waiting, salt=_WAITING_SALT, max_age=CODE_TIME)
    except signing.BadSignature:
        raise InvalidToken from None
    user = User.objects.filter(id=user_id).first()
    if user is None or cache.get(_spent(nonce)):
        raise InvalidToken
    _refuse_disabled(user, client)
    rates.check("sign_in", account=user.email_key, client=client)
    try:
        verify(user, code)
    except SecondFactorWrong:
        _record_failure(user, client)
        rates.spend("sign_in", account=user.email_key, client=client)
        raise
    if not cache.add(_spent(nonce), 1, 2 * CODE_TIME.total_seconds()):
        raise InvalidToken
    return sign_in(user, client=client, second_factor=True)


def _spent(nonce: str) -> str:
    return f"google-waiting:{nonce}"


def _refuse_disabled(user: User, client: Client) -> None:
    if not user.is_active:
        _record_failure(user, client)
        raise AccountDisabled


def _record_failure(user: User, client: Client) -> None:
    record(AuditEvent.Action.SIGN_IN_FAILED, subject_id=user.id, client=client, method=RefreshFamily.Method.GOOGLE)


@transaction.atomic
def _known_linked_or_new(profile: Profile, client: Client) -> User:
    account = SocialAccount.objects.select_related("user").filter(provider=PROVIDER, uid=profile.subject).first()
    if account:
        known: User = account.user
        return known
    if not profile.email_confirmed:
        raise GoogleUnconfirmed
    user = User.objects.filter(email_key=email_key(profile.email)).first()
    if user is None:
        user = _register(profile, client)
    elif user.email_confirmed_at is None or not _same_address(user.email, profile.email):
        # Somebody may have registered with an address that isn't theirs, and wait for its owner to come by Google.
        raise GoogleUnconfirmed
    elif not user.is_active:
        return user
    else:
        _make_sure_of(user)
    SocialAccount.objects.create(user=user, provider=PROVIDER, uid=profile.subject)
    record(AuditEvent.Action.GOOGLE_LINKED, actor_id=user.id, subject_id=user.id, client=client)
    return user


def _make_sure_of(user: User) -> None:
    """Confirming an address says nothing of who chose the password: whoever did is out, until a link that is mailed."""
    if user.has_usable_password() and not user.is_staff:  # staff register nowhere, and need theirs for the admin
        user.set_unusable_password()
        user.save(update_fields=["password"])
        RefreshFamily.objects.filter(user=user).end()
    mail.send_google_linked(user)


def _same_address(one: str, other: str) -> bool:
    """As bytes: only ASCII's case is folded, for whoever owns a look-alike is somebody else."""
    return one.encode().lower() == other.encode().lower()


def _register(profile: Profile, client: Client) -> User:
    """An invitation doesn't come along by way of Google."""
    if settings.REGISTRATION != "open":
        raise RegistrationClosed
    if is_taken(profile.email):  # it looks like another's
        raise GoogleUnconfirmed
    rates.spend("register", client=client)
    user = User.objects.create_user(email=profile.email, name=profile.name, email_confirmed_at=timezone.now())
    record(
        AuditEvent.Action.REGISTERED,
        actor_id=user.id,
        subject_id=user.id,
        client=client,
        method=RefreshFamily.Method.GOOGLE,
    )
    return user
