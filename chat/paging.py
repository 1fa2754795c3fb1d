"""Lists in pages: a cursor keeps its place, whatever comes or goes before it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import SignedInRequest
from veda.errors import Invalid, NotFound


class Paging(CursorPagination):
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int | None:
        """More than the most gets the most; what is no number is told so."""
        for given in request.query_params.getlist("page_size"):
            if not given.isascii() or not given.isdigit() or int(given[:9]) < 1:
                raise Invalid(fields={"page_size": ["This must be a whole number greater than 0."]})
        return super().get_page_size(request)


class NewestFirst(Paging):
    page_size = 30
    max_page_size = 100
    ordering = ("-updated_at", "-id")


class OldestFirst(Paging):
    page_size = 50
    max_page_size = 200
    ordering = "position"


def page(
    paginator: CursorPagination, rows: Any, serializer: type[Any], request: SignedInRequest, view: APIView
) -> Response:
    try:
        rows_of_page: list[Any] | None = paginator.paginate_queryset(rows, request, view=view)
    except ValueError:  # a cursor that names no place
        raise NotFound from None
    return paginator.get_paginated_response(serializer(rows_of_page, many=True).data)


def page_of(serializer: type[serializers.ModelSerializer[Any]]) -> Any:
    """How a page of these looks in the OpenAPI document."""
    return inline_serializer(
        serializer.__name__.removesuffix("Serializer") + "Page",
        {
            "results": serializer(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )


PAGING = [
    OpenApiParameter("cursor", str),
    OpenApiParameter("page_size", {"type": "integer", "minimum": 1}),
]
