"""When staff read messages, as far as the operator promises it, and what a patient who asks for a person is told.

Without duty hours nothing says that anybody is watching.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from moderation import services as moderation

WEEK_MINUTES = 7 * 24 * 60

_DANGER = (
    "They can read this conversation until your request is closed. If somebody is in danger, don't wait for an answer "
    "here: call now."
)
_NO_HOURS = (
    "Staff see your request when they next look. There are no fixed times for that: an answer can take long, or not "
    "come at all."
)
_ON_DUTY = "Staff read messages now, until {until} ({zone}). It can take a while until one answers."
_OFF_DUTY = "Nobody reads messages now. They are read {hours} ({zone}), next from {next}."


def is_on_duty(now: datetime | None = None) -> bool:
    return _time_left(now or timezone.now()) is not None


def help_as_json(request: Any, country: str = "") -> dict[str, Any]:
    """What the patient who asked is told, with the numbers to call: `help` of a conversation."""
    now = timezone.now()
    return {
        "asked_at": request.asked_at,
        "on_duty": is_on_duty(now),
        "message": f"{_message(now)} {_DANGER}",
        "emergency": moderation.resources(country),
    }


def _message(now: datetime) -> str:
    spans = settings.DUTY_HOURS
    if not spans:
        return _NO_HOURS
    zone = settings.DUTY_TIME_ZONE
    if left := _time_left(now):
        return _ON_DUTY.format(until=f"{_local(now + left):%H:%M}", zone=zone)
    minute = _minute_of_week(now)
    wait = min((start - minute) % WEEK_MINUTES for start, _ in spans)
    return _OFF_DUTY.format(
        hours=settings.DUTY_HOURS_GIVEN, zone=zone, next=f"{_local(now + timedelta(minutes=wait)):%A, %H:%M}"
    )


def _time_left(now: datetime) -> timedelta | None:
    """Until the last of the spans that hold now is over; None: none does."""
    minute = _minute_of_week(now)
    left = [
        length - passed for start, length in settings.DUTY_HOURS if (passed := (minute - start) % WEEK_MINUTES) < length
    ]
    return timedelta(minutes=max(left)) if left else None


def _minute_of_week(now: datetime) -> int:
    local = _local(now)
    return local.weekday() * 24 * 60 + local.hour * 60 + local.minute


def _local(now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(settings.DUTY_TIME_ZONE))
