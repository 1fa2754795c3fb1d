"""`/api/auth/devices`: where an account is signed in."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import devices, tokens
from accounts.api.common import CLIENT_HEADER, forget_refresh_cookie, is_browser
from accounts.authentication import SignedInRequest
from accounts.clients import client_of
from accounts.serializers import DeviceSerializer
from veda.errors import NotFound

DEVICE_PAGE = inline_serializer(
    "DevicePage",
    {
        "results": DeviceSerializer(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    },
)


class NewestFirst(CursorPagination):
    page_size = 50
    ordering = ("-created_at", "-id")


class DevicesView(APIView):
    @extend_schema(responses=DEVICE_PAGE, parameters=[OpenApiParameter("cursor", str)])
    def get(self, request: SignedInRequest) -> Response:
        pages = NewestFirst()
        try:
            page = pages.paginate_queryset(devices.devices_of(request.user), request, view=self)
        except ValueError:  # a cursor that names no place
            raise NotFound from None
        context = {"current": tokens.family_of(request.auth)}
        return pages.get_paginated_response(DeviceSerializer(page, many=True, context=context).data)

    @extend_schema(operation_id="auth_devices_destroy_all", responses={204: None}, parameters=[CLIENT_HEADER])
    def delete(self, request: SignedInRequest) -> Response:
        browser = is_browser(request)
        devices.sign_out_everywhere(user=request.user, actor=request.user, client=client_of(request))
        response = Response(status=status.HTTP_204_NO_CONTENT)
        if browser:
            forget_refresh_cookie(response)
        return response


class DeviceView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: SignedInRequest, device_id: uuid.UUID) -> Response:
        devices.sign_out_device(user=request.user, device_id=device_id, actor=request.user, client=client_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
