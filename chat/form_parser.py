"""How forms with a file are read: bounded, in memory, and refused in the one shape of errors."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.parsers import BaseParser, DataAndFiles

from veda.errors import Invalid, TooLarge


class FormParser(BaseParser):
    """Forms with a file. Nothing of them is written to disk."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, Any]:
        assert parser_context
        request = parser_context["request"]
        most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        if int(request.META["CONTENT_LENGTH"]) > most:  # Django REST framework asks no parser where it is no number
            raise TooLarge
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge
        # The length as measured: a chunked body names none.
        meta = {**request.META, "CONTENT_TYPE": media_type, "CONTENT_LENGTH": len(body)}
        handlers = [MemoryFileUploadHandler(request)]
        try:
            return DataAndFiles(*MultiPartParser(meta, io.BytesIO(body), handlers, "utf-8").parse())
        except RequestDataTooBig:
            raise TooLarge from None
        except (MultiPartParserError, SuspiciousOperation, ValueError):
            raise FormUnreadable(body) from None


class FormUnreadable(Invalid):
    """With what was sent, as `BodyUnreadable` has it."""

    message = "The form can't be read."

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body
