"""Counts what each day had, for the statistics of staff. `serve` does it by itself, for days that it hasn't yet.

With --again days that were counted are counted anew. What was deleted since is missing in their numbers then.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from chat.day_counts import days_to_count, store


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("a date like 2026-11-30, please") from None


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=_day, help="the first day; without it: of the oldest message")
        parser.add_argument("--to", dest="last", type=_day, help="the last day; without it: yesterday")
        parser.add_argument("--again", action="store_true", help="also days that were counted")

    def handle(
        self, *args: Any, first: date | None, last: date | None, again: bool, verbosity: int, **options: Any
    ) -> None:
        days = days_to_count(first, last, again=again)
        for day in tqdm(days, unit="day", leave=False, disable=not (verbosity and sys.stderr.isatty())):
            store(day)
        if verbosity:
            self.stdout.write(f"Counted {len(days):,} days.")
