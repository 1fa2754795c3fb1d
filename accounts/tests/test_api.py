"""Registering, signing in, consent and tickets, over HTTP."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import RefreshFamily, User
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ANNA = {"email": "anna@veda.example", "password": PASSWORD, "name": "Anna"}
WEB = {"HTTP_X_VEDA_CLIENT": "web"}


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def browser(api, owner):
    """A browser that is signed in as the owner."""
    api.post("/api/auth/login", {"email": owner.email, "password": PASSWORD}, format="json", **WEB)
    return api


def log_in(api, email, password=PASSWORD, **headers):
    return api.post("/api/auth/login", {"email": email, "password": password}, format="json", **headers)


# Registering


def test_registering_answers_with_the_user_and_nothing_secret(api):
    answer = api.post("/api/auth/register", ANNA, format="json")
    assert answer.status_code == 201
    user = answer.json()
    assert set(user) == {
        "id", "email", "email_confirmed", "name", "role", "country", "year_of_birth", "has_password", "second_factor",
        "staff_url", "consent_version", "consent_current", "date_joined", "paused_at",
    }  # fmt: skip
    assert uuid.UUID(user["id"])
    assert (user["email"], user["name"], user["role"]) == ("anna@veda.example", "Anna", "patient")
    assert user["consent_current"] is False
    assert user["date_joined"].endswith("Z")


def test_one_who_registers_can_sign_in(api):
    api.post("/api/auth/register", ANNA, format="json")
    assert log_in(api, ANNA["email"]).status_code == 200


def test_nobody_registers_into_a_role(api):
    answer = api.post("/api/auth/register", {**ANNA, "role": "admin", "is_superuser": True}, format="json")
    assert answer.json()["role"] == "patient"
    assert not User.objects.get().is_superuser


@pytest.mark.parametrize(
    "spelling",
    ["anna@veda.example", "ANNA@Veda.Example", "  anna@veda.example ", "anna@veda.ｅxample", "anna@ｖｅｄａ.example"],
)
def test_an_address_is_taken_however_it_is_spelt(api, error_of, spelling):
    assert api.post("/api/auth/register", ANNA, format="json").status_code == 201
    answer = api.post("/api/auth/register", {**ANNA, "email": spelling}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "email_taken")
    assert answer.json()["error"]["fields"]["email"]
    assert User.objects.count() == 1


def test_one_of_many_who_register_the_same_address_at_once_gets_it(at_once):
    def register():
        return APIClient().post("/api/auth/register", ANNA, format="json").status_code

    assert sorted(at_once(register, 6)) == [201, 400, 400, 400, 400, 400]


@pytest.mark.parametrize(
    "email",
    ["", "anna", "anna@", "@veda.example", "anna@veda", "a b@veda.example", "anna@veda.example\x00",
     "a" * 250 + "@b.de", None, 5, ["anna@veda.example"], {"a": 1}, "x@" + "㌖." * 100 + "example"],
)  # fmt: skip
def test_a_bad_address_is_refused_by_name(api, error_of, email):
    answer = api.post("/api/auth/register", {**ANNA, "email": email}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["email"]
    assert not User.objects.exists()


def test_half_a_surrogate_pair_is_refused(api, error_of):
    body = r'{"email": "\ud800@veda.example", "password": "\ud800 four staples", "name": "\ud800"}'
    answer = api.post("/api/auth/register", body, content_type="application/json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert set(answer.json()["error"]["fields"]) == {"email", "password", "name"}


@pytest.mark.parametrize("password", ["short", "password123", "8264917350", "anna@veda.example", "", None, ["a", "b"]])
def test_a_weak_password_is_refused_with_what_is_wrong(api, error_of, password):
    answer = api.post("/api/auth/register", {**ANNA, "password": password}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert answer.json()["error"]["fields"]["password"]
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 151, None, {"first": "Anna"}])
def test_a_bad_name_is_refused(api, error_of, name):
    answer = api.post("/api/auth/register", {**ANNA, "name": name}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert "name" in answer.json()["error"]["fields"]


def test_spaces_in_a_password_are_part_of_it(api):
    api.post("/api/auth/register", {**ANNA, "password": "  four brown staples "}, format="json")
    assert log_in(api, ANNA["email"], "  four brown staples ").status_code == 200
    assert log_in(api, ANNA["email"], "four brown staples").status_code == 401


def test_consent_can_be_given_while_registering(api):
    answer = api.post("/api/auth/register", {**ANNA, "consent": settings.TERMS_VERSION}, format="json")
    assert answer.json()["consent_current"] is True
    assert User.objects.get().consent_at


def test_consent_to_other_terms_registers_nobody(api, error_of):
    answer = api.post("/api/auth/register", {**ANNA, "consent": "1999-01"}, format="json")
    assert (answer.status_code, error_of(answer)) == (409, "outdated_terms")
    assert not User.objects.exists()


# Signing in


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(api, owner, error_of):
    unknown = log_in(api, "nobody@veda.example")
    wrong = log_in(api, owner.email, "not the password")
    assert (unknown.status_code, error_of(unknown)) == (401, "invalid_credentials")
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)


def test_signing_in_ignores_the_case_of_the_address(api, owner):
    assert log_in(api, owner.email.upper()).status_code == 200


def test_a_disabled_account_is_told_only_to_one_who_knows_the_password(api, error_of):
    user = UserFactory(is_active=False)
    right, wrong = log_in(api, user.email), log_in(api, user.email, "not the password")
    assert (right.status_code, error_of(right)) == (403, "account_disabled")
    assert (wrong.status_code, error_of(wrong)) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@b.de"}, {"email": [], "password": {}}, {"email": "\x00", "password": "a"}]
)
def test_a_sign_in_that_says_too_little_is_invalid(api, error_of, body):
    answer = api.post("/api/auth/login", body, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")


# Browsers and other clients


def test_an_api_client_gets_both_tokens_in_the_body_and_no_cookie(api, owner):
    answer = log_in(api, owner.email)
    assert set(answer.json()) == {"access", "refresh"}
    assert not answer.cookies


def test_a_browser_gets_its_refresh_token_in_a_cookie_that_no_script_and_no_other_site_can_use(api, owner):
    answer = log_in(api, owner.email, **WEB)
    assert set(answer.json()) == {"access"}
    (cookie,) = answer.cookies.values()
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/api/auth"
    assert cookie["domain"] == ""
    assert 0 < cookie["max-age"] <= 7 * 24 * 3600
    assert cookie.value not in answer.content.decode()


def test_the_cookie_is_secure_off_debug(api, owner, settings):
    settings.DEBUG = False
    (cookie,) = log_in(api, owner.email, **WEB).cookies.values()
    assert cookie["secure"]


def test_a_browser_refreshes_by_its_cookie_and_gets_a_new_one(browser):
    before = browser.cookies["veda_refresh"].value
    answer = browser.post("/api/auth/refresh", {}, format="json", **WEB)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access"}
    assert answer.cookies["veda_refresh"].value != before


def test_without_the_header_the_cookie_is_not_read(browser, error_of):
    answer = browser.post("/api/auth/refresh", {}, format="json")
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")
    assert browser.post("/api/auth/logout", {}, format="json").status_code == 204
    assert browser.post("/api/auth/refresh", {}, format="json", **WEB).status_code == 200


def test_with_the_header_a_token_in_the_body_is_not_read(api, owner, error_of):
    refresh = log_in(api, owner.email).json()["refresh"]
    answer = api.post("/api/auth/refresh", {"refresh": refresh}, format="json", **WEB)
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


def test_a_browser_that_signs_out_loses_cookie_and_family(browser):
    token = browser.cookies["veda_refresh"].value
    answer = browser.post("/api/auth/logout", {}, format="json", **WEB)
    assert answer.status_code == 204
    cookie = answer.cookies["veda_refresh"]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", 0, "/api/auth")
    assert APIClient().post("/api/auth/refresh", {"refresh": token}, format="json").status_code == 401


# Signing out


def test_signing_out_ends_the_access_token_at_once(api, owner, tokens_of, error_of):
    pair = tokens_of(owner)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    assert api.get("/api/auth/me").status_code == 200
    assert api.post("/api/auth/logout", {"refresh": pair.refresh}, format="json").status_code == 204
    answer = api.get("/api/auth/me")
    assert (answer.status_code, error_of(answer)) == (401, "invalid_token")


def test_signing_out_leaves_other_devices_signed_in(api, owner, tokens_of):
    here, there = tokens_of(owner), tokens_of(owner)
    api.post("/api/auth/logout", {"refresh": here.refresh}, format="json")
    assert api.post("/api/auth/refresh", {"refresh": there.refresh}, format="json").status_code == 200


@pytest.mark.parametrize("refresh", [None, "", "garbage", "é" * 20, "x" * 5000, ["a"], {"a": 1}])
def test_signing_out_is_always_204(api, refresh):
    assert api.post("/api/auth/logout", {"refresh": refresh}, format="json").status_code == 204
    assert api.post("/api/auth/logout", {}, format="json").status_code == 204


def test_signing_out_with_a_spent_token_ends_the_family_too(api, owner, tokens_of):
    first = tokens_of(owner).refresh
    second = api.post("/api/auth/refresh", {"refresh": first}, format="json").json()["refresh"]
    assert api.post("/api/auth/logout", {"refresh": first}, format="json").status_code == 204
    assert api.post("/api/auth/refresh", {"refresh": second}, format="json").status_code == 401


# Who am I, consent


def test_everybody_sees_themselves_and_nobody_sees_nothing(client_of, owner, outsider, colleague, error_of):
    for user in (owner, outsider, colleague):
        body = client_of(user).get("/api/auth/me").json()
        assert (body["id"], body["email"], body["role"]) == (str(user.id), user.email, user.role)
    answer = client_of(None).get("/api/auth/me")
    assert (answer.status_code, error_of(answer)) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_only_staff_are_told_where_staff_work(client_of, owner, colleague, outsider):
    told = [client_of(user).get("/api/auth/me").json()["staff_url"] for user in (owner, outsider, colleague)]
    assert told == [None, None, "/admin/"]


def test_a_disabled_account_is_out_at_once(client_of, owner, error_of):
    client = client_of(owner)
    owner.is_active = False
    owner.save()
    answer = client.get("/api/auth/me")
    assert (answer.status_code, error_of(answer)) == (403, "account_disabled")


def test_without_consent_one_may_look_and_not_ask_until_it_is_given(client_of, conversation, owner, error_of):
    User.objects.update(consent_version="2001-01")
    client = client_of(owner)
    doors = [
        ("/api/conversations", {}),
        (f"/api/conversations/{conversation.id}/messages", {"content": "What helps?"}),
        ("/api/auth/ws-ticket", {"conversation": str(conversation.id)}),
    ]
    for address, body in doors:
        answer = client.post(address, body, format="json")
        assert (answer.status_code, error_of(answer)) == (403, "consent_required"), address
    assert client.get(f"/api/conversations/{conversation.id}").status_code == 200
    assert client.post("/api/auth/consent", {"version": settings.TERMS_VERSION}, format="json").status_code == 204
    assert client.get("/api/auth/me").json()["consent_current"] is True
    for address, body in doors:
        assert client.post(address, body, format="json").status_code in (200, 201), address


def test_consent_to_other_terms_is_refused(client_of, owner, error_of):
    answer = client_of(owner).post("/api/auth/consent", {"version": "1999-01"}, format="json")
    assert (answer.status_code, error_of(answer)) == (409, "outdated_terms")
    owner.refresh_from_db()
    assert owner.consent_current


def test_consent_and_tickets_are_for_those_who_are_signed_in(client_of, conversation, error_of):
    for address, body in (
        ("/api/auth/consent", {"version": settings.TERMS_VERSION}),
        ("/api/auth/ws-ticket", {"conversation": str(conversation.id)}),
    ):
        answer = client_of(None).post(address, body, format="json")
        assert (answer.status_code, error_of(answer)) == (401, "not_authenticated")


def test_a_ticket_says_how_long_it_lasts(client_of, owner, conversation):
    answer = client_of(owner).post("/api/auth/ws-ticket", {"conversation": str(conversation.id)}, format="json")
    assert answer.status_code == 200
    assert set(answer.json()) == {"ticket", "expires_in"}
    assert answer.json()["expires_in"] == 30


@pytest.mark.parametrize("conversation_id", ["", "five", None, ["a"], "\x00"])
def test_a_ticket_wants_the_id_of_a_conversation(client_of, owner, error_of, conversation_id):
    answer = client_of(owner).post("/api/auth/ws-ticket", {"conversation": conversation_id}, format="json")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")


# What holds for every call


@pytest.mark.parametrize("call", ["register", "login", "refresh", "logout", "consent", "ws-ticket"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"NaN", b"null", b"[]", b'"text"', b"1" * 5000]
)
def test_a_body_that_is_no_object_is_answered_in_the_one_shape(client_of, owner, error_of, call, body):
    answer = client_of(owner).post(f"/api/auth/{call}", body, content_type="application/json")
    if body == b"" and call in {"refresh", "logout"}:  # nothing at all is read as no token
        assert answer.status_code == {"refresh": 401, "logout": 204}[call]
        return
    if call == "logout" and body in {b"null", b"[]", b'"text"'}:
        assert answer.status_code == 204
        return
    assert answer.status_code == 400
    assert error_of(answer) in {"invalid", "invalid_json"}


def test_no_password_and_no_token_is_written_to_the_log(api, owner, logged):
    log_in(api, owner.email, "not the password at all")
    pair = log_in(api, owner.email).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}x")
    api.get("/api/auth/me")
    api.post("/api/auth/refresh", {"refresh": pair["refresh"] + "x"}, format="json")
    lines = "\n".join(logged())
    assert "/api/auth/me" in lines
    for secret in ("not the password at all", PASSWORD, pair["access"], pair["refresh"], owner.email):
        assert secret not in lines


def test_a_family_has_nothing_that_could_be_used_as_a_token(api, owner):
    pair = log_in(api, owner.email).json()
    family = RefreshFamily.objects.get()
    stored = " ".join(str(getattr(family, field.attname)) for field in RefreshFamily._meta.concrete_fields)
    for part in (*pair["refresh"].split("."), *pair["access"].split(".")):
        assert part not in stored
