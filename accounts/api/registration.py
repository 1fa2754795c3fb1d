"""`/api/auth/register` and `me`: who somebody is."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.common import PublicView, validated
from accounts.authentication import SignedInRequest
from accounts.serializers import RegisterSerializer, UserSerializer


class RegisterView(PublicView):
    @extend_schema(request=RegisterSerializer, responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        user = services.register_user(**validated(RegisterSerializer, request))
        return Response(UserSerializer(user).data, status=status.HTTP_201_CREATED)


class MeView(APIView):
    @extend_schema(responses=UserSerializer)
    def get(self, request: SignedInRequest) -> Response:
        return Response(UserSerializer(request.user).data)
