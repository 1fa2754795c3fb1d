"""`Authorization: Bearer …` for the REST views."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import User
from accounts.tokens import user_of_access_token
from veda.errors import InvalidToken


class SignedInRequest(Request):
    """What a view gets that `IsAuthenticated` guards."""

    user: User
    auth: str


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, str] | None:
        """Raises InvalidToken, AccountDisabled. `request.auth` is the token itself."""
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            access = token.strip().decode("ascii")
        except UnicodeDecodeError:
            raise InvalidToken from None
        return user_of_access_token(access), access

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
