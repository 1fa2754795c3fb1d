"""The second factor of staff, over the admin's pages and the API."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as outbox
from django.test import Client

from accounts import mail, second_factor
from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.codes import add_second_factor, code_of, recovery_codes_of
from accounts.tests.factories import PASSWORD, UserFactory
from veda.errors import SecondFactorRequired, SecondFactorWrong

pytestmark = pytest.mark.django_db(transaction=True)  # much happens after the commit

SIGN_IN, CODE, SET_UP = "/admin/sign-in", "/admin/sign-in/code", "/admin/second-factor/set-up"


def sign_in(email: str, password: str = PASSWORD, client: Client | None = None) -> Client:
    client = client or Client()
    client.answer = client.post(SIGN_IN, {"login": email, "password": password})
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def actions(user: User) -> list[str]:
    return list(AuditEvent.objects.filter(subject_id=user.id).order_by("id").values_list("action", flat=True))


def set_up(client: Client) -> str:
    """The key that the page showed, with whose code the second factor was set up."""
    secret = re.search(r"<code>([A-Z2-7]+)</code>", client.get(SET_UP).content.decode())[1]
    answer = client.post(SET_UP, {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def test_without_a_second_factor_the_password_is_enough(colleague):
    client = sign_in(colleague.email)
    assert client.answer.headers["Location"] == "/admin/"
    assert is_in(client)
    assert actions(colleague)[-1] == "signed_in"
    event = AuditEvent.objects.get(action="signed_in")
    assert (event.actor_id, event.details) == (colleague.id, {"method": "admin", "second_factor": False})


def test_with_one_a_code_is_asked_for_and_taken_once(colleague):
    secret = add_second_factor(colleague)
    client = sign_in(colleague.email)
    assert client.answer.headers["Location"] == CODE
    assert not is_in(client)
    assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert not is_in(client)
    code = code_of(secret)
    assert client.post(CODE, {"code": code}).status_code == 302
    assert is_in(client)
    assert RefreshFamily.objects.get(user=colleague).second_factor
    second = sign_in(colleague.email)
    assert second.post(CODE, {"code": code}).status_code == 200
    assert not is_in(second)


def test_the_code_of_a_neighbouring_period_is_taken_once_as_well(colleague, monkeypatch):
    secret = add_second_factor(colleague)
    code = code_of(secret, periods=-1)
    second_factor.verify(colleague, code)
    later = time.time() + 30  # what allauth remembers for one period is forgotten by then
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: later)
    with pytest.raises(SecondFactorWrong):
        second_factor.verify(colleague, code)
    with pytest.raises(SecondFactorWrong):
        second_factor.verify(colleague, code_of(secret, periods=-3))


@pytest.mark.parametrize("code", ["", "  "])
def test_no_code_is_another_answer_than_a_wrong_one(colleague, code):
    add_second_factor(colleague)
    with pytest.raises(SecondFactorRequired):
        second_factor.verify(colleague, code)


@pytest.mark.parametrize("code", ["0", "x" * 5000, "１２３４５６", "\x00", "-1", "None"])
def test_nonsense_is_a_wrong_code(colleague, code):
    add_second_factor(colleague)
    with pytest.raises(SecondFactorWrong):
        second_factor.verify(colleague, code)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_many_who_give_the_same_code_at_once_one_comes_in(at_once, kind):
    user = UserFactory(role=User.Role.MODERATOR)
    secret = add_second_factor(user)
    code = code_of(secret) if kind == "app" else recovery_codes_of(user)[0]

    def give() -> bool:
        try:
            second_factor.verify(User.objects.get(id=user.id), code)
        except SecondFactorWrong:
            return False
        return True

    assert sum(at_once(give, 8)) == 1


def test_a_recovery_code_signs_in_once(colleague):
    add_second_factor(colleague)
    code = recovery_codes_of(colleague)[3]
    client = sign_in(colleague.email)
    client.post(CODE, {"code": code})
    assert is_in(client)
    second = sign_in(colleague.email)
    second.post(CODE, {"code": code})
    assert not is_in(second)
    assert len(recovery_codes_of(colleague)) == 9


def test_the_page_of_the_code_needs_the_password_first(colleague):
    secret = add_second_factor(colleague)
    client = Client()
    assert client.post(CODE, {"code": code_of(secret)}).headers["Location"] == SIGN_IN
    assert not is_in(client)


def test_staff_set_one_up_and_are_told(colleague):
    client = sign_in(colleague.email)
    secret = set_up(client)
    assert is_in(client)
    assert actions(colleague)[-1] == "second_factor_added"
    mail.drain()
    assert outbox.outbox[-1].to == [colleague.email]
    again = sign_in(colleague.email)
    assert again.answer.headers["Location"] == CODE
    assert again.post(CODE, {"code": code_of(secret)}).status_code == 200, "the code it was set up with is spent"
    again.post(CODE, {"code": code_of(secret, periods=1)})
    assert is_in(again)
    page = again.get("/admin/second-factor/recovery-codes").content.decode()
    assert all(code in page for code in recovery_codes_of(colleague))


def test_a_wrong_code_sets_nothing_up(colleague):
    client = sign_in(colleague.email)
    client.get(SET_UP)
    assert client.post(SET_UP, {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()


def test_setting_one_up_signs_out_all_other_devices(colleague, client_of):
    elsewhere, here, page = sign_in(colleague.email), sign_in(colleague.email), client_of(colleague)
    set_up(here)
    assert is_in(here)
    assert elsewhere.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/admin/sign-in?")
    assert page.get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("path", ["", "/set-up", "/remove", "/recovery-codes", "/recovery-codes/new"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_from_before_sees_no_page_of_it_without_a_code(colleague, path, method):
    client = sign_in(colleague.email)
    add_second_factor(colleague)
    codes = recovery_codes_of(colleague)
    answer = getattr(client, method)(f"/admin/second-factor{path}", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/admin/sign-in/again/code")
    assert not [code for code in codes if code in answer.content.decode()]
    assert recovery_codes_of(colleague) == codes
    client.post("/admin/sign-in/again", {"password": PASSWORD})
    assert getattr(client, method)(f"/admin/second-factor{path}").status_code == 302, "the password isn't enough"


def test_an_older_session_is_asked_for_the_code_where_there_is_one_since(colleague):
    elsewhere = sign_in(colleague.email)
    secret = add_second_factor(colleague)
    assert elsewhere.get("/admin/").status_code == 302
    again = elsewhere.get("/admin/", follow=True)
    assert again.redirect_chain[-1][0].startswith("/admin/sign-in/again/code")
    elsewhere.post("/admin/sign-in/again/code", {"code": code_of(secret, periods=1), "next": "/admin/"})
    assert is_in(elsewhere)


def test_to_remove_it_staff_sign_in_again(colleague):
    secret = add_second_factor(colleague)
    client = sign_in(colleague.email)
    client.post(CODE, {"code": code_of(secret)})
    RefreshFamily.objects.update(created_at=RefreshFamily.objects.get().created_at.replace(year=2020))
    remove = "/admin/second-factor/remove"
    asked = client.post(remove)
    assert asked.headers["Location"].startswith("/admin/sign-in/again/code")
    assert second_factor.has_second_factor(colleague)
    assert client.get("/admin/sign-in/again").status_code == 302, "the password isn't enough"
    client.post("/admin/sign-in/again/code", {"code": code_of(secret, periods=1), "next": remove})
    client.post(remove)
    assert not Authenticator.objects.exists()
    assert actions(colleague)[-1] == "second_factor_removed"
    assert is_in(client)


class TestWhereItIsRequired:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.STAFF_SECOND_FACTOR = True

    @pytest.mark.parametrize("path", ["", "chat/conversation/", "moderation/decision/", "password_change/"])
    def test_staff_without_one_see_only_the_page_that_sets_it_up(self, colleague, path):
        client = sign_in(colleague.email)
        answer = client.get(f"/admin/{path}", follow=True)
        assert answer.redirect_chain[-1][0] == SET_UP
        set_up(client)
        assert client.get(f"/admin/{path}").status_code == 200

    def test_removing_it_leads_back_to_that_page(self, colleague):
        client = sign_in(colleague.email)
        set_up(client)
        client.post("/admin/second-factor/remove")
        assert client.get("/admin/", follow=True).redirect_chain[-1][0] == SET_UP

    def test_staff_routes_refuse_a_sign_in_without_one(self, colleague, error_of):
        tokens = Client().post(
            "/api/auth/login", {"email": colleague.email, "password": PASSWORD}, content_type="application/json"
        )
        bearer = {"authorization": f"Bearer {tokens.json()['access']}"}
        answer = Client().get("/api/admin/metrics", headers=bearer)
        assert (answer.status_code, error_of(answer)) == (403, "second_factor_missing")
        client = sign_in(colleague.email)
        answer = client.get("/api/admin/metrics")
        assert (answer.status_code, error_of(answer)) == (403, "second_factor_missing")
        set_up(client)
        assert client.get("/api/admin/metrics").status_code == 200

    def test_a_token_of_a_sign_in_with_a_code_will_do(self, colleague):
        secret = add_second_factor(colleague)
        login = {"email": colleague.email, "password": PASSWORD, "code": code_of(secret)}
        tokens = Client().post("/api/auth/login", login, content_type="application/json").json()
        bearer = {"authorization": f"Bearer {tokens['access']}"}
        assert Client().get("/api/admin/metrics", headers=bearer).status_code == 200


def test_the_database_alone_opens_nothing(colleague):
    secret = add_second_factor(colleague)
    codes = recovery_codes_of(colleague)
    kept = str(list(Authenticator.objects.filter(user=colleague).values_list("data", flat=True)))
    assert not [text for text in (secret, *codes) if text in kept]


def test_after_another_secret_key_no_code_is_right(colleague, settings):
    secret = add_second_factor(colleague)
    settings.SECRET_KEY = "another-" + "0" * 40
    with pytest.raises(SecondFactorWrong):
        second_factor.verify(colleague, code_of(secret))
