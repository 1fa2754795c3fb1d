"""Sessions of the admin. Each is a device like those of the page: what signs devices out ends it, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.contrib.auth import get_user
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.clients import client_of
from accounts.models import AuditEvent, RefreshFamily, User
from accounts.second_factor import has_second_factor, is_enough

_DEVICE = "device"
_SEEN_EVERY = timedelta(minutes=1)


def device_of(request: HttpRequest) -> RefreshFamily | None:
    """Where staff are signed in with this session; nothing where that was ended, or they are staff no more."""
    user = get_user(request)  # REST framework's views have their own `request.user`
    if not isinstance(user, User) or not user.is_staff:
        return None
    device = _devices(request).filter(user=user).first()
    if device is None:
        return None
    device.user = user
    if timezone.now() - device.issued_at > _SEEN_EVERY:
        RefreshFamily.objects.filter(id=device.id).update(issued_at=timezone.now())
    return device


def is_admitted(request: HttpRequest) -> bool:
    """Whether this session has all that the admin asks for."""
    device = device_of(request)
    return device is not None and is_enough(device.user, device.second_factor)


def lacks_code(request: HttpRequest) -> bool:
    """Whether this session came in without the second factor that its owner has: it may be from before there was one.

    Not where nobody is signed in.
    """
    device = device_of(request)
    return device is not None and not device.second_factor and has_second_factor(device.user)


def end_others(request: HttpRequest, user: User) -> None:
    """Signs out everything but this session."""
    user.refresh_families.exclude(id__in=_devices(request).values("id")).end()


def mark_second_factor(request: HttpRequest, *, given: bool) -> None:
    _devices(request).update(second_factor=given)


def _devices(request: HttpRequest) -> QuerySet[RefreshFamily]:
    """The one of this session, unless it was signed out."""
    if _DEVICE not in request.session:
        return RefreshFamily.objects.none()
    return RefreshFamily.objects.filter(id=request.session[_DEVICE], revoked_at=None)


@receiver(user_logged_in)
def _start(request: HttpRequest, user: User, **_: Any) -> None:
    if not user.is_staff:
        return
    client = client_of(request)
    given = any(step["method"] == "mfa" for step in get_authentication_records(request, user))
    device = RefreshFamily.objects.create(
        user=user,
        method=RefreshFamily.Method.PASSWORD,
        second_factor=given,
        browser=client.browser,
        issued_at=timezone.now(),
    )
    request.session[_DEVICE] = str(device.id)
    audit.record(
        AuditEvent.Action.SIGNED_IN,
        actor_id=user.id,
        subject_id=user.id,
        object_id=device.id,
        client=client,
        method="admin",
        second_factor=given,
    )


@receiver(user_logged_out)
def _end(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Sent before the session is emptied."""
    device = _devices(request).first()
    if user and device:
        RefreshFamily.objects.filter(id=device.id).end()
        audit.record(AuditEvent.Action.SIGNED_OUT, actor_id=user.id, subject_id=user.id, client=client_of(request))
