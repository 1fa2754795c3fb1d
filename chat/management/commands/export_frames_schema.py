"""Prints the JSON Schema of the WebSocket frames, as committed in docs/frames.schema.json."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from chat.protocol import schema


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(schema(), indent=2, sort_keys=True))
