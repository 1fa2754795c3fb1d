from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.models import User

pytestmark = pytest.mark.django_db


def lines_of(capsys):
    return [line.split() for line in capsys.readouterr().out.splitlines()[1:]]


def test_the_three_demo_accounts_can_sign_in_with_what_was_printed(settings, capsys):
    settings.DEBUG = True
    call_command("create_demo_accounts")
    rows = lines_of(capsys)
    assert [row[0] for row in rows] == ["Patient", "Moderator", "Admin"]
    for _, email, password in rows:
        answer = APIClient().post("/api/auth/login", {"email": email, "password": password}, format="json")
        assert answer.status_code == 200
        me = APIClient().get("/api/auth/me", HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}").json()
        assert (me["consent_current"], me["email_confirmed"]) == (True, True)
        assert me["year_of_birth"]
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_second_run_gives_new_passwords_and_no_new_accounts(settings, capsys):
    settings.DEBUG = True
    call_command("create_demo_accounts")
    first = lines_of(capsys)
    call_command("create_demo_accounts")
    second = lines_of(capsys)
    assert User.objects.count() == 3
    assert {row[2] for row in first}.isdisjoint(row[2] for row in second)
    old = {"email": first[0][1], "password": first[0][2]}
    assert APIClient().post("/api/auth/login", old, format="json").status_code == 401


def test_there_are_no_demo_accounts_off_debug(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG only"):
        call_command("create_demo_accounts")
    assert not User.objects.exists()
