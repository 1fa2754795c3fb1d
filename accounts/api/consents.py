"""`/api/auth/consent` and `consents`."""

from __future__ import annotations

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import consents, rates, registration
from accounts.authentication import SignedInRequest
from accounts.clients import client_of
from accounts.serializers import ConsentSerializer, ConsentsSerializer
from accounts.validation import validated


class ConsentView(APIView):
    @extend_schema(request=ConsentSerializer, responses={204: None})
    def post(self, request: SignedInRequest) -> Response:
        given = validated(ConsentSerializer, request)
        year_of_birth = given.pop("year_of_birth", None)
        rates.spend("consent", account=request.user.id)
        with transaction.atomic():
            if year_of_birth is not None:
                registration.set_year_of_birth(request.user, year_of_birth)
            consents.give(user=request.user, client=client_of(request), **given)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConsentsView(APIView):
    @extend_schema(responses=ConsentsSerializer)
    def get(self, request: SignedInRequest) -> Response:
        return Response(ConsentsSerializer(consents.overview(request.user)).data)


class GivenConsentView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: SignedInRequest, purpose: str) -> Response:
        rates.spend("consent", account=request.user.id)
        consents.withdraw(user=request.user, purpose=purpose, client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
