"""Changing a password, and the way back in where it was forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent, RefreshFamily, User
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW = "another horse, five staples"
WEB = {"HTTP_X_VEDA_CLIENT": "web"}


@pytest.fixture(autouse=True)
def _public_url(settings):
    settings.PUBLIC_URL = "https://veda.example"


def log_in(user, password):
    return APIClient().post("/api/auth/login", {"email": user.email, "password": password}, format="json")


def change(client, current=PASSWORD, new=NEW, **headers):
    return client.post(
        "/api/auth/password", {"current_password": current, "new_password": new}, format="json", **headers
    )


def ask(email, **headers):
    return APIClient().post("/api/auth/password/reset", {"email": email}, format="json", **headers)


def reset(token, password=NEW):
    body = {"token": token, "password": password}
    return APIClient().post("/api/auth/password/reset/confirm", body, format="json")


def actions(user):
    return list(AuditEvent.objects.filter(subject_id=user.id).order_by("id").values_list("action", flat=True))


# Changing it


def test_a_change_signs_out_all_devices_and_this_one_in_again(client_of, owner, tokens_of, outsider):
    other_device, other_person = tokens_of(owner), client_of(outsider)
    client = client_of(owner)
    pair = change(client).json()
    assert set(pair) == {"access", "refresh"}
    assert client.get("/api/auth/me").status_code == 401
    refreshed = APIClient().post("/api/auth/refresh", {"refresh": other_device.refresh}, format="json")
    assert refreshed.status_code == 401
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert client.get("/api/auth/me").status_code == 200
    assert other_person.get("/api/auth/me").status_code == 200
    assert log_in(owner, PASSWORD).status_code == 401
    assert log_in(owner, NEW).status_code == 200
    assert "password_changed" in actions(owner)


def test_a_browser_gets_its_new_token_in_the_cookie(client_of, owner):
    answer = change(client_of(owner), **WEB)
    assert set(answer.json()) == {"access"}
    assert answer.cookies["veda_refresh"]["httponly"]


def test_the_owner_is_told_by_mail(client_of, owner, mailed):
    change(client_of(owner))
    (mail,) = mailed()
    assert (mail.to, mail.subject) == ([owner.email], "Your password for Veda was changed")


@pytest.mark.parametrize("current", ["not the password", "", NEW])
def test_the_present_password_is_asked_for(client_of, owner, error_of, current):
    client = client_of(owner)
    answer = change(client, current=current)
    assert (answer.status_code, error_of(answer)) == (400, "wrong_password")
    assert client.get("/api/auth/me").status_code == 200
    assert log_in(owner, PASSWORD).status_code == 200


def test_guessing_it_is_counted_as_failed_sign_ins(client_of, owner, error_of, settings):
    settings.RATES = settings.RATES | {"sign_in": ("3/hour", "")}
    client = client_of(owner)
    for _ in range(3):
        assert change(client, current="wrong").status_code == 400
    assert error_of_flood(change(client)) == "too_many_requests"
    assert error_of_flood(log_in(owner, PASSWORD)) == "too_many_requests"


def error_of_flood(answer):
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    return answer.json()["error"]["code"]


@pytest.mark.parametrize("new", ["short", "password123", "1" * 14])
def test_a_weak_new_password_is_refused_by_name(client_of, owner, error_of, new):
    answer = change(client_of(owner), new=new)
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["new_password"]
    assert log_in(owner, PASSWORD).status_code == 200


def test_an_account_without_a_password_sets_one_right_after_signing_in_and_not_later(client_of, error_of):
    user = UserFactory(password="!")
    client = client_of(user)
    RefreshFamily.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    answer = change(client, current="")
    assert (answer.status_code, error_of(answer)) == (403, "sign_in_again")
    assert change(client_of(user), current="").status_code == 200
    assert log_in(user, NEW).status_code == 200


def test_of_two_changes_at_once_one_counts(client_of, owner, at_once):
    clients = iter([(client_of(owner), f"{NEW} {number}") for number in range(4)])

    def one():
        client, new = next(clients)
        return change(client, new=new).status_code, new

    answers = at_once(one, 4)
    (winner,) = [new for status, new in answers if status == 200]
    assert log_in(owner, winner).status_code == 200


# Forgotten


@pytest.fixture
def link_of(mailed):
    """The token of the link that was mailed last."""

    def link(user):
        before = len(mailed())
        assert ask(user.email).status_code == 204
        *_, mail = mailed()[before:]
        assert mail.to == [user.email]
        line = next(line for line in mail.body.splitlines() if "#" in line)
        assert line.startswith("https://veda.example/reset-password#")
        return line.partition("#")[2]

    return link


def test_a_forgotten_password_is_reset_by_the_mailed_link_once(
    owner, outsider, tokens_of, client_of, link_of, error_of
):
    device = client_of(owner)
    link = link_of(owner)
    assert reset(link).status_code == 204
    assert device.get("/api/auth/me").status_code == 401
    assert log_in(owner, NEW).status_code == 200
    assert log_in(outsider, NEW).status_code == 401
    owner.refresh_from_db()
    assert owner.email_confirmed_at
    again = reset(link, "yet another horse")
    assert (again.status_code, error_of(again)) == (400, "link_invalid")
    assert {"reset_requested", "password_reset"} <= set(actions(owner))


def test_an_unknown_address_gets_the_same_answer_and_no_mail(owner, mailed):
    known, unknown = ask(owner.email), ask("nobody@veda.example")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
    assert [mail.to for mail in mailed()] == [[owner.email]]
    assert AuditEvent.objects.filter(action="reset_requested").count() == 2


def test_mail_goes_to_the_stored_address_however_it_is_typed(mailed):
    UserFactory(email="Anna@veda.example")
    ask(" aNNa@VEDA.example ")
    assert [mail.to for mail in mailed()] == [["Anna@veda.example"]]


def test_an_account_without_a_password_gets_one_by_mail(link_of):
    user = UserFactory(password="!")
    assert reset(link_of(user)).status_code == 204
    assert log_in(user, NEW).status_code == 200


def test_a_disabled_account_gets_no_link_and_an_older_one_is_dead(owner, link_of, mailed, error_of):
    link = link_of(owner)
    User.objects.update(is_active=False)
    assert ask(owner.email).status_code == 204
    assert len(mailed()) == 1
    answer = reset(link)
    assert (answer.status_code, error_of(answer)) == (400, "link_invalid")


def test_a_link_is_dead_after_an_hour_and_after_another_change(owner, link_of, client_of, monkeypatch, error_of):
    early, late = link_of(owner), link_of(owner)
    now = PasswordResetTokenGenerator()._now()
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: now + timedelta(seconds=3601))
    assert error_of(reset(early)) == "link_invalid"
    monkeypatch.undo()
    change(client_of(owner), new="a third horse, six staples")
    assert error_of(reset(late)) == "link_invalid"


def test_a_forged_link_resets_nothing(owner, outsider, link_of, error_of):
    link = link_of(owner)
    signature = link.partition(".")[2]
    for forged in (
        link[:-1],
        f"{outsider.id.hex}.{signature}",
        signature,
        "x",
        "..",
        f"{owner.id.hex}.",
        "é.é-é",
        "\x00",
    ):
        answer = reset(forged)
        assert answer.status_code == 400
        assert error_of(answer) in {"link_invalid", "invalid"}
    assert log_in(owner, PASSWORD).status_code == 200
    assert log_in(outsider, PASSWORD).status_code == 200


def test_a_weak_password_leaves_the_link_good(owner, link_of, error_of):
    link = link_of(owner)
    answer = reset(link, "short")
    assert (answer.status_code, error_of(answer)) == (400, "invalid")
    assert reset(link).status_code == 204


def test_of_many_who_use_a_link_at_once_one_sets_the_password(owner, link_of, at_once):
    link = link_of(owner)
    passwords = iter([f"{NEW} {number}" for number in range(4)])

    def one():
        password = next(passwords)
        return reset(link, password).status_code, password

    answers = at_once(one, 4)
    (winner,) = [password for status, password in answers if status == 204]
    assert log_in(owner, winner).status_code == 200


def test_without_mail_nobody_is_told_that_a_link_comes(owner, settings, error_of):
    settings.MAIL_WORKS = False
    for email in (owner.email, "nobody@veda.example"):
        answer = ask(email)
        assert (answer.status_code, error_of(answer)) == (503, "mail_unavailable")


def test_links_lead_where_the_operator_says_and_never_where_a_caller_says(owner, mailed, settings):
    settings.PUBLIC_URL = "https://veda.example"
    ask(owner.email, HTTP_HOST="localhost", HTTP_X_FORWARDED_HOST="evil.example")
    (mail,) = mailed()
    assert "https://veda.example/" in mail.body
    assert "localhost" not in mail.body
    assert "evil" not in mail.body


def test_on_ones_own_machine_links_lead_to_the_address_of_the_page(owner, mailed, settings):
    settings.PUBLIC_URL, settings.DEBUG = "", True
    ask(owner.email, HTTP_HOST="localhost:8000")
    (mail,) = mailed()
    assert "http://localhost:8000/reset-password#" in mail.body


def test_asking_again_and_again_floods_nobodys_mailbox(owner, mailed, settings):
    settings.RATES = settings.RATES | {"reset": ("2/hour", "4/hour")}
    assert [ask(owner.email).status_code for _ in range(3)] == [204, 204, 429]
    assert len(mailed()) == 2
    others = [ask(f"nobody{number}@veda.example").status_code for number in range(3)]
    assert others[-1] == 429
