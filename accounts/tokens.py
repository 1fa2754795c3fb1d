"""Access and refresh tokens. simplejwt signs and verifies; `RefreshFamily` says which may be used."""

from __future__ import annotations

import hashlib
import hmac
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts import audit, mail
from accounts.clients import NOBODY, Client
from accounts.models import AuditEvent, RefreshFamily, User
from veda.errors import AccountDisabled, InvalidToken

logger = logging.getLogger(__name__)

REUSE_GRACE = timedelta(seconds=10)
"""Two tabs, or a client whose answer was lost on the way, may use the same token twice within this time."""

TICKET_SECONDS = 30
_TICKET_SALT = "accounts.ws-ticket"


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    refresh_expires_in: timedelta
    family_id: uuid.UUID


class ForgedToken(InvalidToken):
    """Not one of ours, or changed. A client sees no difference."""


def start_session(*, user: User, method: str, second_factor: bool = False, client: Client = NOBODY) -> TokenPair:
    """A new signed-in device."""
    family = RefreshFamily.objects.create(
        user=user, method=method, second_factor=second_factor, browser=client.browser, issued_at=timezone.now()
    )
    return _sign(family)


def rotate(refresh: str, client: Client = NOBODY) -> TokenPair:
    """The next pair of this token's family. Raises InvalidToken, ForgedToken, AccountDisabled.

    The generation is moved on by compare-and-set: of any number that come at once one moves it, and within the grace
    the others get the same successor. Later reuse means that the token was copied, and ends the family.
    """
    family_id, generation = _read_refresh(refresh)
    now = timezone.now()
    lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]  # type: ignore[assignment]
    oldest = now - lifetime
    moved = RefreshFamily.objects.filter(
        id=family_id, generation=generation, revoked_at=None, issued_at__gt=oldest
    ).update(generation=F("generation") + 1, issued_at=now)
    family = _family(family_id)
    _refuse_signed_out(family.user, family.revoked_at)
    if family.issued_at <= oldest:
        raise InvalidToken
    if not moved and not (family.generation == generation + 1 and now - family.issued_at <= REUSE_GRACE):
        _end_reused(family, client)
        raise InvalidToken
    return _sign(family)


def _end_reused(family: RefreshFamily, client: Client) -> None:
    with transaction.atomic():
        if RefreshFamily.objects.filter(id=family.id).end():
            audit.record(AuditEvent.Action.TOKEN_REUSED, subject_id=family.user_id, object_id=family.id, client=client)
            mail.send_token_reused(family.user)


def end_session(refresh: str, client: Client = NOBODY) -> None:
    """Ends the family of a refresh token, spent or not. Raises InvalidToken."""
    family_id, _ = _read_refresh(refresh)
    family = _family(family_id)
    with transaction.atomic():
        if RefreshFamily.objects.filter(id=family_id).end():
            user_id = family.user_id
            audit.record(
                AuditEvent.Action.SIGNED_OUT, actor_id=user_id, subject_id=user_id, object_id=family_id, client=client
            )


def user_of_access_token(access: str) -> User:
    """Raises InvalidToken, AccountDisabled."""
    return user_of_family(family_of(access))


def family_of(access: str) -> uuid.UUID:
    """The signed-in device that an access token was issued to. Raises InvalidToken."""
    try:
        return uuid.UUID(str(AccessToken(access)["family"]))  # type: ignore[arg-type]
    except (TokenError, KeyError, ValueError):
        raise InvalidToken from None


def issue_ticket(*, family_id: uuid.UUID, conversation_id: uuid.UUID) -> str:
    """A single-use pass for one WebSocket: an address is written down in more places than a header."""
    return signing.dumps([str(family_id), str(conversation_id), uuid.uuid4().hex], salt=_TICKET_SALT)


def redeem_ticket(ticket: str, *, conversation_id: str) -> uuid.UUID:
    """The signed-in device that it was issued to. Raises InvalidToken."""
    try:
        family_id, ticket_conversation, nonce = signing.loads(ticket, salt=_TICKET_SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError):
        raise InvalidToken from None
    if ticket_conversation != conversation_id:
        raise InvalidToken
    if not _is_first_use(f"ws-ticket:{nonce}"):
        raise InvalidToken
    return uuid.UUID(family_id)


def _is_first_use(key: str) -> bool:
    """While the cache is away each process counts for itself: no socket could be opened otherwise."""
    try:
        return bool(cache.add(key, 1, TICKET_SECONDS * 2))
    except Exception as error:  # whatever a cache raises
        logger.error("Spent tickets are known to this process alone: %s", type(error).__name__)
        return bool(caches["process"].add(key, 1, TICKET_SECONDS * 2))


_OF_FAMILY = """
    SELECT u.*, f.revoked_at AS signed_out_at
    FROM accounts_user AS u JOIN accounts_refreshfamily AS f ON f.user_id = u.id WHERE f.id = %s
"""
"""In SQL, since every request and every socket asks it: the ORM takes three times as long."""


def user_of_family(family_id: uuid.UUID) -> User:
    """Raises InvalidToken where the device is signed out, AccountDisabled."""
    for user in User.objects.raw(_OF_FAMILY, [family_id]):
        _refuse_signed_out(user, vars(user).pop("signed_out_at"))
        return user
    raise InvalidToken


IS_CURRENT = """EXISTS (
        SELECT 1 FROM accounts_refreshfamily f JOIN accounts_user u ON u.id = f.user_id
        WHERE f.id = %(family)s AND f.revoked_at IS NULL AND u.is_active AND u.consent_version = %(consent_version)s
            AND u.country = %(country)s AND (u.paused_at IS NULL) = %(in_use)s
    )"""
"""In SQL, since every frame of every socket asks it: the ORM takes ten times as long to write it. A send asks it
together with what else it has to know."""


class AccountChanged(Exception):
    """Since it was read: it must be read anew, if its device still may."""


def is_current(user: User, family_id: uuid.UUID) -> bool:
    """Whether `user_of_family` would still give this account, as it was read as far as a send asks about it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {IS_CURRENT}", as_known(user, family_id))
        return bool(cursor.fetchone()[0])


def as_known(user: User, family_id: uuid.UUID | None) -> dict[str, Any]:
    """What `IS_CURRENT` is held against. Of no device nothing is current."""
    return {
        "family": family_id,
        "consent_version": user.consent_version,
        "country": user.country,
        "in_use": user.paused_at is None,
    }


def live_families(family_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the signed-in devices that still are, of accounts that are in use."""
    live = RefreshFamily.objects.filter(id__in=list(family_ids), revoked_at=None, user__is_active=True)
    return set(live.values_list("id", flat=True))


def _family(family_id: uuid.UUID) -> RefreshFamily:
    family = RefreshFamily.objects.select_related("user").filter(id=family_id).first()
    if family is None:
        raise InvalidToken
    return family


def _refuse_signed_out(user: User, signed_out_at: object) -> None:
    """Disabling an account signs its devices out, too: why they are out is what they are told."""
    if not user.is_active and not user.deleted_at:
        raise AccountDisabled
    if signed_out_at or not user.is_active:
        raise InvalidToken


def _sign(family: RefreshFamily) -> TokenPair:
    refresh = RefreshToken()
    refresh.set_iat(at_time=family.issued_at)
    refresh.set_exp(from_time=family.issued_at)
    refresh["jti"] = _token_id(family.id, family.generation)
    refresh["family"] = str(family.id)
    refresh["generation"] = family.generation
    access = AccessToken()
    access["sub"] = str(family.user_id)
    access["family"] = str(family.id)
    access["method"] = family.method
    access["second_factor"] = family.second_factor
    return TokenPair(str(access), str(refresh), family.expires_at - timezone.now(), family.id)


def _read_refresh(refresh: str) -> tuple[uuid.UUID, int]:
    """Raises InvalidToken where there is none or its time is over, else ForgedToken."""
    if not refresh:
        raise InvalidToken
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]
        family_id, generation = uuid.UUID(str(token["family"])), int(token["generation"])
    except ExpiredTokenError:
        raise InvalidToken from None
    except (TokenError, KeyError, ValueError, TypeError):
        raise ForgedToken from None
    if not hmac.compare_digest(str(token["jti"]).encode(), _token_id(family_id, generation).encode()):
        raise ForgedToken
    return family_id, generation


def _token_id(family_id: uuid.UUID, generation: int) -> str:
    message = f"{family_id}:{generation}".encode()
    return hmac.new(settings.JWT_SECRET.encode(), message, hashlib.sha256).hexdigest()
