"""`manage.py check_resources`, and what staff see of it in the admin."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.urls import reverse
from django.utils import timezone

from moderation import help as help_texts
from moderation.help import MAX_AGE_DAYS, shipped_help
from moderation.templatetags import resources
from veda.tests.serving import manage

SHIPPED = json.loads(help_texts.FILE.read_text(encoding="utf-8"))
BANNER = "manage.py check_resources"


def with_dates(read: date, *, but: dict[tuple[str, int], date] | None = None) -> dict[str, Any]:
    """What ships, every number read on one day, but for some, by country and place."""
    data = json.loads(json.dumps(SHIPPED))
    for code, country in {"": data["international"], **data["countries"]}.items():
        for place, number in enumerate(country["numbers"]):
            number["last_verified"] = str((but or {}).get((code, place), read))
    return data


@pytest.fixture
def today() -> date:
    return timezone.now().date()


@pytest.fixture
def ship(tmp_path, monkeypatch):
    """Has another file in the place of that which ships."""

    def write(data: Any) -> None:
        file = tmp_path / "help.json"
        file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        monkeypatch.setattr(help_texts, "FILE", file)
        if not isinstance(data, str):
            monkeypatch.setattr(resources, "shipped_help", lambda: help_texts.load_help(file))

    return write


def check(*arguments: str) -> tuple[str, CommandError | None]:
    """What it wrote, and the error that ended it with exit code 1."""
    out = io.StringIO()
    try:
        call_command("check_resources", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


def test_what_ships_is_sound_and_not_dated_in_the_future(today):
    for one in shipped_help().dated(today):
        assert one.age_days >= 0, one


def test_fresh_numbers_pass(ship, today):
    ship(with_dates(today - timedelta(days=MAX_AGE_DAYS)))
    said, error = check()
    assert error is None
    assert "All " in said


def test_a_stale_number_is_listed_with_its_source_and_fails(ship, today):
    old = today - timedelta(days=MAX_AGE_DAYS + 1)
    ship(with_dates(today, but={("IE", 0): old}))
    said, error = check()
    assert "Stale: 1 of " in str(error)
    (line,) = said.splitlines()
    number = SHIPPED["countries"]["IE"]["numbers"][0]
    assert line.startswith("IE  ")
    for part in (str(old), number["kind"], number["number"], number["source"]):
        assert part in line


def test_the_exit_code_is_1_where_something_is_stale(tmp_path):
    assert manage(tmp_path, "check_resources", "--max-age-days", "0").returncode == 1
    assert manage(tmp_path, "check_resources", "--max-age-days", "36500").returncode == 0


def test_the_age_can_be_chosen(ship, today):
    ship(with_dates(today, but={("", 0): today - timedelta(days=3), ("GB", 1): today - timedelta(days=2)}))
    assert check("--max-age-days", "3")[1] is None
    said, error = check("--max-age-days", "1")
    assert error
    assert [line[:2] for line in said.splitlines()] == ["--", "GB"]  # the oldest first


@pytest.mark.parametrize("given", ["-1", "many"])
def test_an_age_that_is_none_is_refused(given):
    said, error = check("--max-age-days", given)
    assert error
    assert said == ""


def test_the_same_for_programs(ship, today):
    old = today - timedelta(days=400)
    ship(with_dates(today, but={("IE", 0): old}))
    said, error = check("--json")
    assert error
    found = json.loads(said)
    assert found["max_age_days"] == MAX_AGE_DAYS
    assert found["checked"] > 50
    (stale,) = found["stale"]
    assert (stale["country"], stale["age_days"], stale["number"]["last_verified"]) == ("IE", 400, str(old))
    ship(with_dates(today))
    said, error = check("--json")
    assert error is None
    assert json.loads(said)["stale"] == []


def test_a_day_that_hasnt_come_is_wrong(ship, today):
    ship(with_dates(today, but={("IE", 0): today + timedelta(days=2)}))
    said, error = check()
    assert "dated in the future: 1" in str(error)
    assert said.startswith("IE  ")


def test_a_broken_file_is_named_with_the_place(ship):
    data = with_dates(date(2026, 1, 1))
    del data["countries"]["IE"]["numbers"][0]["source"]
    ship(data)
    _, error = check()
    assert "help.json isn't sound: IE: " in str(error)
    assert "source" in str(error)
    with pytest.raises(SystemCheckError, match=r"help\.json isn't sound: IE: "):  # nor does a server start
        call_command("check")
    ship("{")
    assert "help.json isn't sound" in str(check("--json")[1])


@pytest.mark.django_db
def test_staff_are_told_on_every_page_of_the_admin_and_nobody_else(client, colleague, ship, today):
    ship(with_dates(today, but={("IE", 0): today - timedelta(days=MAX_AGE_DAYS + 1)}))
    assert BANNER not in client.get(reverse("account_login")).content.decode()
    client.force_login(colleague)
    for address in (reverse("admin:index"), reverse("admin:moderation_decision_changelist")):
        page = client.get(address).content.decode()
        assert "1 number to call in an emergency was last read at its source" in page
        assert BANNER in page
        assert "<style" not in page
    ship(with_dates(today))
    assert BANNER not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.django_db
def test_every_page_of_the_admin_links_to_the_numbers(client, colleague, outsider):
    link = 'href="/emergency"'
    assert link in client.get(reverse("account_login")).content.decode()
    client.force_login(outsider)
    assert link in client.get(reverse("admin:index"), follow=True).content.decode()
    client.force_login(colleague)
    assert link in client.get(reverse("admin:index")).content.decode()
    assert link in client.get(reverse("admin:moderation_decision_changelist")).content.decode()
    assert link in client.post(reverse("admin:logout")).content.decode()
