"""What a patient who asks for a person is told, on duty, off duty, and where nobody promised to watch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from chat import duty
from chat.models import HelpRequest
from veda.environment import addresses, duty_hours, time_zone

MONDAY_NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SATURDAY_NIGHT = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
SUNDAY_MORNING = datetime(2026, 11, 29, 1, 59, tzinfo=UTC)


@pytest.fixture
def hours(settings, monkeypatch):
    def set_hours(given: str, zone: str = "UTC") -> None:
        monkeypatch.setenv("DUTY_HOURS", given)
        settings.DUTY_HOURS_GIVEN, settings.DUTY_HOURS = duty_hours("DUTY_HOURS")
        settings.DUTY_TIME_ZONE = zone

    return set_hours


def told(monkeypatch, now: datetime) -> dict:
    monkeypatch.setattr(duty.timezone, "now", lambda: now)
    return duty.help_as_json(HelpRequest(asked_at=now), "GB")


def test_without_hours_nothing_says_that_anybody_is_watching(hours, monkeypatch):
    hours("")
    answer = told(monkeypatch, MONDAY_NOON)
    assert answer["on_duty"] is False
    assert "no fixed times" in answer["message"]
    assert "now, until" not in answer["message"]
    assert "call now" in answer["message"]
    assert answer["emergency"]["countries"]["GB"]


def test_on_duty_it_says_until_when(hours, monkeypatch):
    hours("Mon-Fri 09:00-17:00", "Europe/Berlin")
    answer = told(monkeypatch, MONDAY_NOON)
    assert answer["on_duty"] is True
    assert "until 17:00 (Europe/Berlin)" in answer["message"]


def test_off_duty_it_says_when_messages_are_read(hours, monkeypatch):
    hours("Mon-Fri 09:00-17:00")
    answer = told(monkeypatch, SATURDAY_NIGHT)
    assert answer["on_duty"] is False
    assert "They are read Mon-Fri 09:00-17:00 (UTC), next from Monday, 09:00." in answer["message"]
    assert "Nobody reads messages now" in answer["message"]


@pytest.mark.parametrize(
    ("given", "now", "on_duty"),
    [
        ("Mon 09:00-12:00", MONDAY_NOON, False), ("Mon 12:00-12:01", MONDAY_NOON, True),
        ("Sat 22:00-02:00", SATURDAY_NIGHT, True), ("Sat 22:00-02:00", SUNDAY_MORNING, True),
        ("Sat 22:00-01:59", SUNDAY_MORNING, False), ("Fri-Mon 01:00-02:00", SUNDAY_MORNING, True),
        ("Sun-Sat 00:00-24:00", MONDAY_NOON, True), ("Tue 0:00-24:00; mon 11:59-12:30", MONDAY_NOON, True),
    ],
)  # fmt: skip
def test_hours(hours, given, now, on_duty):
    hours(given)
    assert duty.is_on_duty(now) is on_duty


@pytest.mark.parametrize(
    "given",
    ["always", "Mon", "Mon 9-17", "Mon 25:00-26:00", "Mon 09:00-24:01", "Mun 09:00-17:00", "Mon 09:00-09:00"],
)
def test_hours_that_cant_be_read_are_one_clear_line(monkeypatch, given):
    monkeypatch.setenv("DUTY_HOURS", given)
    with pytest.raises(ImproperlyConfigured, match="DUTY_HOURS must be like"):
        duty_hours("DUTY_HOURS")


def test_so_are_time_zones_and_addresses(monkeypatch):
    monkeypatch.setenv("DUTY_TIME_ZONE", "Mars/Olympus")
    with pytest.raises(ImproperlyConfigured, match="DUTY_TIME_ZONE must be"):
        time_zone("DUTY_TIME_ZONE", "UTC")
    monkeypatch.setenv("ALERT_EMAILS", "desk@veda.example, nobody")
    with pytest.raises(ImproperlyConfigured, match="ALERT_EMAILS must be"):
        addresses("ALERT_EMAILS")
    monkeypatch.setenv("ALERT_EMAILS", " desk@veda.example , two@veda.example")
    assert addresses("ALERT_EMAILS") == ["desk@veda.example", "two@veda.example"]
