"""`/api/auth/google/…`: addresses that a person's browser goes to, so that each ends on a page, and never in JSON."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import google, rates
from accounts.api.common import CLIENT_HEADER, PublicView, answer_with, is_browser, set_refresh_cookie
from accounts.api.google_flow import NotVouched, begin, finish
from accounts.clients import client_of
from accounts.second_factor import has_second_factor
from accounts.serializers import CodeSerializer, TokensSerializer
from accounts.validation import validated
from veda.errors import InvalidToken, VedaError, method_not_allowed

logger = logging.getLogger(__name__)

WAITING_COOKIE = "veda_google"
WAITING_COOKIE_PATH = "/api/auth/google"


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class BrowserView(View):
    http_method_names = ["get"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "GET" and not settings.GOOGLE_CLIENT_ID:
            return _to_login(error="google_off")
        try:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]
        except NotVouched as end:
            logger.warning("Sign-in with Google ended: %s", "cancelled" if end.cancelled else end.reason)
            return _to_login(error="google_cancelled" if end.cancelled else "google_failed")
        except VedaError as error:
            return _to_login(error=error.code)
        except (OperationalError, InterfaceError) as error:
            logger.error("Database: %s", type(error).__name__)
            return _to_login(error="google_failed")

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return method_not_allowed(request, "GET")


class LoginView(BrowserView):
    def get(self, request: HttpRequest) -> HttpResponse:
        rates.spend("google", client=client_of(request))
        wanted = request.GET.get("next", "")
        ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        return begin(request, wanted if ours else "")


class CallbackView(BrowserView):
    def get(self, request: HttpRequest) -> HttpResponse:
        client = client_of(request)
        rates.check("sign_in", client=client)
        try:
            profile, next_path = finish(request)
        except NotVouched:
            rates.spend("sign_in", client=client)
            raise
        user = google.user_of(profile, client=client)
        request.session.flush()
        if has_second_factor(user):
            return _wait_for_code(google.wait_for_code(user), next_path)
        response = HttpResponseRedirect(_signed_in_at(next_path or "/chat"))
        set_refresh_cookie(response, google.sign_in(user, client=client))
        return response


class SecondFactorView(PublicView):
    @extend_schema(request=CodeSerializer, responses=TokensSerializer, parameters=[CLIENT_HEADER])
    def post(self, request: Request) -> Response:
        code = validated(CodeSerializer, request)["code"]
        if not is_browser(request):
            raise InvalidToken
        waiting = request.COOKIES.get(WAITING_COOKIE, "")
        response = answer_with(google.sign_in_with_code(waiting, code, client=client_of(request)), request)
        response.delete_cookie(WAITING_COOKIE, path=WAITING_COOKIE_PATH, samesite="Lax")
        return response


def _to_login(**query: str) -> HttpResponse:
    return HttpResponseRedirect(f"/login?{urlencode(query)}")


def _wait_for_code(waiting: str, next_path: str) -> HttpResponse:
    response = _to_login(step="code", **({"next": next_path} if next_path else {}))
    response.set_cookie(
        WAITING_COOKIE,
        waiting,
        max_age=google.CODE_TIME,
        path=WAITING_COOKIE_PATH,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )
    return response


def _signed_in_at(path: str) -> str:
    """The page is told that its cookie is new: it keeps a note of its own whether asking for a token is worth a try."""
    parts = urlsplit(path)
    query = "&".join(filter(None, [parts.query, "signed-in=google"]))
    return urlunsplit(parts._replace(query=query))
