"""The charts on the admin's first page, each with a table behind it, and the file of all days."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chat.charts import Bars, Lines, Series, as_count, as_short_count, as_time
from chat.day_counts import total
from chat.latencies import STAGES
from chat.models import DayCounts
from chat.statistics import Statistics, latencies_of

MOST_BY_DAY, MOST_BY_WEEK = 92, 550
"""Days of a period that are shown one by one, or a week at a time; longer ones by month."""

_NUMBERS = [
    ("conversations", "Conversations begun"),
    ("messages", "Messages"),
    ("replies", "Replies"),
    ("active_patients", "Active patients"),
    ("prompt_tokens", "Tokens read"),
    ("completion_tokens", "Tokens written"),
    ("not_found", "Questions that found nothing"),
    ("withdrawn", "Withdrawn answers"),
    ("checked", "Answers checked for support"),
    ("unsupported", "Unsupported sentences"),
    ("thumbs_up", "Thumbs up"),
    ("thumbs_down", "Thumbs down"),
]


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    drawing: Lines | Bars
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    nothing: str = "Nothing in this period."

    @property
    def is_lines(self) -> bool:
        return isinstance(self.drawing, Lines)


@dataclass(frozen=True, slots=True)
class _Step:
    """What one place of a chart stands for: a day, a week, a month."""

    label: str
    days: list[DayCounts]
    sum: DayCounts

    def a_day(self, name: str) -> float:
        return round(sum(int(getattr(day, name)) for day in self.days) / len(self.days), 1)


def tiles_of(statistics: Statistics) -> list[tuple[str, str, str]]:
    """The period in a few numbers: what, how many, and a word on it."""
    sum_ = statistics.total
    latency = {found.stage: found for found in latencies_of(sum_)}
    first_word = latency["first word"]
    per_day = f"{as_count(round(sum_.conversations / len(statistics.days), 1))} a day"
    patients = round(sum(day.active_patients for day in statistics.days) / len(statistics.days), 1)
    return [
        ("Conversations", _brief(sum_.conversations), per_day),
        ("Messages", _brief(sum_.messages), f"{_brief(sum_.replies)} replies"),
        ("Active patients a day", as_count(patients), f"at most {as_count(sum_.active_patients)}"),
        ("First word after", _time(first_word.p50), f"95 % within {_time(first_word.p95)}"),
        ("Flags", as_count(sum(sum_.flags.values())), "decisions of screening"),
        ("Thumbs up", _share(sum_.thumbs_up, sum_.thumbs_up + sum_.thumbs_down), f"{as_count(sum_.thumbs_down)} down"),
    ]


def charts_of(statistics: Statistics) -> list[Chart]:
    steps, step = _steps(statistics.days)
    sum_ = statistics.total
    a_day = "" if step == "day" else f", the mean of each {step}"
    each = f" by {step}"
    of_review = {"not_found": "found nothing", "withdrawn": "withdrawn"}
    if sum_.checked:
        of_review["unsupported"] = "unsupported sentences"
    return [
        _lines("volume", f"Conversations and messages a day{a_day}", steps, step,
               {"messages": "messages", "conversations": "conversations"}, _Step.a_day),
        _lines("patients", f"Active patients a day{a_day}", steps, step, {"active_patients": "patients"}, _Step.a_day,
               note="Patients who sent a message on the day. Who comes on several days isn't recognised."),
        _lines("tokens", f"Tokens{each}", steps, step,
               {"prompt_tokens": "read", "completion_tokens": "written"}, _of_sum,
               nothing="No language model wrote in this period."),
        _latency("first-word", f"Until the first word{each}", steps, step, "first word"),
        _latency("whole-answer", f"Until the whole answer{each}", steps, step, "whole answer"),
        _stages(sum_),
        _flags(sum_),
        _lines("review", f"Answers to look at{each}", steps, step, of_review, _of_sum, note=_on_support(sum_)),
        _lines("thumbs", f"Thumbs{each}", steps, step, {"thumbs_up": "up", "thumbs_down": "down"}, _of_sum),
    ]  # fmt: skip


def _of_sum(step: _Step, name: str) -> float:
    value: float = getattr(step.sum, name)
    return value


def _lines(
    name: str,
    title: str,
    steps: list[_Step],
    step: str,
    series: dict[str, str],
    value: Callable[[_Step, str], float],
    **more: str,
) -> Chart:
    columns = [Series(label, [value(one, field) for one in steps]) for field, label in series.items()]
    return _chart(name, title, steps, step, columns, as_count, **more)


def _latency(name: str, title: str, steps: list[_Step], step: str, stage: str) -> Chart:
    found = [next(latency for latency in latencies_of(one.sum) if latency.stage == stage) for one in steps]
    columns = [Series("half within", [one.p50 for one in found]), Series("95 % within", [one.p95 for one in found])]
    return _chart(name, title, steps, step, columns, as_time, nothing="No reply was written in this period.")


def _chart(
    name: str, title: str, steps: list[_Step], step: str, columns: list[Series], words: Any, **more: str
) -> Chart:
    labels = [one.label for one in steps]
    drawing = Lines(columns, labels, words) if words is as_count else Lines(columns, labels, words, words)
    rows = [
        [label, *("–" if column.values[place] is None else words(column.values[place]) for column in columns)]
        for place, label in enumerate(labels)
    ]
    return Chart(name, title, drawing, [step.capitalize(), *(column.name for column in columns)], rows, **more)


def _stages(sum_: DayCounts) -> Chart:
    found = [latency for latency in latencies_of(sum_) if latency.count]
    drawing = Bars(["half within", "95 % within"], [(one.stage, [one.p50, one.p95]) for one in found], as_time)
    rows = [[one.stage, as_count(one.count), _time(one.p50), _time(one.p95)] for one in found]
    note = "“Starting” is from the sources to the first word. Times are right to 4.5 %."
    nothing = "No reply was written in this period."
    head = ["Stage", "replies", "half within", "95 % within"]
    return Chart("stages", "How long each stage takes", drawing, head, rows, note, nothing)


def _flags(sum_: DayCounts) -> Chart:
    found = sorted(sum_.flags.items(), key=lambda flag: (-flag[1], flag[0]))
    rows: list[tuple[str, list[float | None]]] = [(name.replace("_", " "), [count]) for name, count in found]
    table = [[name, as_count(count)] for name, count in found]
    nothing = "Screening flagged nothing in this period."
    return Chart("flags", "Flags by category", Bars(["flags"], rows), ["Category", "flags"], table, nothing=nothing)


def _on_support(sum_: DayCounts) -> str:
    if not sum_.checked:
        return "No answer of this period was checked for unsupported sentences, so none are counted."
    were = "answer was" if sum_.checked == 1 else "answers were"
    return f"{as_count(sum_.checked)} {were} checked for unsupported sentences."


def _steps(days: list[DayCounts]) -> tuple[list[_Step], str]:
    """Weeks begin on Monday; the first and the last may have fewer days."""
    if len(days) <= MOST_BY_DAY:
        return [_Step(_as_day(day.day), [day], day) for day in days], "day"
    by_week = len(days) <= MOST_BY_WEEK
    groups: dict[date, list[DayCounts]] = {}
    for day in days:
        begin = day.day - timedelta(days=day.day.weekday()) if by_week else day.day.replace(day=1)
        groups.setdefault(begin, []).append(day)
    label = _as_day if by_week else _as_month
    steps = [_Step(label(group[0].day), group, total(group)) for group in groups.values()]
    return steps, "week" if by_week else "month"


def _as_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _as_month(day: date) -> str:
    return f"{day:%b %Y}"


def _brief(number: int) -> str:
    """A tile has room for six digits; the table has them all."""
    return as_count(number) if number < 1_000_000 else as_short_count(number)


def _time(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else as_time(milliseconds)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def as_csv(statistics: Statistics) -> str:
    """A line a day: counts, then flags by category, then milliseconds by stage."""
    categories = sorted(statistics.total.flags)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(
        ["Day", *(label for _, label in _NUMBERS), *(f"Flags: {category}" for category in categories)]
        + [f"{stage.capitalize()}, {name} (ms)" for stage in STAGES for name in ("p50", "p95")]
    )
    for day in statistics.days:
        times = [value for one in latencies_of(day) for value in (one.p50, one.p95)]
        counts = [getattr(day, field) for field, _ in _NUMBERS]
        writer.writerow([day.day, *counts, *(day.flags.get(category, 0) for category in categories), *times])
    return file.getvalue()
