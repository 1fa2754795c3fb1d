"""`…/health-profile`: what a patient says of the person whom questions are about, for all of them or for one talk."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import SignedInRequest
from accounts.clients import client_of
from accounts.validation import validated
from chat import health_profiles
from chat.models import HealthProfile
from chat.selectors import conversation_of
from chat.serializers import HealthProfileSerializer, HeldHealthProfileSerializer


def _shown(profile: HealthProfile | None) -> Response:
    return Response(HeldHealthProfileSerializer(profile or HealthProfile()).data)


class AccountHealthProfileView(APIView):
    @extend_schema(operation_id="account_health_profile", responses=HeldHealthProfileSerializer)
    def get(self, request: SignedInRequest) -> Response:
        return _shown(health_profiles.profile_of_account(request.user))

    @extend_schema(
        operation_id="account_health_profile_set",
        request=HealthProfileSerializer,
        responses=HeldHealthProfileSerializer,
    )
    def put(self, request: SignedInRequest) -> Response:
        given = validated(HealthProfileSerializer, request)
        return _shown(health_profiles.set_for_account(user=request.user, given=given, client=client_of(request)))

    @extend_schema(operation_id="account_health_profile_clear", responses={204: None})
    def delete(self, request: SignedInRequest) -> Response:
        health_profiles.clear_for_account(user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConversationHealthProfileView(APIView):
    @extend_schema(operation_id="conversation_health_profile", responses=HeldHealthProfileSerializer)
    def get(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        return _shown(health_profiles.profile_in(conversation_of(request.user, conversation_id)))

    @extend_schema(
        operation_id="conversation_health_profile_set",
        request=HealthProfileSerializer,
        responses=HeldHealthProfileSerializer,
    )
    def put(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        conversation_of(request.user, conversation_id)  # another's isn't there, whatever is sent to it
        profile = health_profiles.set_for_conversation(
            user=request.user,
            conversation_id=conversation_id,
            given=validated(HealthProfileSerializer, request),
            client=client_of(request),
        )
        return _shown(profile)

    @extend_schema(operation_id="conversation_health_profile_clear", responses={204: None})
    def delete(self, request: SignedInRequest, conversation_id: uuid.UUID) -> Response:
        health_profiles.clear_for_conversation(user=request.user, conversation_id=conversation_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
