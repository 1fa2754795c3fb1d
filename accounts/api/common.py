"""What the views of accounts share: who may call without signing in, and where a refresh token travels."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import tokens
from accounts.serializers import RefreshSerializer
from accounts.validation import validated
from veda.errors import Invalid, NotAllowed

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
    """The header can't be sent by a form or, without our CORS allow-list, by a foreign page: it is the CSRF guard.

    Raises Invalid where it says something else.
    """
    client = request.headers.get("X-Veda-Client")
    if client not in (None, "", "web"):
        raise Invalid("The header X-Veda-Client must be web, or left out.")
    return client == "web"


def _is_of_our_page(request: Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
    return origin in {f"{request.scheme}://{request.get_host()}", *settings.CORS_ALLOWED_ORIGINS}


def given_refresh(request: Request) -> str:
    if is_browser(request):
        return request.COOKIES.get(REFRESH_COOKIE, "")
    return str(validated(RefreshSerializer, request).get("refresh", ""))


def answer_with(pair: tokens.TokenPair, request: Request) -> Response:
    if not is_browser(request):
        return Response({"access": pair.access, "refresh": pair.refresh})
    response = Response({"access": pair.access})
    set_refresh_cookie(response, pair)
    return response


def set_refresh_cookie(response: HttpResponseBase, pair: tokens.TokenPair) -> None:
    response.set_cookie(
        REFRESH_COOKIE,
        pair.refresh,
        max_age=pair.refresh_expires_in,
        path=REFRESH_COOKIE_PATH,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Strict",
    )


def forget_refresh_cookie(response: HttpResponseBase) -> None:
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_COOKIE_PATH, samesite="Strict")


def origin_of_links(request: Request) -> str:
    """Off DEBUG never what a caller names as the host: the link in a stranger's mail would lead there."""
    if settings.PUBLIC_URL or not settings.DEBUG:
        return settings.PUBLIC_URL
    return request.build_absolute_uri("/").rstrip("/")


class PublicView(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises NotAllowed where the browser itself says that a foreign page calls, whatever header it could send."""
        super().initial(request, *args, **kwargs)
        if is_browser(request) and not _is_of_our_page(request):
            raise NotAllowed("This page may not sign anybody in or out here.")
