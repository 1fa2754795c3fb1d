from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core import checks


def _check_help(**_: Any) -> list[checks.Error]:
    """A broken file stops the start, not the first person in danger."""
    from moderation import help as help_texts

    try:
        help_texts.load_help(help_texts.FILE)
    except ValueError as error:
        return [checks.Error(str(error), id="moderation.E001")]
    return []


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = "Moderation"

    def ready(self) -> None:
        checks.register(_check_help)
