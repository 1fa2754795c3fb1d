"""Counts what each day had, once it is over, so that a year is read from 365 rows.

A day that was counted stays as it was: what patients delete afterwards, or is purged, isn't taken out again. There is
nothing of theirs in it but numbers.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from chat.latencies import size_of, stages_of, together
from chat.models import DayCounts, Feedback, Message, RowLock
from moderation.models import Decision

logger = logging.getLogger(__name__)

SETTLED = timedelta(hours=1)
"""After midnight, so that the last replies of a day have ended."""
LEASE = timedelta(minutes=30)
_PARTS = ("metadata__counts", "metadata__timings", "metadata__kind", "metadata__withdrawn", "metadata__unsupported")


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def count(day: date) -> DayCounts:
    """Not stored."""
    begin = datetime.combine(day, time(), UTC)
    within = {"created_at__gte": begin, "created_at__lt": begin + timedelta(days=1)}
    messages = Message.objects.filter(**within).order_by()
    numbers = messages.aggregate(
        messages=Count("pk"),
        replies=Count("pk", filter=Q(sender=Message.Sender.ASSISTANT)),
        conversations=Count("pk", filter=Q(position=1)),
        active_patients=Count("conversation__user", distinct=True, filter=Q(sender=Message.Sender.USER)),
    )
    thumbs = Feedback.objects.filter(**within).aggregate(
        thumbs_up=Count("pk", filter=Q(rating=Feedback.Rating.UP)),
        thumbs_down=Count("pk", filter=Q(rating=Feedback.Rating.DOWN)),
    )
    flags = Decision.objects.filter(**within).order_by().values_list("category").annotate(Count("pk"))
    counted = DayCounts(day=day, **numbers, **thumbs, flags=dict(flags))
    replies = messages.filter(sender=Message.Sender.ASSISTANT).values_list(*_PARTS)
    _add_replies(counted, replies.iterator(chunk_size=2000))
    return counted


def _add_replies(counted: DayCounts, replies: Iterator[tuple[Any, ...]]) -> None:
    """From their metadata, in Python: the two databases have no JSON arithmetic in common."""
    latencies: dict[str, Counter[str]] = {}
    for counts, timings, kind, withdrawn, unsupported in replies:
        counted.prompt_tokens += (counts or {}).get("prompt_tokens") or 0
        counted.completion_tokens += (counts or {}).get("completion_tokens") or 0
        counted.not_found += kind == "not_found"
        counted.withdrawn += withdrawn is True
        if isinstance(unsupported, list):
            counted.checked += 1
            counted.unsupported += len(unsupported)
        for stage, milliseconds in stages_of(timings or {}):
            latencies.setdefault(stage, Counter())[size_of(milliseconds)] += 1
    counted.latencies = {stage: dict(sizes) for stage, sizes in latencies.items()}


def days_to_count(first: date | None = None, last: date | None = None, *, again: bool = False) -> list[date]:
    """Days that are over, from the first message on, which weren't counted yet; `again`: also those that were."""
    last = min(filter(None, (last, (timezone.now() - SETTLED).astimezone(UTC).date() - timedelta(days=1))))
    if first is None:
        oldest = Message.objects.order_by("created_at").values_list("created_at", flat=True).first()
        if oldest is None:
            return []
        first = oldest.astimezone(UTC).date()
    counted = set() if again else set(DayCounts.objects.filter(day__gte=first).values_list("day", flat=True))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day not in counted]


def store(day: date) -> None:
    counted = count(day)
    fields = {field.name: getattr(counted, field.name) for field in DayCounts._meta.fields if field.name != "day"}
    DayCounts.objects.update_or_create(day=day, defaults=fields)


def count_when_due() -> None:
    """By one process at a time: whoever moves the lease on."""
    RowLock.objects.get_or_create(name="day counts")
    now = timezone.now()
    lock = RowLock.objects.filter(name="day counts")
    if not lock.filter(Q(leased_until=None) | Q(leased_until__lt=now)).update(leased_until=now + LEASE):
        return
    days = days_to_count()
    for day in days:
        store(day)
    lock.update(leased_until=None)
    if days:
        logger.info("Counted what %d days had, to %s", len(days), days[-1])


def total(days: list[DayCounts]) -> DayCounts:
    """Of several, as if they were one. Active patients are the most of a day: who came twice isn't known."""
    numbers = {
        field.name: sum(getattr(day, field.name) for day in days)
        for field in DayCounts._meta.fields
        if field.name not in ("day", "active_patients", "flags", "latencies", "counted_at")
    }
    stages = {stage for day in days for stage in day.latencies}
    return DayCounts(
        **numbers,
        day=days[0].day,
        active_patients=max(day.active_patients for day in days),
        flags=together(day.flags for day in days),
        latencies={stage: together(day.latencies.get(stage, {}) for day in days) for stage in stages},
    )
