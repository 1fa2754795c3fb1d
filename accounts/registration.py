"""How somebody becomes a patient, and what they say of themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit, consents, mail, rates
from accounts.clients import NOBODY, Client
from accounts.look_alikes import as_shown, skeleton
from accounts.models import EMAIL_KEY_CHARS, AuditEvent, Consent, Invitation, User, email_key
from veda.errors import (
    EmailTaken,
    Invalid,
    InvitationInvalid,
    LinkInvalid,
    MailUnavailable,
    RegistrationClosed,
    TooYoung,
)

OLDEST_YEAR = 1900
CONFIRMATION_SECONDS = 3 * 24 * 3600
_INVITATION_SALT = "accounts.invitation"
_CONFIRMATION_SALT = "accounts.email-confirmation"


def register_user(
    *,
    email: str,
    password: str,
    name: str,
    consent: str = "",
    purposes: Iterable[str] = (),
    country: str = "",
    year_of_birth: int | None = None,
    invitation: str = "",
    origin: str = "",
    client: Client = NOBODY,
) -> User:
    """`origin` is what the link begins with that is mailed for confirmation.

    Raises RegistrationClosed, InvitationInvalid, TooManyRequests, Invalid, TooYoung, EmailTaken, OutdatedTerms.
    """
    if settings.REGISTRATION == "closed":
        raise RegistrationClosed
    rates.spend("register", client=client)
    user = User(email=email.strip(), name=name.strip(), country=country)
    if len(email_key(email)) > EMAIL_KEY_CHARS:
        raise Invalid(fields={"email": ["This address is too long."]})
    if year_of_birth is not None:
        user.year_of_birth = _old_enough(year_of_birth)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": error.messages}) from None
    user.set_password(password)
    with transaction.atomic():
        used = _use(invitation, user) if settings.REGISTRATION == "invited" else None
        _create(user)
        if consent:
            consents.give(user=user, version=consent, purposes=[*Consent.REQUIRED, *purposes], client=client)
        audit.record(
            AuditEvent.Action.REGISTERED,
            actor_id=user.id,
            subject_id=user.id,
            object_id=used,
            client=client,
            method="password",
        )
        mail.send_confirmation(user, confirmation_link(user, origin))
    return user


def is_taken(email: str) -> bool:
    """Whether an account has this address, or one that looks like it. l and 1, say, are two addresses of ASCII."""
    key = email_key(email)
    alike = User.objects.filter(email_skeleton=skeleton(key)).values_list("email_key", flat=True)
    return any(other == key or not as_shown(key).isascii() or not as_shown(other).isascii() for other in alike)


def update_profile(
    *, user: User, name: str | None = None, country: str | None = None, year_of_birth: int | None = None
) -> None:
    """Raises Invalid, TooYoung."""
    changed = {"name": name and name.strip(), "country": country}
    fields = [field for field, value in changed.items() if value is not None]
    for field in fields:
        setattr(user, field, changed[field])
    with transaction.atomic():
        if fields:
            user.save(update_fields=fields)
        if year_of_birth is not None:
            set_year_of_birth(user, year_of_birth)


def set_year_of_birth(user: User, year: int) -> None:
    """Once. Raises Invalid, TooYoung."""
    year = _old_enough(year)
    if not User.objects.filter(id=user.id, year_of_birth=None).update(year_of_birth=year):
        if User.objects.filter(id=user.id, year_of_birth=year).exists():
            return
        raise Invalid(fields={"year_of_birth": ["Your year of birth is set already and can't be changed."]})
    user.year_of_birth = year


def invitation_link(invitation: Invitation) -> str:
    """Where PUBLIC_URL isn't set, only the path. What stands behind # reaches no server and no log."""
    token = signing.dumps(str(invitation.id), salt=_INVITATION_SALT)
    return f"{settings.PUBLIC_URL}/register#invitation={token}"


def confirmation_link(user: User, origin: str) -> str:
    token = signing.dumps([str(user.id), user.email_key], salt=_CONFIRMATION_SALT)
    return f"{origin}/confirm-email#{token}"


def ask_for_confirmation(*, user: User, origin: str, client: Client = NOBODY) -> None:
    """Mails the link again. Raises MailUnavailable, TooManyRequests."""
    if not settings.MAIL_WORKS:
        raise MailUnavailable
    if user.email_confirmed_at:
        return
    rates.spend("reset", account=user.email_key, client=client)
    mail.send_confirmation(user, confirmation_link(user, origin))


def confirm_email(token: str, *, client: Client = NOBODY) -> None:
    """Whoever follows a link twice has confirmed the address. Raises LinkInvalid."""
    try:
        user_id, key = signing.loads(token, salt=_CONFIRMATION_SALT, max_age=CONFIRMATION_SECONDS)
    except signing.BadSignature:
        raise LinkInvalid from None
    with transaction.atomic():
        found = User.objects.filter(id=user_id, email_key=key, is_active=True)
        if found.filter(email_confirmed_at=None).update(email_confirmed_at=timezone.now()):
            audit.record(AuditEvent.Action.EMAIL_CONFIRMED, subject_id=uuid.UUID(user_id), client=client)
        elif not found.exists():
            raise LinkInvalid


def _create(user: User) -> None:
    """Raises EmailTaken."""
    taken = EmailTaken(fields={"email": [EmailTaken.message]})
    if is_taken(user.email):
        raise taken
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise taken from None


def _use(invitation: str, user: User) -> uuid.UUID:
    """Raises InvitationInvalid. What the transaction rolls back leaves the invitation unused."""
    try:
        invitation_id = uuid.UUID(signing.loads(invitation, salt=_INVITATION_SALT))
    except signing.BadSignature:
        raise InvitationInvalid from None
    now = timezone.now()
    usable = Invitation.objects.filter(id=invitation_id, used_at=None, expires_at__gt=now)
    bound_to = usable.values_list("email", flat=True).first()
    if (
        bound_to is None
        or (bound_to and email_key(bound_to) != email_key(user.email))
        or not usable.update(used_at=now)
    ):
        raise InvitationInvalid
    return invitation_id


def _old_enough(year_of_birth: int) -> int:
    """Raises Invalid, TooYoung."""
    this_year = timezone.now().year
    if not OLDEST_YEAR <= year_of_birth <= this_year:
        raise Invalid(fields={"year_of_birth": [f"This must be a year from {OLDEST_YEAR} to {this_year}."]})
    if this_year - year_of_birth < settings.MINIMUM_AGE:
        raise TooYoung(settings.MINIMUM_AGE)
    return year_of_birth
