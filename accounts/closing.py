"""The end of an account: what names its person goes at once, in whichever table it lies."""

from __future__ import annotations

import json
import uuid

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model, Q
from django.utils import timezone

from accounts.models import Invitation, User, email_key
from veda.errors import LastAdministrator, NotFound


def close_account(user: User) -> None:
    """In a transaction of the caller's. An emptied account is left, which nobody can use. Raises LastAdministrator."""
    _refuse_last_administrator(user)
    email = user.email
    user.refresh_families.end()
    _remove_admin_log(user)
    rows: list[Model] = [*user.consents.all(), *user.refresh_families.all()]
    for model in (EmailAddress, SocialAccount, Authenticator):
        rows += model.objects.filter(user=user)
    for row in rows:
        _remove_admin_log(row)
        row.delete()
    user.groups.clear()
    user.user_permissions.clear()
    _remove_invitations(email)
    _remove_sessions(user, email)
    user.email = f"deleted-{uuid.uuid4()}@invalid"
    user.name = user.country = user.consent_version = ""
    user.year_of_birth = user.email_confirmed_at = user.consent_at = user.last_login = None
    user.role, user.is_superuser, user.is_active = User.Role.PATIENT, False, False
    user.deleted_at = timezone.now()
    user.set_unusable_password()
    user.save()


def _refuse_last_administrator(user: User) -> None:
    """Two who go at once are looked at one after the other."""
    accounts = User.objects.select_for_update().filter(Q(id=user.id) | Q(role=User.Role.ADMIN, is_active=True))
    found = {account.id: account for account in accounts.order_by("id")}
    if user.id not in found:
        raise NotFound
    if found[user.id].role == User.Role.ADMIN and len(found) == 1:
        raise LastAdministrator


def _remove_invitations(email: str) -> None:
    key = email_key(email)
    invitations = Invitation.objects.exclude(email="").values_list("id", "email")
    Invitation.objects.filter(id__in=[id for id, invited in invitations if email_key(invited) == key]).delete()


def _remove_admin_log(about: Model) -> None:
    """Its entries call things by what they were called, and these by their person's address or name."""
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(about), object_id=str(about.pk)).delete()


def _remove_sessions(user: User, email: str) -> None:
    """Of the admin, and of a sign-in with Google that was left half-way. What they hold is packed: each is opened."""
    for session in Session.objects.iterator(chunk_size=200):
        held = json.dumps(session.get_decoded())
        if str(user.id) in held or json.dumps(email)[1:-1] in held:
            session.delete()
