"""What staff read off the days: a period's days, its totals, and how fast replies were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import cached_property
from typing import Any

from django import forms

from chat import day_counts
from chat.latencies import STAGES, Latencies, percentile
from chat.models import DayCounts, Message

PERMISSION = "chat.view_daycounts"
OFFERED = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
USUAL_DAYS = 30
EARLIEST = date(2000, 1, 1)
MOST_DAYS = 3653
"""Ten years."""


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class PeriodForm(forms.Form):
    """From a query: `from` and `to`, each of which may be left out, or `days` up to today."""

    days = forms.IntegerField(required=False, min_value=1, max_value=MOST_DAYS)

    def __init__(self, query: Mapping[str, Any]) -> None:
        super().__init__(query)
        for name, label in (("from", "From"), ("to", "To")):  # `from` is no name that Python takes in a class
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                input_formats=["%Y-%m-%d"],
                error_messages={"invalid": "This must be a date, like 2026-11-30."},
                widget=forms.DateInput(attrs={"type": "date"}),
            )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.errors:
            return given
        today = day_counts.today()
        last = given["to"] or today
        days = given["days"] or USUAL_DAYS
        for name in ("from", "to"):
            if given[name] and not EARLIEST <= given[name] <= today:
                self.add_error(name, f"This must be a day from {EARLIEST} to today.")
                return given
        first = given["from"] or max(EARLIEST, last - timedelta(days=days - 1))
        if first > last:
            self.add_error("from", "The first day must come before the last.")
        elif (last - first).days >= MOST_DAYS:
            self.add_error("from", f"A period has at most {MOST_DAYS} days.")
        given["period"] = Period(first, last)
        return given

    @property
    def period(self) -> Period:
        """Of a form that is valid."""
        if not self.is_valid():
            raise ValueError
        period: Period = self.cleaned_data["period"]
        return period


@dataclass(frozen=True)
class Statistics:
    period: Period
    days: list[DayCounts]
    """Each of the period, in its order; without numbers where nothing happened or it wasn't counted yet."""
    uncounted: int
    """How many of them are over, had something perhaps, and weren't counted yet."""

    @cached_property
    def total(self) -> DayCounts:
        return day_counts.total(self.days)


def statistics_of(period: Period) -> Statistics:
    """Days that are over were counted; today, and yesterday until it is counted, are counted now."""
    counted = {row.day: row for row in DayCounts.objects.filter(day__range=(period.first, period.last))}
    today = day_counts.today()
    for day in (today - timedelta(days=1), today):
        if period.first <= day <= period.last and day not in counted:
            counted[day] = day_counts.count(day)
    days = [period.first + timedelta(days=number) for number in range(period.days)]
    missing = [day for day in days if day not in counted]
    return Statistics(period, [counted.get(day) or DayCounts(day=day) for day in days], _uncounted(missing))


def _uncounted(missing: list[date]) -> int:
    if not missing:
        return 0
    oldest = Message.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return sum(day >= oldest.astimezone(UTC).date() for day in missing) if oldest else 0


@dataclass(frozen=True, slots=True)
class Latency:
    stage: str
    count: int
    p50: int | None
    p95: int | None


def latencies_of(counts: DayCounts) -> list[Latency]:
    """By stage, in their order; milliseconds."""
    found: list[Latency] = []
    for stage in STAGES:
        sizes: Latencies = counts.latencies.get(stage, {})
        found.append(Latency(stage, sum(sizes.values()), percentile(sizes, 0.5), percentile(sizes, 0.95)))
    return found
