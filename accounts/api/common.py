"""What the views of accounts share: who may call without signing in, and where a refresh token travels."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import tokens
from accounts.serializers import RefreshSerializer

REFRESH_COOKIE = "veda_refresh"
REFRESH_COOKIE_PATH = "/api/auth"

CLIENT_HEADER = OpenApiParameter(
    "X-Veda-Client",
    location=OpenApiParameter.HEADER,
    required=False,
    enum=["web"],
    description="`web`: the refresh token travels in an HttpOnly cookie, never in a body.",
)


def is_browser(request: Request) -> bool:
    """The header can't be sent by a form or, without our CORS allow-list, by a foreign page: it is the CSRF guard."""
    return request.headers.get("X-Veda-Client") == "web"


def validated(serializer_class: type[Any], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def given_refresh(request: Request) -> str:
    if is_browser(request):
        return request.COOKIES.get(REFRESH_COOKIE, "")
    return str(validated(RefreshSerializer, request).get("refresh", ""))


def answer_with(pair: tokens.TokenPair, request: Request) -> Response:
    if not is_browser(request):
        return Response({"access": pair.access, "refresh": pair.refresh})
    response = Response({"access": pair.access})
    response.set_cookie(
        REFRESH_COOKIE,
        pair.refresh,
        max_age=pair.refresh_expires_in,
        path=REFRESH_COOKIE_PATH,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Strict",
    )
    return response


class PublicView(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
