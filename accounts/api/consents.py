"""`/api/auth/consent` and `consents`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.common import validated
from accounts.authentication import SignedInRequest
from accounts.serializers import ConsentSerializer


class ConsentView(APIView):
    @extend_schema(request=ConsentSerializer, responses={204: None})
    def post(self, request: SignedInRequest) -> Response:
        services.give_consent(user=request.user, **validated(ConsentSerializer, request))
        return Response(status=status.HTTP_204_NO_CONTENT)
