"""`/api/auth/password`: changing it, and the way back in where it was forgotten."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import passwords, tokens
from accounts.api.common import CLIENT_HEADER, PublicView, answer_with, origin_of_links
from accounts.authentication import SignedInRequest
from accounts.clients import client_of
from accounts.serializers import PasswordChangeSerializer, ResetRequestSerializer, ResetSerializer, TokensSerializer
from accounts.validation import validated


class PasswordView(APIView):
    @extend_schema(request=PasswordChangeSerializer, responses=TokensSerializer, parameters=[CLIENT_HEADER])
    def post(self, request: SignedInRequest) -> Response:
        pair = passwords.change_password(
            user=request.user,
            family_id=tokens.family_of(request.auth),
            client=client_of(request),
            **validated(PasswordChangeSerializer, request),
        )
        return answer_with(pair, request)


class ResetRequestView(PublicView):
    @extend_schema(request=ResetRequestSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        given = validated(ResetRequestSerializer, request)
        passwords.ask_for_reset(**given, origin=origin_of_links(request), client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResetView(PublicView):
    @extend_schema(request=ResetSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        passwords.reset_password(**validated(ResetSerializer, request), client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
