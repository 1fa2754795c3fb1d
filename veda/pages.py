"""The pages that the server itself gives: the built front end, and the emergency numbers, which need no script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.vary import vary_on_headers
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.agreement import agreement_version
from accounts.consents import described_purposes
from accounts.serializers import PurposeSerializer, RecipientSerializer
from chat.attachments import MOST_ATTACHMENTS
from moderation.help import KIND_NAMES, Country, HelpBook, Kind, Reach, of_kinds, shipped_help
from pipeline import wiring
from veda.errors import method_not_allowed, page_not_found

SUGGESTIONS = [
    "What helps against a migraine?",
    "When should I see a doctor about a cough?",
    "What can I do for heartburn?",
    "How can I lower my blood pressure?",
]


def _limits() -> dict[str, int]:
    return {
        "message_chars": settings.MAX_MESSAGE_CHARS,
        "upload_bytes": settings.UPLOAD_MAX_BYTES,
        "audio_seconds": settings.AUDIO_MAX_SECONDS,
        "attachments": MOST_ATTACHMENTS,
    }


def _only_read(page: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Other methods than GET and HEAD are told so, in the one shape of errors."""

    @wraps(page)
    def checked(request: HttpRequest) -> HttpResponse:
        return page(request) if request.method in ("GET", "HEAD") else method_not_allowed(request, "GET, HEAD")

    return csrf_exempt(checked)


@_only_read
@never_cache
def front_end(request: HttpRequest) -> HttpResponse:
    """The one page of the front end; its script reads the address."""
    return _front_end(request, HTTPStatus.OK)


@csrf_exempt
@never_cache
def unknown_address(request: HttpRequest) -> HttpResponse:
    """A person gets the page, which says so; a program gets the one shape of errors. In DEBUG too."""
    wants_page = "text/html" in request.headers.get("Accept", "")
    if wants_page and request.method == "GET" and not request.path.startswith("/api/"):
        return _front_end(request, HTTPStatus.NOT_FOUND)
    return page_not_found(request, Http404())


def _front_end(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    page = settings.FRONTEND_DIST / "index.html"
    try:
        return HttpResponse(page.read_bytes(), content_type="text/html; charset=utf-8", status=status)
    except FileNotFoundError:
        return render(request, "not_built.html", status=HTTPStatus.SERVICE_UNAVAILABLE)


@_only_read
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """It keeps the emergency page for when there is no network; served at the root, for it rules below its address."""
    try:
        script = (settings.FRONTEND_DIST / "service-worker.js").read_bytes()
    except FileNotFoundError:
        return page_not_found(request, Http404())
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@_only_read
@vary_on_headers("Accept-Language")
def emergency(request: HttpRequest) -> HttpResponse:
    """Whole without a script, a session or the database. `?country=IE` puts that country's numbers first."""
    book = shipped_help()
    asked = request.GET.get("country", "").strip().upper()
    chosen = asked if asked in book.countries else ""
    likely = "" if chosen else _likely_country(request, book)
    first = chosen or likely
    others = sorted(book.countries, key=lambda code: code != first)
    sections = [_section(code, book.countries[code]) for code in others]
    words = {
        "asked": asked,
        "chosen": sections.pop(0) if chosen else None,
        "likely": likely,
        "reaches": [_row(book, reach, likely) for reach in book.reaches(likely)],
        "countries": book.countries,
        "others": sections,
        "international": book.international,
        "elsewhere": _section("elsewhere", book.international),
    }
    return HttpResponse(render_to_string("emergency.html", words))


def _likely_country(request: HttpRequest, book: HelpBook) -> str:
    """Of the browser's first language, as of `en-GB`: the others often come with the browser. Empty: nobody knows."""
    languages = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    region = languages[0][0].partition("-")[2].rpartition("-")[2].upper() if languages else ""
    return region if region in book.countries else ""


def _row(book: HelpBook, reach: Reach, likely: str) -> dict[str, Any]:
    """An emergency number with the names of where it serves, the likely country apart."""
    names = [book.countries[code].name for code in reach.countries if code != likely]
    is_likely = likely in reach.countries
    return {
        "number": reach.number,
        "likely": book.countries[likely].name if is_likely else "",
        "where": ", ".join(names),
        "note": reach.number.note if reach.number in book.international.numbers else "",
    }


def _section(code: str, country: Country) -> dict[str, Any]:
    """A country with its numbers by what they are for."""
    kinds = {KIND_NAMES[kind]: of_kinds(country.numbers, [kind]) for kind in Kind}
    return {"code": code, "name": country.name, "kinds": {name: numbers for name, numbers in kinds.items() if numbers}}


class ConfigView(APIView):
    """What the page needs to know before anybody signs in."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        responses=inline_serializer(
            "Config",
            {
                "terms_version": serializers.CharField(help_text="of the agreement: terms and recipients"),
                "recipients": RecipientSerializer(many=True),
                "operator": inline_serializer(
                    "Operator", {name: serializers.CharField() for name in settings.OPERATOR}
                ),
                "consents": PurposeSerializer(many=True),
                "registration": serializers.ChoiceField(["open", "invited", "closed"]),
                "minimum_age": serializers.IntegerField(help_text="years"),
                "conversation_retention_days": serializers.IntegerField(help_text="0: until they are deleted"),
                "google": serializers.BooleanField(help_text="whether one can sign in with Google"),
                "mail": serializers.BooleanField(help_text="whether links by mail are there"),
                "answerer": inline_serializer(
                    "Answerer",
                    {
                        "provider": serializers.CharField(),
                        "model": serializers.CharField(allow_null=True),
                        "language_model": serializers.BooleanField(),
                        "label": serializers.CharField(),
                    },
                ),
                "limits": inline_serializer("Limits", {name: serializers.IntegerField() for name in _limits()}),
                "inputs": inline_serializer(
                    "Inputs", {"speech": serializers.BooleanField(), "pictures": serializers.BooleanField()}
                ),
                "suggestions": serializers.ListField(child=serializers.CharField()),
                "countries": serializers.ListField(
                    child=inline_serializer(
                        "Country", {"code": serializers.CharField(), "name": serializers.CharField()}
                    )
                ),
            },
        )
    )
    def get(self, request: Request) -> Response:
        return Response(
            {
                "terms_version": agreement_version(),
                "recipients": settings.DATA_RECIPIENTS,
                "operator": settings.OPERATOR,
                "consents": described_purposes(),
                "registration": settings.REGISTRATION,
                "minimum_age": settings.MINIMUM_AGE,
                "conversation_retention_days": settings.CONVERSATION_RETENTION_DAYS,
                "google": bool(settings.GOOGLE_CLIENT_ID),
                "mail": settings.MAIL_WORKS,
                "answerer": wiring.answerer().info.as_json(),
                "limits": _limits(),
                "inputs": {"speech": wiring.hears(), "pictures": wiring.vision() is not None},
                "suggestions": SUGGESTIONS,
                "countries": [
                    {"code": code, "name": country.name} for code, country in shipped_help().countries.items()
                ],
            }
        )
