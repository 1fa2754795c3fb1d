"""What a request's body says, once its serializer has found nothing wrong with it."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request


def validated(serializer_class: type[Any], request: Request) -> dict[str, Any]:
    """Raises ValidationError."""
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data
