"""How request bodies are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from veda.errors import TooLarge

MAX_BODY_BYTES = 1_048_576
"""As much as a WebSocket frame may have: a message of the greatest length fits many times."""


class BodyParser(JSONParser):
    """JSON of a bounded size; what is nested too deep is refused like any other body that can't be read."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {}).get("request")
        if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deep") from None
