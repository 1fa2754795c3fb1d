"""`/api/account…`: what a patient does with all of their data at once."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit, passwords, rates, tokens
from accounts.authentication import SignedInRequest
from accounts.clients import Client, client_of
from accounts.fields import TextField
from accounts.models import AuditEvent
from accounts.validation import validated
from chat import deletion
from chat.export import stream_export


class PasswordSerializer(serializers.Serializer[Any]):
    password = TextField(
        max_length=1024,
        trim_whitespace=False,
        default="",
        allow_blank=True,
        help_text="left out for an account without one, which must have signed in within five minutes",
    )


def _confirmed(request: SignedInRequest) -> Client:
    """Who calls, once it is certain that it is the person. Raises WrongPassword, SignInAgain, TooManyRequests."""
    password = validated(PasswordSerializer, request)["password"]
    client = client_of(request)
    passwords.confirm_identity(request.user, password, tokens.family_of(request.auth), client=client)
    return client


class ExportView(APIView):
    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        """An `Accept` of archives alone is right here, though errors are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="account_export",
        request=PasswordSerializer,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request: SignedInRequest) -> HttpResponseBase:
        client = _confirmed(request)
        rates.spend("export", account=request.user.id, client=client)
        audit.record(AuditEvent.Action.EXPORTED, actor_id=request.user.id, subject_id=request.user.id, client=client)
        name = f"veda-export-{timezone.now():%Y-%m-%d}.zip"
        return StreamingHttpResponse(
            stream_export(request.user),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


class AccountView(APIView):
    @extend_schema(operation_id="account_delete", request=PasswordSerializer, responses={204: None})
    def delete(self, request: SignedInRequest) -> Response:
        client = _confirmed(request)
        deletion.delete_account(user=request.user, client=client)
        return Response(status=status.HTTP_204_NO_CONTENT)
