"""Removes what is older than CONVERSATION_RETENTION_DAYS, AUDIT_RETENTION_DAYS and the fixed terms of docs/privacy.md.

`serve` does the same once a day.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from chat.purge import count_due, purge


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count what would be removed")

    def handle(self, *args: Any, dry_run: bool, verbosity: int, **options: Any) -> None:
        counts = count_due() if dry_run else purge(_bar if verbosity and sys.stderr.isatty() else None)
        if verbosity:
            self.stdout.write("Would be removed:" if dry_run else "Removed:")
            for name, count in counts.items():
                if count or verbosity > 1:
                    self.stdout.write(f"  {count:>9,} {name}")
            if not any(counts.values()):
                self.stdout.write("  nothing")


def _bar(name: str, total: int) -> Any:
    return tqdm(total=total, desc=name, unit="row", leave=False)
