"""Looks at every part that Veda stands on, and says how to mend what is amiss. Exit code 1 where one has failed."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from veda.checkup import Finding, as_json, findings

_MARKS = {"ok": "✓", "note": "·", "failed": "✗"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="every finding as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for finding in findings():
            failed += finding.state == "failed"
            self.stdout.write(json.dumps(as_json(finding)) if options["json"] else self._line(finding))
            self.stdout.flush()
        if failed:
            self.stderr.write(f"{failed} {'part has' if failed == 1 else 'parts have'} failed.")
            sys.exit(1)

    def _line(self, finding: Finding) -> str:
        style = {"ok": self.style.SUCCESS, "note": self.style.WARNING, "failed": self.style.ERROR}[finding.state]
        mend = f"\n  {'':<17}→ {finding.mend}" if finding.mend else ""
        return f"{style(_MARKS[finding.state])} {finding.part:<17}{finding.seen}{mend}"
