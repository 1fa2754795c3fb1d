"""What answers tell browsers beside their content, who may call from which page, and that it holds off DEBUG."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from accounts.api.common import REFRESH_COOKIE, REFRESH_COOKIE_PATH
from accounts.models import RefreshFamily
from chat.tests.uploads import picture
from veda.tests.serving import PATIENCE

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
OURS, FOREIGN, LISTED = "http://testserver", "https://evil.example", "http://localhost:5173"
PAGES = [
    "/",
    "/login",
    "/chat",
    "/emergency",
    "/api/docs",
    "/api/docs?script=",
    "/admin/login/",
    "/api/config",
    "/health",
]


def policy_of(answer):
    parts = (part.strip().split(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("address", PAGES)
def test_no_page_may_run_scripts_of_its_own_text_be_framed_or_load_from_elsewhere(client, address):
    answer = client.get(address, follow=True)
    policy = policy_of(answer)
    assert policy["default-src"] == ["'self'"]
    assert set(policy) >= {"object-src", "base-uri", "form-action", "frame-ancestors"}
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"https?:|\*", answer["Content-Security-Policy"])
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "microphone=(self)" in answer["Permissions-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert "bluetooth" not in answer["Permissions-Policy"]  # browsers that don't know it say so on every page
    assert answer["Referrer-Policy"] == ("same-origin" if address.startswith("/admin") else "no-referrer")


@pytest.mark.parametrize("address", ["/emergency", "/api/docs", "/admin/login/"])
def test_pages_of_the_server_need_no_inline_script_or_style(client, address):
    page = client.get(address, follow=True).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    "address", ["/api/auth/me", "/api/conversations", "/api/auth/refresh", "/api/config", "/admin/login/", "/admin/"]
)
def test_nothing_private_is_kept(client, address):
    assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize("address", ["/api/schema", "/api/docs", "/emergency"])
def test_what_is_for_everybody_may_be_kept(client, address):
    assert "no-store" not in client.get(address).get("Cache-Control", "")


def test_an_upload_is_kept_by_nobody_and_runs_nothing(client_of, owner, conversation):
    client = client_of(owner)
    sent = client.post(f"/api/conversations/{conversation.id}/attachments", {"file": picture()})
    answer = client.get(sent.json()["url"])
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert policy_of(answer) == {"default-src": ["'none'"], "sandbox": []}


# Pages of other hosts


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost:5173.evil.example", "https://localhost:5173"])
def test_a_foreign_page_may_not_call(client, origin):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-veda-client",
    }
    for answer in (client.options("/api/auth/refresh", headers=asked), client.get("/api/config", headers=asked)):
        assert not [name for name in answer.headers if name.startswith("Access-Control-Allow")]
        assert "origin" in answer["Vary"].lower()


def test_a_listed_page_may_call_with_its_cookies(client):
    asked = {
        "Origin": LISTED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-veda-client",
    }
    answer = client.options("/api/auth/refresh", headers=asked)
    assert answer["Access-Control-Allow-Origin"] == LISTED
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert "x-veda-client" in answer["Access-Control-Allow-Headers"]
    assert "origin" in answer["Vary"].lower()


def test_pages_outside_the_api_are_for_no_other_host(client):
    assert "Access-Control-Allow-Origin" not in client.get("/emergency", headers={"Origin": LISTED})


@pytest.fixture
def browser(client, owner, tokens_of):
    """A browser that is signed in, and that sends its cookie whatever page asks it to."""
    client.cookies[REFRESH_COOKIE] = tokens_of(owner).refresh
    client.cookies[REFRESH_COOKIE]["path"] = REFRESH_COOKIE_PATH
    return client


def post(browser, path, **headers):
    return browser.post(path, headers={"Content-Type": "application/json", **headers})


def still_signed_in():
    return RefreshFamily.objects.filter(revoked_at=None, generation=1).count() == 1


@pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout"])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_a_form_on_a_foreign_page_can_use_no_cookie(browser, path, content_type):
    browser.post(path, data=b"", content_type=content_type, headers={"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"})
    assert still_signed_in()


@pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout", "/api/auth/login"])
@pytest.mark.parametrize(
    "said", [{"Origin": FOREIGN}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_foreign_page_that_could_send_the_header_is_refused_even_so(browser, error_of, path, said):
    answer = post(browser, path, **said, **{"X-Veda-Client": "web"})
    assert answer.status_code == 403
    assert error_of(answer) == "not_allowed"
    assert still_signed_in()


@pytest.mark.parametrize(
    "said",
    [{}, {"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, {"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}],
)
def test_our_own_page_and_a_listed_one_are_served(browser, said):
    answer = post(browser, "/api/auth/refresh", **said, **{"X-Veda-Client": "web"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access"}


def test_a_session_of_the_admin_changes_nothing_without_its_csrf_token(colleague, error_of):
    client = Client(enforce_csrf_checks=True)
    client.force_login(colleague)
    answer = client.post("/admin/logout/")
    assert answer.status_code == 403
    assert error_of(answer) == "not_allowed"
    assert client.post("/api/conversations", {}, content_type="application/json").status_code == 401


# Off DEBUG

PRODUCTION = {
    "DEBUG": "false", "SECRET_KEY": "0123456789abcdef" * 4, "JWT_SECRET": "fedcba9876543210" * 4,
    "ALLOWED_HOSTS": "veda.example",
}  # fmt: skip
ASK = """
from django.test import Client
for path, headers in {asked}:
    answer = Client().get(path, headers=headers)
    print(answer.status_code, answer.get("Location"), answer.get("Strict-Transport-Security"))
"""
HOST, TLS = {"Host": "veda.example"}, {"Host": "veda.example", "X-Forwarded-Proto": "https"}
HSTS = "max-age=31536000; includeSubDomains"


def manage(data, *arguments, **given):
    own = {"VEDA_ENV_FILE": "", "PATH": os.environ["PATH"], "HOME": str(data), "DATA_DIR": str(data)}
    environment = {**own, **PRODUCTION, **given}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def asked(data, *questions, **given):
    done = manage(data, "shell", "--no-imports", "--command", ASK.format(asked=list(questions)), **given)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_djangos_own_check_of_a_deployment_finds_nothing(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "INFO")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_off_debug_everything_is_sent_to_https_but_what_load_balancers_ask(tmp_path):
    lines = asked(tmp_path, ("/login?next=/chat", HOST), ("/health", HOST), ("/health", {"Host": "evil.example"}))
    assert lines == [
        "301 https://veda.example/login?next=/chat None",
        "200 None None",
        "400 None None",
    ]


def test_https_is_what_the_proxy_says_where_there_is_one(tmp_path):
    assert asked(tmp_path, ("/emergency", TLS)) == [f"200 None {HSTS}"]
    assert asked(tmp_path, ("/emergency", TLS), TRUSTED_PROXIES="0") == ["301 https://veda.example/emergency None"]


def test_what_lies_in_s3_or_at_another_host_may_be_loaded_from_there_alone(tmp_path):
    given = {"S3_BUCKET": "veda-files", "S3_REGION": "eu-central-1", "S3_KEY": "key", "S3_SECRET": "value"}
    command = (
        "from django.conf import settings; from django.core.files.storage import default_storage;"
        "directives = settings.CONTENT_SECURITY_POLICY['DIRECTIVES'];"
        "print(default_storage.url('file').split('/file')[0], *directives['connect-src'], *directives['img-src'])"
    )
    done = manage(
        tmp_path, "shell", "--no-imports", "--command", command, **given, VITE_API_BASE="https://api.veda.example/api"
    )
    assert done.returncode == 0, done.stderr
    where, *allowed = done.stdout.split()
    assert allowed.count(where) == 2
    assert allowed.count("https://api.veda.example") == 1
