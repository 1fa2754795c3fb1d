"""Every error has the one shape, whatever raised it."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404
from django.test import Client
from django.urls import path
from rest_framework.exceptions import Throttled
from rest_framework.views import APIView

from veda import urls
from veda.errors import Invalid, VedaError

RAISED = {}


class RaisingView(APIView):
    """Raises what the test put there."""

    authentication_classes: list = []
    permission_classes: list = []

    def get(self, request, name):
        raise RAISED[name]


def raising_page(request, name):
    raise RAISED[name]


urlpatterns = [path("api/raise/<name>", RaisingView.as_view()), path("raise/<name>", raising_page), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


class Broken(VedaError):
    code = "broken"
    message = "It broke."
    status = 409


@pytest.mark.parametrize(
    ("raised", "status", "error"),
    [
        (Broken(), 409, {"code": "broken", "message": "It broke."}),
        (Broken("In two."), 409, {"code": "broken", "message": "In two."}),
        (
            Invalid(fields={"a": ["wrong"]}),
            400,
            {"code": "invalid", "message": Invalid.message, "fields": {"a": ["wrong"]}},
        ),
        (Http404("hunter2"), 404, {"code": "not_found", "message": "There is nothing here."}),
        (PermissionDenied("hunter2"), 403, {"code": "not_allowed", "message": "You may not do that."}),
        (
            ValidationError("wrong"),
            400,
            {"code": "invalid", "message": Invalid.message, "fields": {"detail": ["wrong"]}},
        ),
    ],
)
def test_what_a_view_raises_is_told_in_the_one_shape(client, raised, status, error, urls_of_this_file):
    RAISED["it"] = raised
    answer = client.get("/api/raise/it")
    assert (answer.status_code, answer.json()) == (status, {"error": error})


@pytest.fixture
def urls_of_this_file(settings):
    settings.ROOT_URLCONF = __name__


def test_one_who_is_throttled_is_told_when_to_come_back(client, urls_of_this_file, error_of):
    RAISED["it"] = Throttled(wait=29.5)
    answer = client.get("/api/raise/it")
    assert (answer.status_code, error_of(answer)) == (429, "too_many_requests")
    assert 30 <= int(answer["Retry-After"]) <= 31


@pytest.mark.parametrize("address", ["/api/raise/it", "/raise/it"])
def test_what_nobody_expected_is_a_500_that_gives_nothing_away(urls_of_this_file, error_of, address):
    RAISED["it"] = RuntimeError("hunter2")
    answer = Client(raise_request_exception=False).get(address)
    assert (answer.status_code, error_of(answer)) == (500, "server_error")
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [(SuspiciousOperation("hunter2"), 400, "invalid"), (PermissionDenied("hunter2"), 403, "not_allowed"),
     (Http404("hunter2"), 404, "not_found")],
)  # fmt: skip
def test_what_a_page_raises_is_told_in_the_one_shape(client, urls_of_this_file, error_of, raised, status, code):
    RAISED["it"] = raised
    answer = client.get("/raise/it")
    assert (answer.status_code, error_of(answer)) == (status, code)
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize(
    ("raised", "status"),
    [(RuntimeError("hunter2"), 500), (SuspiciousOperation("hunter2"), 400), (PermissionDenied("hunter2"), 403),
     (Http404("hunter2"), 404)],
)  # fmt: skip
def test_a_person_gets_a_page_that_links_to_the_numbers_to_call(urls_of_this_file, raised, status):
    RAISED["it"] = raised
    client = Client(raise_request_exception=False)
    answer = client.get("/raise/it", headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")
    page = answer.content.decode()
    assert 'href="/emergency"' in page
    assert "hunter2" not in page
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)
    of_the_api = client.get("/api/raise/it", headers={"accept": "text/html,*/*"})
    assert of_the_api["Content-Type"] != "text/html; charset=utf-8"


def test_a_form_that_is_too_old_gets_such_a_page_too():
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {}, headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert 'href="/emergency"' in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/nowhere", "/api/nowhere", "/chatter", "/api/conversations/", "/api/auth/", "/é", "/%00"]
)
def test_an_unknown_address_is_not_found_in_the_one_shape(client, error_of, address):
    answer = client.get(address)
    assert (answer.status_code, error_of(answer)) == (404, "not_found")


def test_a_host_that_is_not_ours_is_refused_in_the_one_shape(client, error_of):
    answer = client.get("/health/ready", headers={"host": "evil.example"})
    if answer.status_code != 400:  # a page that never asks for its host answers anybody
        answer = client.get("/api/conversations", headers={"host": "evil.example"})
    assert (answer.status_code, error_of(answer)) == (400, "invalid")


@pytest.mark.parametrize(
    ("method", "address"),
    [("get", "/api/auth/login"), ("put", "/api/auth/register"), ("delete", "/api/auth/me"), ("post", "/api/config")],
)
def test_a_method_that_is_not_offered_is_told_in_the_one_shape(client_of, owner, error_of, method, address):
    answer = getattr(client_of(owner), method)(address)
    assert (answer.status_code, error_of(answer)) == (405, "method_not_allowed")
    assert answer["Allow"]


@pytest.mark.parametrize("address", ["/", "/emergency", "/chat"])
def test_a_page_is_only_read(client, error_of, address):
    answer = client.post(address)
    assert (answer.status_code, error_of(answer)) == (405, "method_not_allowed")


def test_a_foreign_page_may_read_nothing_and_the_development_server_may(client):
    for origin, allowed in (("https://evil.example", False), ("http://localhost:5173", True)):
        answer = client.options(
            "/api/auth/login",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "x-veda-client,content-type",
            },
        )
        assert ("Access-Control-Allow-Origin" in answer) is allowed


def test_an_unknown_address_shows_a_person_the_page_and_a_program_the_one_shape(client, settings, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>Built</title>", encoding="utf-8")
    settings.FRONTEND_DIST = tmp_path
    page = client.get("/nowhere", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    for address in ("/api/nowhere", "/nowhere"):
        accept = "text/html" if address.startswith("/api/") else "*/*"
        answer = client.get(address, headers={"accept": accept})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
