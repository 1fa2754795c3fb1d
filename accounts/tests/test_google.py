"""Signing in with Google, against a real OpenID provider; redirects are followed by hand."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import jwt
import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.openid_provider import AUTHORIZE, DISCOVERY, TOKEN, OpenIdProvider
from accounts.tokens import start_session

pytestmark = pytest.mark.django_db

LOGIN, CALLBACK, CODE = (f"/api/auth/google/{end}" for end in ("login", "callback", "second-factor"))
ALICE = {"email": "alice@example.org", "email_verified": True, "name": "Alice Example"}


@pytest.fixture
def google(settings) -> Iterator[OpenIdProvider]:
    with OpenIdProvider() as provider:
        settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "veda-client", "veda-secret"
        settings.GOOGLE_ISSUER = provider.url
        provider.knows("alice", **ALICE)
        yield provider


class Browser:
    """One that has its own cookies and follows a redirect when it is told to."""

    def __init__(self) -> None:
        self.client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})

    def starts(self, **query: str) -> str:
        """Where Google is told what is wanted."""
        answer = self.client.get(LOGIN, query)
        assert answer.status_code == 302
        return answer["Location"]

    def agrees(self, at_google: str, subject: str = "alice") -> str:
        """Where Google sends the browser back to."""
        return httpx.post(at_google, data={"sub": subject}).headers["Location"].removeprefix("http://testserver")

    def goes(self, callback: str) -> str:
        answer = self.client.get(callback)
        assert answer.status_code == 302, answer.content
        return answer["Location"]

    def signs_in(self, subject: str = "alice", **query: str) -> str:
        """The page that it ends on."""
        return self.goes(self.agrees(self.starts(**query), subject))

    def access(self) -> str | None:
        answer = self.client.post("/api/auth/refresh", headers={"x-veda-client": "web"})
        return answer.json()["access"] if answer.status_code == 200 else None

    def me(self) -> dict | None:
        access = self.access()
        return access and self.client.get("/api/auth/me", headers={"authorization": f"Bearer {access}"}).json()

    def gives(self, code: str, **headers: str):
        body = {"code": code}
        headers = {"x-veda-client": "web"} | headers
        return self.client.post(CODE, body, content_type="application/json", headers=headers)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def audited(**fields) -> list[str]:
    return list(AuditEvent.objects.filter(**fields).order_by("id").values_list("action", flat=True))


# Who comes


def test_somebody_new_gets_an_account_and_is_signed_in(google, browser):
    assert browser.signs_in() == "/chat?signed-in=google"
    cookie = browser.client.cookies["veda_refresh"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/auth")
    user = User.objects.get()
    assert (user.email, user.name) == ("alice@example.org", "Alice Example")
    assert user.email_confirmed_at
    assert not user.has_usable_password()
    assert not user.consent_current
    assert jwt.decode(browser.access(), options={"verify_signature": False})["method"] == "google"
    assert browser.me()["email"] == "alice@example.org"
    assert audited(subject_id=user.id) == ["registered", "google_linked", "signed_in"]
    assert AuditEvent.objects.get(action="signed_in").details == {"method": "google", "second_factor": False}
    assert RefreshFamily.objects.get().browser == "Firefox on Linux"


def test_what_google_told_is_not_kept_beside_the_account(google, browser):
    browser.signs_in()
    browser.signs_in()
    assert SocialAccount.objects.get().extra_data == {}


def test_somebody_known_comes_again_whatever_google_says_of_the_address(google, browser):
    browser.signs_in()
    google.knows("alice", email="renamed@example.org", email_verified=False)
    assert Browser().signs_in() == "/chat?signed-in=google"
    assert [user.email for user in User.objects.all()] == ["alice@example.org"]


@pytest.mark.parametrize(("role", "keeps"), [("patient", False), ("moderator", True)])
def test_a_confirmed_account_of_the_same_address_is_linked(
    google, browser, mailoutbox, django_capture_on_commit_callbacks, role, keeps
):
    """Its password may have been chosen by whoever registered the address. Staff's was not: they need it."""
    user = UserFactory(email="Alice@example.org", email_confirmed_at=timezone.now(), role=role)
    elsewhere = start_session(user=user, method="password")
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.signs_in() == "/chat?signed-in=google"
    assert browser.me()["id"] == str(user.id)
    assert "google_linked" in audited(subject_id=user.id)
    login = {"email": "alice@example.org", "password": PASSWORD}
    answer = browser.client.post("/api/auth/login", login, content_type="application/json")
    assert answer.status_code == (200 if keeps else 401)
    old = browser.client.get("/api/auth/me", headers={"Authorization": f"Bearer {elsewhere.access}"})
    assert old.status_code == (200 if keeps else 401)
    mail.drain()
    assert [(mailed.to, mailed.subject) for mailed in mailoutbox] == [
        (["Alice@example.org"], "You now sign in to Veda with Google")
    ]


CONFIRMED = {"email_confirmed_at": timezone.now()}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"email": "alice@example.org"}, {}),
        ({"email": "alice@example.org", **CONFIRMED}, {"email_verified": False}),
        ({"email": "alice@example.org", **CONFIRMED}, {"email_verified": None}),
        ({"email": "alice@example.org", **CONFIRMED}, {"email_verified": "true"}),
        ({"email": "alice@example.org", **CONFIRMED}, {"email_verified": "false"}),
        ({"email": "mike@example.org", **CONFIRMED}, {"email": "mi\N{KELVIN SIGN}e@example.org"}),
        ({"email": "alice@strasse.example", **CONFIRMED}, {"email": "alice@straße.example"}),
        ({"email": "alice@example.org", **CONFIRMED}, {"email": "alice@ex\N{CYRILLIC SMALL LETTER A}mple.org"}),
        (None, {"email_verified": False}),
        (None, {"email": None}),
        (None, {"email": "no address"}),
        (None, {"email": "a\x00@example.org"}),
    ],
)
def test_nobody_is_let_in_by_an_unconfirmed_address(google, browser, ours, theirs):
    if ours:
        UserFactory(**ours)
    google.knows("alice", **{name: value for name, value in (ALICE | theirs).items() if value is not None})
    assert browser.signs_in() == "/login?error=google_unconfirmed"
    assert browser.access() is None
    assert User.objects.count() == bool(ours)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_disabled_account_is_told_so(google, browser, known):
    user = UserFactory(email="alice@example.org", email_confirmed_at=timezone.now())
    if known:
        browser.signs_in()
        RefreshFamily.objects.all().delete()
    User.objects.update(is_active=False)
    assert Browser().signs_in() == "/login?error=account_disabled"
    assert not RefreshFamily.objects.exists()
    assert audited(subject_id=user.id)[-1] == "sign_in_failed"


@pytest.mark.parametrize("mode", ["invited", "closed"])
def test_where_registration_is_not_open_only_those_come_who_have_an_account(google, browser, settings, mode):
    settings.REGISTRATION = mode
    assert browser.signs_in() == "/login?error=registration_closed"
    assert not User.objects.exists()
    UserFactory(email="alice@example.org", email_confirmed_at=timezone.now())
    assert browser.signs_in() == "/chat?signed-in=google"


def test_a_name_is_made_where_google_has_none(google, browser):
    google.knows("alice", **ALICE | {"name": "\x00 \n"})
    browser.signs_in()
    assert User.objects.get().name == "alice"


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_arrive_at_once_make_one_account(google, at_once):
    browsers = [Browser() for _ in range(4)]
    waiting = [(browser, browser.agrees(browser.starts())) for browser in browsers]

    def arrives():
        browser, callback = waiting.pop()
        return browser.goes(callback)

    assert at_once(arrives, 4) == ["/chat?signed-in=google"] * 4
    assert User.objects.count() == SocialAccount.objects.count() == 1
    assert audited(action="registered") == ["registered"]


# Where from, where to


def test_google_is_asked_with_state_and_pkce_and_for_no_more_than_is_needed(google, browser):
    address = urlsplit(browser.starts())
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == google.url + AUTHORIZE
    assert len(asked.pop("state")) >= 16
    assert len(asked.pop("code_challenge")) == 43
    assert set(asked.pop("scope").split()) == {"openid", "email", "profile"}
    assert asked == {
        "client_id": "veda-client",
        "redirect_uri": f"http://testserver{CALLBACK}",
        "response_type": "code",
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }


@pytest.mark.parametrize(
    ("named", "callback"),
    [
        ({"PUBLIC_URL": "https://veda.example"}, f"https://veda.example{CALLBACK}"),
        (
            {"PUBLIC_URL": "https://a.example", "GOOGLE_OAUTH_REDIRECT_URI": "https://b.example/x"},
            "https://b.example/x",
        ),
    ],
)
def test_the_callback_is_the_one_that_is_registered_at_google(google, browser, settings, named, callback):
    for name, value in named.items():
        setattr(settings, name, value)
    assert parse_qs(urlsplit(browser.starts()).query)["redirect_uri"] == [callback]


def test_the_scope_and_the_like_are_not_the_callers_to_choose(google, browser):
    asked = browser.starts(scope="https://www.googleapis.com/auth/drive", auth_params="login_hint=x", process="connect")
    assert "drive" not in asked
    assert "login_hint" not in asked
    assert browser.goes(browser.agrees(asked)) == "/chat?signed-in=google"


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/chat/1234", "/chat/1234?signed-in=google"),
        ("/chat/1234?a=1&b=%20#end", "/chat/1234?a=1&b=%20&signed-in=google#end"),
        ("/account", "/account?signed-in=google"),
        ("/chat\r\nSet-Cookie: a=b", "/chatSet-Cookie:%20a=b?signed-in=google"),
        ("", "/chat?signed-in=google"),
        ("chat", "/chat?signed-in=google"),
        ("//evil.example/chat", "/chat?signed-in=google"),
        ("/\\evil.example", "/chat?signed-in=google"),
        ("/\t/evil.example", "/chat?signed-in=google"),
        ("https://evil.example/chat", "/chat?signed-in=google"),
        ("javascript:alert(1)", "/chat?signed-in=google"),
        ("https://testserver/chat", "/chat?signed-in=google"),
        ("//[", "/chat?signed-in=google"),
    ],
)
def test_it_ends_on_the_page_that_was_wanted_if_that_is_ours(google, browser, wanted, page):
    assert browser.signs_in(next=wanted) == page


def test_no_session_stays_signed_in(google, browser):
    browser.signs_in()
    assert browser.client.cookies["sessionid"].value == ""
    assert not Session.objects.exists()
    assert browser.client.get("/admin/").status_code == 302


# Whose flow it is


def test_a_callback_without_a_flow_of_this_browser_is_refused(google, browser):
    callback = browser.agrees(browser.starts())
    assert Browser().goes(callback) == "/login?error=google_failed"
    victim = Browser()
    victim.starts()
    assert victim.goes(callback) == "/login?error=google_failed"
    assert victim.access() is None
    assert not User.objects.exists()
    assert browser.goes(callback) == "/chat?signed-in=google"


def test_a_callback_is_good_for_once(google, browser):
    callback = browser.agrees(browser.starts())
    browser.goes(callback)
    assert browser.goes(callback) == "/login?error=google_failed"
    assert RefreshFamily.objects.count() == 1


def test_a_state_is_good_for_ten_minutes(google, browser):
    callback = browser.agrees(browser.starts())
    session = browser.client.session
    [(state_id, (state, began, provider))] = session["socialaccount_states"].items()
    session["socialaccount_states"] = {state_id: (state, began - 601, provider)}
    session.save()
    assert browser.goes(callback) == "/login?error=google_failed"


def changed(callback: str, **query: str | None) -> str:
    given = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()} | query
    return f"{CALLBACK}?" + "&".join(f"{name}={quote(value)}" for name, value in given.items() if value is not None)


@pytest.mark.parametrize(
    "query",
    [
        {"state": "x" * 16},
        {"state": None},
        {"state": ""},
        {"state": "\x00"},
        {"code": "x" * 48},
        {"code": None},
        {"code": "\x00"},
        {"error": "server_error", "code": None},
    ],
)
def test_a_changed_callback_is_refused(google, browser, query):
    assert browser.goes(changed(browser.agrees(browser.starts()), **query)) == "/login?error=google_failed"
    assert browser.access() is None


def test_a_code_that_another_program_got_is_refused(google, browser):
    """The attacker's own program had it from Google; the victim's browser is made to come with it and its own state."""
    mine = browser.starts()
    others = browser.agrees(mine.replace("client_id=veda-client", "client_id=others"))
    assert browser.goes(others) == "/login?error=google_failed"


def test_a_code_of_another_flow_is_refused(google, browser):
    """PKCE: a code that was taken from another browser's address is of no use with this browser's state."""
    stolen = parse_qs(urlsplit(Browser().agrees(Browser().starts())).query)["code"][0]
    assert browser.goes(changed(browser.agrees(browser.starts()), code=stolen)) == "/login?error=google_failed"


def test_going_back_at_google_is_no_failure(google, browser):
    denied = httpx.post(browser.starts(), data={"action": "deny"}).headers["Location"]
    assert browser.goes(denied.removeprefix("http://testserver")) == "/login?error=google_cancelled"


# What a provider may do


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "others"},
        {"aud": None},
        {"iss": "https://others.example"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"sub": "x" * 300},
        {"sub": "a\x00b"},
        {"email": ["alice@example.org"]},
        {"email": {"a": 1}},
    ],
)
def test_an_id_token_that_is_not_for_veda_opens_nothing(google, browser, claims):
    google.claims = claims
    assert browser.signs_in() in {"/login?error=google_failed", "/login?error=google_unconfirmed"}
    assert not User.objects.exists()


ANSWERS = {
    "500": lambda: ("", 500),
    "a refusal": lambda: ({"error": "invalid_client"}, 401),
    "a page": lambda: "<html>",
    "a list": lambda: [],
    "nothing in it": dict,
    "null": lambda: ("null", 200, {"Content-Type": "application/json"}),
    "no type": lambda: ("x", 200, {"Content-Type": ""}),
    "a redirect to itself": lambda: ("", 302, {"Location": DISCOVERY}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_provider_that_does_not_tell_its_addresses(google, browser, answer):
    google.answers[DISCOVERY] = ANSWERS[answer]
    assert browser.client.get(LOGIN)["Location"] == "/login?error=google_failed"
    google.answers.clear()
    assert browser.signs_in() == "/chat?signed-in=google"


@pytest.mark.parametrize(
    "answer",
    [
        *ANSWERS.values(),
        lambda: {"access_token": "x"},
        lambda: {"access_token": "x", "id_token": "x"},
        lambda: {"access_token": "x", "id_token": 5},
        lambda: {"access_token": "x", "expires_in": "soon"},
        lambda: ["access_token"],
    ],
)
def test_a_provider_that_gives_no_token(google, browser, answer):
    callback = browser.agrees(browser.starts())
    google.answers[TOKEN] = answer
    assert browser.goes(callback) == "/login?error=google_failed"


def test_a_provider_that_is_down(google, browser, settings, unused_tcp_port):
    settings.GOOGLE_ISSUER = f"http://localhost:{unused_tcp_port}"
    assert browser.client.get(LOGIN)["Location"] == "/login?error=google_failed"


@pytest.mark.parametrize("silent", [DISCOVERY, TOKEN])
def test_a_provider_that_says_nothing_is_not_waited_for(google, browser, silent):
    def say_nothing():
        time.sleep(11)  # the provider's, not the test's
        return ""

    callback = CALLBACK if silent == TOKEN else LOGIN
    if silent == TOKEN:
        callback = browser.agrees(browser.starts())
    google.answers[silent] = say_nothing
    began = time.monotonic()
    assert browser.client.get(callback)["Location"] == "/login?error=google_failed"
    assert time.monotonic() - began < 10


def test_the_log_holds_neither_codes_nor_tokens_nor_addresses(google, browser, logged, caplog):
    with caplog.at_level(logging.DEBUG):
        browser.signs_in()
        google.claims = {"aud": "others"}
        assert browser.signs_in() == "/login?error=google_failed"
        google.answers[TOKEN] = lambda: ({"error": "invalid_grant", "of": "alice@example.org"}, 400)
        assert browser.signs_in() == "/login?error=google_failed"
    theirs = (" werkzeug ", " httpx ", " httpcore.", " oidc_provider_mock ", " authlib.")
    text = "\n".join(line for line in logged() if not any(name in line for name in theirs))
    assert "Sign-in with Google ended: OAuth2Error" in text
    assert len(google.secrets) >= 5
    assert not [secret for secret in google.secrets | {"alice", "veda-secret", browser.access()} if secret in text]


def test_the_audit_trail_holds_neither(google, browser):
    browser.signs_in()
    text = str(list(AuditEvent.objects.values()))
    assert not [secret for secret in google.secrets | {"alice@", "Alice"} if secret in text]


@pytest.mark.django_db(transaction=True)
def test_who_came_by_google_gets_a_password_by_forgot_password(google, browser, mailoutbox):
    browser.signs_in()
    assert browser.me()["has_password"] is False
    json = {"content_type": "application/json"}
    assert browser.client.post("/api/auth/password/reset", {"email": "alice@example.org"}, **json).status_code == 204
    mail.drain()
    token = re.search(r"/reset-password#(\S+)", mailoutbox[0].body)[1]
    reset = {"token": token, "password": PASSWORD}
    assert browser.client.post("/api/auth/password/reset/confirm", reset, **json).status_code == 204
    login = {"email": "alice@example.org", "password": PASSWORD}
    assert browser.client.post("/api/auth/login", login, **json).status_code == 200
    assert Browser().signs_in() == "/chat?signed-in=google"
    assert User.objects.count() == 1


# Limits, and where it is off


def test_failures_are_counted_by_network_address(google, settings):
    settings.RATES = settings.RATES | {"sign_in": ("", "3/minute")}
    for _ in range(3):
        assert Browser().goes(f"{CALLBACK}?state=x&code=y") == "/login?error=google_failed"
    assert Browser().goes(f"{CALLBACK}?state=x&code=y") == "/login?error=too_many_requests"


def test_new_accounts_are_counted_as_any_registration(google, browser, settings):
    settings.RATES = settings.RATES | {"register": ("", "1/hour")}
    google.knows("bob", email="bob@example.org", email_verified=True)
    assert Browser().signs_in("alice") == "/chat?signed-in=google"
    assert Browser().signs_in("bob") == "/login?error=too_many_requests"
    assert Browser().signs_in("alice") == "/chat?signed-in=google"


def test_without_a_client_id_it_is_off(browser, error_of):
    assert browser.goes(LOGIN) == browser.goes(CALLBACK) == "/login?error=google_off"
    assert browser.client.get("/api/config").json()["google"] is False
    answer = browser.gives("123456")
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


def test_with_one_the_page_is_told(google, browser):
    assert browser.client.get("/api/config").json()["google"] is True


def told_by_doctor(capsys) -> str:
    with suppress(SystemExit):
        call_command("doctor", no_color=True)
    return next(line for line in capsys.readouterr().out.splitlines() if "Google sign-in" in line)


def test_the_doctor_tells_whether_it_is_on_and_reached(capsys, settings):
    settings.OLLAMA_URL = settings.STT_URL = "http://127.0.0.1:1"
    assert told_by_doctor(capsys) == "✓ Google sign-in   off (GOOGLE_CLIENT_ID is not set)"
    settings.GOOGLE_CLIENT_ID, settings.PUBLIC_URL = "veda-client", "https://veda.example"
    with OpenIdProvider() as provider:
        settings.GOOGLE_ISSUER = provider.url
        assert told_by_doctor(capsys) == f"✓ Google sign-in   on; it comes back to https://veda.example{CALLBACK}"
    assert told_by_doctor(capsys) == f"✗ Google sign-in   {provider.url}: ConnectError"


@pytest.mark.parametrize("address", [LOGIN, CALLBACK])
@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_the_addresses_are_for_going_there(google, browser, address, method):
    assert getattr(browser.client, method)(address).status_code == 405


# The second factor


@pytest.fixture
def secret(google) -> str:
    """Of the authenticator app of Alice, who has a confirmed account."""
    user = UserFactory(email="alice@example.org", email_confirmed_at=timezone.now())
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def current(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_who_has_a_second_factor_gets_nothing_before_the_code(secret, browser, error_of):
    assert browser.signs_in(next="/account?a=1") == "/login?step=code&next=%2Faccount%3Fa%3D1"
    assert not RefreshFamily.objects.exists()
    cookie = browser.client.cookies["veda_google"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 300)
    wrong = browser.gives("000000")
    assert (wrong.status_code, error_of(wrong)) == (401, "second_factor_wrong")
    answer = browser.gives(current(secret))
    assert answer.status_code == 200
    assert set(answer.json()) == {"access"}
    claims = jwt.decode(answer.json()["access"], options={"verify_signature": False})
    assert (claims["method"], claims["second_factor"]) == ("google", True)
    assert browser.me()["email"] == "alice@example.org"
    assert browser.client.cookies["veda_google"].value == ""
    assert audited(action__startswith="sign") == ["sign_in_failed", "signed_in"]


def test_a_sign_in_waits_for_one_code_only(secret, browser, error_of):
    browser.signs_in()
    waiting = browser.client.cookies["veda_google"].value
    recovery = User.objects.get().authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()
    assert browser.gives(recovery[0]).status_code == 200
    browser.client.cookies["veda_google"] = waiting
    again = browser.gives(recovery[1])
    assert (again.status_code, error_of(again)) == (401, "invalid_token")
    assert RefreshFamily.objects.count() == 1


def test_a_sign_in_waits_five_minutes(secret, browser, error_of, monkeypatch):
    browser.signs_in()
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: time.time() + 301))
    late = browser.gives(current(secret))
    assert (late.status_code, error_of(late)) == (401, "invalid_token")


@pytest.mark.parametrize("waiting", ["", "x", "a:b:c", "é:é:é"])
def test_a_forged_wait_is_none(secret, browser, error_of, waiting):
    browser.client.cookies["veda_google"] = waiting
    answer = browser.gives(current(secret))
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


def test_a_page_of_somebody_else_can_not_give_the_code(secret, browser, error_of):
    browser.signs_in()
    answer = browser.gives(current(secret), **{"x-veda-client": ""})
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


def test_an_account_that_is_disabled_meanwhile_is_told_so(secret, browser, error_of):
    browser.signs_in()
    User.objects.update(is_active=False)
    answer = browser.gives(current(secret))
    assert (answer.status_code, error_of(answer)) == (403, "account_disabled")


def test_wrong_codes_are_counted_with_wrong_passwords(secret, browser, settings, error_of):
    settings.RATES = settings.RATES | {"sign_in": ("3/minute", "")}
    browser.signs_in()
    for _ in range(3):
        assert browser.gives("000000").status_code == 401
    answer = browser.gives(current(secret))
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_requests")


def test_beginning_is_bounded_as_each_makes_a_session(google, settings):
    settings.RATES = {**settings.RATES, "google": ("", "2/hour")}
    client = Client()
    ends = [client.get("/api/auth/google/login").headers["Location"] for _ in range(3)]
    assert [end.startswith("/login") for end in ends] == [False, False, True]
    assert ends[2] == "/login?error=too_many_requests"
