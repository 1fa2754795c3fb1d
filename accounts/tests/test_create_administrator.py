"""`manage.py create_administrator`, as a person at a shell runs it."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.tests.factories import UserFactory
from veda.tests.serving import PATIENCE

pytestmark = pytest.mark.django_db

PASSWORD = "four staples and a horse"


def create(monkeypatch, *arguments: str, password: str = PASSWORD) -> str:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    call_command("create_administrator", *arguments, stdout=said)
    return said.getvalue()


def test_it_makes_an_administrator_who_can_sign_in(monkeypatch):
    said = create(monkeypatch, "Ada@veda.example", "--name", "Ada", "--password-stdin")
    assert "Sign in at" in said
    assert "/admin/" in said
    assert PASSWORD not in said
    ada = User.objects.get()
    assert (ada.email, ada.name, ada.role, ada.is_superuser) == ("Ada@veda.example", "Ada", "admin", False)
    assert ada.groups.get().name == "Administrator"
    client = Client()
    client.post("/admin/sign-in", {"login": "ada@veda.example", "password": PASSWORD})
    assert client.get("/admin/accounts/user/").status_code == 200
    assert AuditEvent.objects.get(action="role_changed").subject_id == ada.id


def test_it_says_where_to_sign_in_and_that_a_second_factor_is_needed(monkeypatch, settings):
    settings.PUBLIC_URL, settings.ADMIN_PATH, settings.STAFF_SECOND_FACTOR = "https://veda.example", "back", True
    said = create(monkeypatch, "ada@veda.example", "--password-stdin")
    assert "https://veda.example/back/" in said
    assert "second factor" in said


def test_running_it_again_changes_nothing(monkeypatch):
    create(monkeypatch, "ada@veda.example", "--password-stdin")
    said = create(monkeypatch, "ADA@veda.example", "--password-stdin", password="something else entirely")
    assert "already" in said
    assert User.objects.get().check_password(PASSWORD)


def test_an_existing_account_is_raised_only_where_that_is_said(monkeypatch):
    user = UserFactory(email="pat@veda.example")
    before = user.password
    with pytest.raises(CommandError, match="--existing"):
        create(monkeypatch, "pat@veda.example", "--password-stdin")
    user.refresh_from_db()
    assert user.role == "patient"
    create(monkeypatch, "pat@veda.example", "--existing")
    user.refresh_from_db()
    assert (user.role, user.password) == ("admin", before)


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [
        ("nobody", PASSWORD, "not an e-mail address"),
        ("a" * 250 + "@veda.example", PASSWORD, "not an e-mail address"),
        ("ada@veda.example", "short", "too short"),
        ("ada@veda.example", "", "too short"),
        ("ada@veda.example", "ada@veda.example", "too similar"),
        ("аda@veda.example", PASSWORD, "address"),
        ("", PASSWORD, "email is empty"),
        (" ", PASSWORD, "email is empty"),
        ("\udcff@veda.example", PASSWORD, "email is not UTF-8"),
        ("ada@veda.example", PASSWORD + "\udcff", "password is not UTF-8"),
    ],
)
def test_what_is_wrong_is_told(monkeypatch, email, password, told):
    UserFactory(email="ada@veda.example") if email.startswith("а") else None
    with pytest.raises(CommandError, match=told):
        create(monkeypatch, email, "--password-stdin", password=password)
    assert not User.objects.filter(role="admin").exists()


@pytest.mark.parametrize(("name", "told"), [("", "name is empty"), ("\udcff", "name is not UTF-8")])
def test_a_name_that_nobody_could_read_is_refused(monkeypatch, name, told):
    with pytest.raises(CommandError, match=told):
        create(monkeypatch, "ada@veda.example", "--password-stdin", "--name", name)
    assert not User.objects.exists()


def test_without_a_terminal_it_asks_for_the_option(monkeypatch):
    with pytest.raises(CommandError, match="--password-stdin"):
        create(monkeypatch, "ada@veda.example")


def manage(folder: Path, *arguments: str, **more) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}
    return subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *arguments],
        env=environment, capture_output=True, timeout=PATIENCE, **{"text": True, **more},
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_errors_are_one_line_and_an_exit_code(tmp_path):
    unready = manage(tmp_path, "create_administrator", "ada@veda.example", "--password-stdin", input=PASSWORD)
    assert unready.returncode == 1
    assert "migrate" in unready.stderr
    assert "Traceback" not in unready.stderr
    for sent in ({"password": b"\xff" * 20}, {"email": b"\xff@veda.example"}, {"name": b"\xff"}):
        given = {"email": b"ada@veda.example", "name": b"Ada", "password": PASSWORD.encode(), **sent}
        wrong = manage(
            tmp_path, "create_administrator", given["email"], "--name", given["name"], "--password-stdin",
            input=given["password"], text=False,
        )  # fmt: skip
        assert wrong.returncode == 1
        (line,) = wrong.stderr.splitlines()
        assert b"UTF-8" in line or b"migrate" in line
    assert manage(tmp_path, "create_administrator").returncode == 2
    helped = manage(tmp_path, "create_administrator", "--help")
    assert helped.returncode == 0
    assert "--existing" in helped.stdout


@pytest.mark.parametrize(("second", "code"), [(PASSWORD, 0), ("another password than this", 1)])
def test_at_a_terminal_it_asks_twice(tmp_path, prepare, second, code):
    prepare(tmp_path)
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "create_administrator", "ada@veda.example"]
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment)
    shown = b""
    for prompt, answer in ((b"Password: ", PASSWORD), (b"Again: ", second)):
        while prompt not in shown:
            shown += os.read(terminal, 1000)
        shown = b""
        os.write(terminal, f"{answer}\n".encode())
    with contextlib.suppress(OSError):  # how a terminal says on Linux that nobody is there any more
        while part := os.read(terminal, 1000):
            shown += part
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code
    assert PASSWORD.encode() not in shown
