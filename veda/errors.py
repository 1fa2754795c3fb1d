"""Every error that a client sees: a class with a code, a status and words for a person; one place turns them into JSON.

A leaf: it imports nothing of Veda, so that anybody may import it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as drf
from rest_framework.response import Response

logger = logging.getLogger(__name__)


class VedaError(Exception):
    """Something that a client did, or must know. `details` are further keys beside `error` in the answer."""

    code = "error"
    status = HTTPStatus.BAD_REQUEST
    message = "That didn't work."
    headers: Mapping[str, str] = {}

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: dict[str, list[str]] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(self.code)
        self.message = message or self.message
        self.fields = fields
        self.details = details or {}

    def as_json(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.fields:
            error["fields"] = self.fields
        return {"error": error, **self.details}


class Invalid(VedaError):
    code = "invalid"
    message = "Please check what you entered."


class NotFound(VedaError):
    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    message = "There is nothing here."


class NotAllowed(VedaError):
    code = "not_allowed"
    status = HTTPStatus.FORBIDDEN
    message = "You may not do that."


class EmailTaken(VedaError):
    code = "email_taken"
    message = "There is an account with this e-mail address already."


class InvalidCredentials(VedaError):
    code = "invalid_credentials"
    status = HTTPStatus.UNAUTHORIZED
    message = "The e-mail address or the password is wrong."


class InvalidToken(VedaError):
    code = "invalid_token"
    status = HTTPStatus.UNAUTHORIZED
    message = "Please sign in again."


class AccountDisabled(VedaError):
    code = "account_disabled"
    status = HTTPStatus.FORBIDDEN
    message = "This account is switched off."


class SecondFactorRequired(VedaError):
    code = "second_factor_required"
    status = HTTPStatus.UNAUTHORIZED
    message = "Please enter the code of your second factor."


class SecondFactorWrong(VedaError):
    code = "second_factor_wrong"
    status = HTTPStatus.UNAUTHORIZED
    message = "This code is wrong or was used before. Please enter the current one."


class SecondFactorMissing(VedaError):
    """Staff where a second factor is required, signed in without."""

    code = "second_factor_missing"
    status = HTTPStatus.FORBIDDEN
    message = "This wants a sign-in with a second factor."


class WrongPassword(VedaError):
    code = "wrong_password"
    message = "This is not your present password."


class SignInAgain(VedaError):
    """Of an account without a password, where one would be asked for again."""

    code = "sign_in_again"
    status = HTTPStatus.FORBIDDEN
    message = "Please sign out and in again, then repeat this within five minutes."


class LastAdministrator(VedaError):
    code = "last_administrator"
    message = "This is the last account of an administrator. Please make another one first."


class LinkInvalid(VedaError):
    code = "link_invalid"
    message = "This link was used before, or is too old. Please ask for a new one."


class RegistrationClosed(VedaError):
    code = "registration_closed"
    status = HTTPStatus.FORBIDDEN
    message = "New accounts can't be created here."


class InvitationInvalid(VedaError):
    code = "invitation_invalid"
    message = "This invitation was used before, is for another address, or is too old."


class TooYoung(VedaError):
    code = "too_young"

    def __init__(self, minimum_age: int) -> None:
        super().__init__(f"Veda is for people of {minimum_age} years or older. Please ask a parent or a nurse.")
        self.fields = {"year_of_birth": [self.message]}


class GoogleUnconfirmed(VedaError):
    code = "google_unconfirmed"
    status = HTTPStatus.FORBIDDEN
    message = "This address isn't confirmed, so Veda can't tell whether the account is yours."


class MailUnavailable(VedaError):
    code = "mail_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Veda can't send mail here. Please ask those who run it."


class TryLater(VedaError):
    """Refused for now."""

    def __init__(self, retry_after: int, message: str | None = None) -> None:
        """`retry_after`: seconds until it is worth another try."""
        super().__init__(message, details={"retry_after": retry_after})
        self.retry_after = retry_after
        self.headers = {"Retry-After": str(retry_after)}


class TooManyRequests(TryLater):
    code = "too_many_requests"
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = "That was too often. Please wait a little. If somebody is in danger, call your emergency number now."


class Busy(TryLater):
    code = "busy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = (
        "Veda has more questions than it can answer just now, so this one wasn't taken. "
        "If somebody is in danger, call your emergency number now."
    )


class AccountPaused(VedaError):
    code = "account_paused"
    status = HTTPStatus.FORBIDDEN
    message = (
        "Staff have paused this account, so nothing can be sent just now. You can read what you have, export or delete "
        "it, and ask for a person. If somebody is in danger, call your emergency number now."
    )


class ConsentRequired(VedaError):
    code = "consent_required"
    status = HTTPStatus.FORBIDDEN
    message = "Please agree to the terms before you ask a question."


class OutdatedTerms(VedaError):
    code = "outdated_terms"
    status = HTTPStatus.CONFLICT
    message = "The terms have changed. Please read the current ones."


class MessageEmpty(VedaError):
    code = "message_empty"
    message = "The message is empty."


class MessageTooLong(VedaError):
    code = "message_too_long"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The message is longer than {limit:,} characters.")


class IdReused(VedaError):
    """Of a message with a danger in it, under the id of another one: it was not stored."""

    code = "id_reused"
    status = HTTPStatus.CONFLICT
    message = "Another message was sent under this id, so this one wasn't taken. Please send it again as a new one."


class TooLarge(VedaError):
    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    message = "That is more than Veda takes at once."


class FileMissing(VedaError):
    code = "file_missing"
    message = "There is no file in what you sent."


class UnsupportedFile(VedaError):
    code = "unsupported_file"
    message = "Veda can't use this kind of file. Please send a picture as PNG, JPEG or WebP."


class PictureUnreadable(VedaError):
    code = "picture_unreadable"
    message = "This picture is damaged and can't be opened. Please try another one."


class PictureTooLarge(VedaError):
    code = "picture_too_large"
    message = "This picture has too many pixels. Please send a smaller one."


class UnknownAttachment(VedaError):
    code = "unknown_attachment"
    message = "A picture of this message is no longer there. Please add it again."


class NothingHeard(VedaError):
    code = "nothing_heard"
    message = "Nobody could be heard in this recording. Please try again, or type your question."


class SpeechUnavailable(VedaError):
    code = "speech_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Veda can't listen to recordings just now. Please type your question."


class SpeechBusy(VedaError):
    code = "speech_busy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Speech is busy just now. Please try again in a moment, or type your message."


class Unsafe(VedaError):
    """The message was stored and answered with the safe text; `details` carry both."""

    code = "unsafe"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = "Veda doesn't answer this with a model. Please read the reply."


class Unavailable(VedaError):
    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Veda can't reach its database just now. Please try again in a moment."


_DRF_CODES = {
    "authentication_failed": "invalid_token",
    "not_authenticated": "not_authenticated",
    "permission_denied": "not_allowed",
    "method_not_allowed": "method_not_allowed",
    "not_acceptable": "not_acceptable",
    "unsupported_media_type": "unsupported_media_type",
    "throttled": "too_many_requests",
    "parse_error": "invalid_json",
    "not_found": "not_found",
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's hook: whatever was raised in a view, in the one shape."""
    if isinstance(exception, VedaError):
        return Response(exception.as_json(), status=exception.status, headers=exception.headers)
    if isinstance(
        exception, OperationalError | InterfaceError | InternalError
    ):  # the last: it takes no writes just now
        logger.error("Database: %s", type(exception).__name__)
        return exception_handler(Unavailable(), context)
    if isinstance(exception, RequestDataTooBig):
        return exception_handler(TooLarge(), context)
    if isinstance(exception, Http404):
        return exception_handler(NotFound(), context)
    if isinstance(exception, PermissionDenied):
        return exception_handler(NotAllowed(), context)
    if isinstance(exception, DjangoValidationError):
        return exception_handler(Invalid(fields={"detail": exception.messages}), context)
    if isinstance(exception, drf.ValidationError):
        return exception_handler(Invalid(fields=_fields(exception.detail)), context)
    if isinstance(exception, drf.APIException):
        code = str(exception.detail.code) if isinstance(exception.detail, drf.ErrorDetail) else exception.default_code
        error = VedaError(str(exception.detail))
        error.code = _DRF_CODES.get(code, code)
        headers = {}
        if wait := getattr(exception, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        if challenge := getattr(exception, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        return Response(error.as_json(), status=exception.status_code, headers=headers)
    return None


def _fields(detail: Any) -> dict[str, list[str]]:
    """DRF's nested details, flattened to `a.b` → texts."""
    if isinstance(detail, list):
        return {"detail": [str(text) for text in detail]}
    fields: dict[str, list[str]] = {}
    for name, value in detail.items():
        if isinstance(value, dict):
            fields |= {f"{name}.{inner}": texts for inner, texts in _fields(value).items()}
        else:
            fields[name] = [str(text) for text in value]
    return fields


def _json(error: VedaError, status: int) -> JsonResponse:
    return JsonResponse(error.as_json(), status=status)


def _told(request: HttpRequest, error: VedaError, status: int) -> HttpResponse:
    """A person who looks at a page gets one, with a link to the numbers to call; a program the one shape."""
    may_be_page = not request.path.startswith(("/api/", "/uploads"))
    if not (may_be_page and "text/html" in request.headers.get("Accept", "")):
        return _json(error, status)
    # Without the request: what surrounds a page asks the database, which may be what failed.
    return HttpResponse(render_to_string("failed.html", {"message": error.message}), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _told(request, Invalid("The request can't be read."), 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Staff get a page of the admin's."""
    if request.path.startswith(f"/{settings.ADMIN_PATH}/") and "text/html" in request.headers.get("Accept", ""):
        words = {**admin.site.each_context(request), "title": "Not allowed", "message": NotAllowed.message}
        return render(request, "staff/not_allowed.html", words, status=403)
    return _told(request, NotAllowed(), 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = "This form is too old, or came from another page. Please load the page again."
    return _told(request, NotAllowed(message), 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _told(request, NotFound(), 404)


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    return page_not_found(request, Http404())


def method_not_allowed(request: HttpRequest, allowed: str) -> JsonResponse:
    error = VedaError(f"Only {allowed} can be asked of this address.")
    error.code = "method_not_allowed"
    answer = _json(error, 405)
    answer["Allow"] = allowed
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    error = VedaError("Something went wrong on our side. Nothing that was saved is lost.")
    error.code = "server_error"
    return _told(request, error, 500)
