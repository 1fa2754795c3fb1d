"""Checks moderation/help.json: that it is sound, and that no number was read at its source too long ago.

Exit code 1 where something is stale or wrong. How to mend it: read the page that `source` names, or a better one, and
set `last_verified` to that day.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from moderation import help as help_texts
from moderation.help import MAX_AGE_DAYS, Dated


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []  # of which one is that the file is sound

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--max-age-days", type=int, default=MAX_AGE_DAYS, help="older is stale (default: %(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="what was found as JSON, for programs")

    def handle(self, *args: Any, max_age_days: int, json: bool, **options: Any) -> None:
        if max_age_days < 0:
            raise CommandError("--max-age-days must be 0 or more.")
        try:
            dated = help_texts.load_help(help_texts.FILE).dated(timezone.now().date())
        except ValueError as error:
            raise CommandError(str(error)) from None
        stale = [one for one in dated if one.age_days > max_age_days]
        early = [one for one in dated if one.age_days < 0]
        if json:
            self.stdout.write(_as_json(max_age_days, len(dated), stale, early))
        else:
            self._tell(len(dated), stale, early)
        if stale or early:
            raise CommandError(f"Stale: {len(stale)} of {len(dated)} numbers; dated in the future: {len(early)}.")

    def _tell(self, count: int, stale: list[Dated], early: list[Dated]) -> None:
        for one in [*stale, *early]:
            number = one.number
            self.stdout.write(
                f"{one.country or '--'}  {number.last_verified} ({one.age_days} days)  {number.kind}  {number.label}"
                f"  {number.shown}  {number.source}"
            )
        if not stale and not early:
            self.stdout.write(f"All {count} numbers were read at their sources lately enough.")


def _as_json(max_age_days: int, count: int, stale: list[Dated], early: list[Dated]) -> str:
    found = {"max_age_days": max_age_days, "checked": count, "stale": stale, "in_the_future": early}
    return msgspec.json.encode(found).decode()
