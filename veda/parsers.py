"""How request bodies are read."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BodyUnreadable(ParseError):
    """With what was sent: a view may want to know what it says all the same."""

    def __init__(self, detail: str, body: bytes) -> None:
        super().__init__(detail)
        self.body = body


class BodyParser(JSONParser):
    """JSON, of a size that Django bounds; what is nested too deep is refused like any other body that can't be read."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read()
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise BodyUnreadable("JSON parse error - nested too deep", body) from None
        except ParseError as error:
            raise BodyUnreadable(str(error.detail), body) from None
