"""`/api/auth/login`, `refresh`, `logout` and `ws-ticket`."""

from __future__ import annotations

import contextlib

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import rates, sessions, tokens
from accounts.api.common import CLIENT_HEADER, PublicView, answer_with, forget_refresh_cookie, given_refresh, is_browser
from accounts.authentication import SignedInRequest
from accounts.clients import client_of
from accounts.serializers import (
    LoginSerializer,
    RefreshSerializer,
    TicketRequestSerializer,
    TicketSerializer,
    TokensSerializer,
)
from accounts.standing import require_consent
from accounts.validation import validated
from veda.errors import InvalidToken


class LoginView(PublicView):
    @extend_schema(request=LoginSerializer, responses=TokensSerializer, parameters=[CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        given = validated(LoginSerializer, request)
        return answer_with(sessions.log_in(**given, client=client_of(request)), request)


class RefreshView(PublicView):
    @extend_schema(request=RefreshSerializer, responses=TokensSerializer, parameters=[CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        return answer_with(sessions.refresh(given_refresh(request), client=client_of(request)), request)


class LogoutView(PublicView):
    @extend_schema(request=RefreshSerializer, responses={204: None}, parameters=[CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        with contextlib.suppress(InvalidToken, ValidationError):  # who signs out twice is signed out
            tokens.end_session(given_refresh(request), client_of(request))
        response = Response(status=status.HTTP_204_NO_CONTENT)
        if is_browser(request):
            forget_refresh_cookie(response)
        return response


class TicketView(APIView):
    @extend_schema(request=TicketRequestSerializer, responses=TicketSerializer)
    def post(self, request: SignedInRequest) -> Response:
        require_consent(request.user)
        rates.spend("ticket", account=request.user.id, client=client_of(request))
        conversation = validated(TicketRequestSerializer, request)["conversation"]
        family = tokens.family_of(request.auth)
        ticket = tokens.issue_ticket(family_id=family, conversation_id=conversation)
        return Response({"ticket": ticket, "expires_in": tokens.TICKET_SECONDS})
