"""`/api/auth/register`, `me` and `email`: who somebody is."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import registration
from accounts.api.common import PublicView, origin_of_links
from accounts.authentication import SignedInRequest
from accounts.clients import client_of
from accounts.serializers import LinkSerializer, ProfileSerializer, RegisterSerializer, UserSerializer
from accounts.validation import validated


class RegisterView(PublicView):
    @extend_schema(request=RegisterSerializer, responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        given = validated(RegisterSerializer, request)
        user = registration.register_user(**given, origin=origin_of_links(request), client=client_of(request))
        return Response(UserSerializer(user).data, status=status.HTTP_201_CREATED)


class MeView(APIView):
    @extend_schema(responses=UserSerializer)
    def get(self, request: SignedInRequest) -> Response:
        return Response(UserSerializer(request.user).data)

    @extend_schema(request=ProfileSerializer, responses=UserSerializer)
    def patch(self, request: SignedInRequest) -> Response:
        registration.update_profile(user=request.user, **validated(ProfileSerializer, request))
        return Response(UserSerializer(request.user).data)


class EmailConfirmationView(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: SignedInRequest) -> Response:
        registration.ask_for_confirmation(user=request.user, origin=origin_of_links(request), client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailConfirmView(PublicView):
    @extend_schema(request=LinkSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        registration.confirm_email(validated(LinkSerializer, request)["token"], client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
