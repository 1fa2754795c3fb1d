"""`/api/auth/…`: registering, signing in and out, consent, tickets."""

from __future__ import annotations

import contextlib
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services, tokens
from accounts.authentication import SignedInRequest
from accounts.serializers import (
    ConsentSerializer,
    LoginSerializer,
    RefreshSerializer,
    RegisterSerializer,
    TicketRequestSerializer,
    TicketSerializer,
    TokensSerializer,
    UserSerializer,
)
from veda.errors import ConsentRequired, InvalidToken

REFRESH_COOKIE = "veda_refresh"
REFRESH_COOKIE_PATH = "/api/auth"

_CLIENT_HEADER = OpenApiParameter(
    "X-Veda-Client",
    location=OpenApiParameter.HEADER,
    required=False,
    enum=["web"],
    description="`web`: the refresh token travels in an HttpOnly cookie, never in a body.",
)


def _is_browser(request: Request) -> bool:
    """The header can't be sent by a form or, without our CORS allow-list, by a foreign page: it is the CSRF guard."""
    return request.headers.get("X-Veda-Client") == "web"


def _validated(serializer_class: type[Any], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def _given_refresh(request: Request) -> str:
    if _is_browser(request):
        return request.COOKIES.get(REFRESH_COOKIE, "")
    return str(_validated(RefreshSerializer, request).get("refresh", ""))


def _answer_with(pair: tokens.TokenPair, request: Request) -> Response:
    if not _is_browser(request):
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


class RegisterView(PublicView):
    @extend_schema(request=RegisterSerializer, responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        user = services.register_user(**_validated(RegisterSerializer, request))
        return Response(UserSerializer(user).data, status=status.HTTP_201_CREATED)


class LoginView(PublicView):
    @extend_schema(request=LoginSerializer, responses=TokensSerializer, parameters=[_CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        return _answer_with(services.log_in(**_validated(LoginSerializer, request)), request)


class RefreshView(PublicView):
    @extend_schema(request=RefreshSerializer, responses=TokensSerializer, parameters=[_CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        return _answer_with(tokens.rotate(_given_refresh(request)), request)


class LogoutView(PublicView):
    @extend_schema(request=RefreshSerializer, responses={204: None}, parameters=[_CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        with contextlib.suppress(InvalidToken, ValidationError):  # who signs out twice is signed out
            tokens.end_session(_given_refresh(request))
        response = Response(status=status.HTTP_204_NO_CONTENT)
        if _is_browser(request):
            response.delete_cookie(REFRESH_COOKIE, path=REFRESH_COOKIE_PATH, samesite="Strict")
        return response


class MeView(APIView):
    @extend_schema(responses=UserSerializer)
    def get(self, request: SignedInRequest) -> Response:
        return Response(UserSerializer(request.user).data)


class ConsentView(APIView):
    @extend_schema(request=ConsentSerializer, responses={204: None})
    def post(self, request: SignedInRequest) -> Response:
        services.give_consent(user=request.user, **_validated(ConsentSerializer, request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TicketView(APIView):
    @extend_schema(request=TicketRequestSerializer, responses=TicketSerializer)
    def post(self, request: SignedInRequest) -> Response:
        if not request.user.consent_current:
            raise ConsentRequired
        conversation = _validated(TicketRequestSerializer, request)["conversation"]
        family = tokens.family_of(request.auth)
        ticket = tokens.issue_ticket(family_id=family, conversation_id=conversation)
        return Response({"ticket": ticket, "expires_in": tokens.TICKET_SECONDS})
