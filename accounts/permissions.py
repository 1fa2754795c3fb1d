"""Who may call `/api/admin/…`: staff, by the admin's session or an access token."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import BearerAuthentication
from accounts.models import RefreshFamily, User
from accounts.second_factor import is_enough
from accounts.staff_sessions import device_of
from accounts.tokens import family_of
from veda.errors import SecondFactorMissing


class StaffSession(SessionAuthentication):
    def authenticate(self, request: Request) -> tuple[User, RefreshFamily] | None:
        device = device_of(request._request)
        if device is None:
            return None
        self.enforce_csrf(request)
        return device.user, device


class StaffSessionScheme(OpenApiAuthenticationExtension):
    target_class = StaffSession
    name = "staff_session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class IsStaff(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises SecondFactorMissing."""
        user = request.user
        if not isinstance(user, User) or not user.is_staff:
            return False
        if not is_enough(user, _gave_second_factor(request)):
            raise SecondFactorMissing
        return True


class MayDo(BasePermission):
    """That staff have the permission which the view names, of one of their groups."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.has_perm(view.permission))  # type: ignore[attr-defined]


class StaffView(APIView):
    authentication_classes = [BearerAuthentication, StaffSession]
    permission_classes = [IsStaff]


def _gave_second_factor(request: Request) -> bool:
    if isinstance(request.auth, RefreshFamily):
        return request.auth.second_factor
    return RefreshFamily.objects.filter(id=family_of(str(request.auth)), second_factor=True).exists()
