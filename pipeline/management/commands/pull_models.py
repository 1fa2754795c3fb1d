"""Fetches the models that the settings name and Ollama doesn't have yet, with progress bars."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from pipeline import wiring
from pipeline.errors import ProviderError
from pipeline.providers.ollama import OllamaHost, PullProgress


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", nargs="*", metavar="model", help="these instead of those that the settings name")
        parser.add_argument("--all", action="store_true", help="also those that are there, which may be out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["verbosity"] == 0
        host = wiring.ollama_host()
        wanted: list[str] = list(dict.fromkeys(options["models"] or configured_models()))
        state = host.state([])
        if not state.reachable:
            raise CommandError(f"{state.problem}. Is Ollama running, and is OLLAMA_URL right?")
        missing = [model for model in wanted if options["all"] or not state.has(model)]
        failed = [model for model in missing if not self._pulled(host, model, quiet)]
        if failed:
            raise CommandError(f"Not pulled: {', '.join(failed)}.")
        if not quiet:
            self.stdout.write(f"Pulled: {', '.join(missing)}." if missing else f"All are there: {', '.join(wanted)}.")

    def _pulled(self, host: OllamaHost, model: str, quiet: bool) -> bool:
        try:
            pull(host, model, quiet)
        except ProviderError as error:
            self.stderr.write(error.detail)
            return False
        return True


def configured_models() -> list[str]:
    """Of those that the settings name, the ones that Ollama is to have."""
    writers = [] if settings.LLM_PROVIDER == "local" else [settings.ANSWER_MODEL, settings.SUMMARY_MODEL]
    listens = settings.STT_PROVIDER == "http" and settings.STT_URL == settings.OLLAMA_URL
    speech = [settings.SPEECH_MODEL] if listens else []
    return [*writers, settings.VISION_MODEL, *speech, settings.EMBEDDING_MODEL]


def pull(host: OllamaHost, model: str, quiet: bool) -> None:
    """Raises ProviderError."""
    files: dict[str, PullProgress] = {}
    with tqdm(desc=model, unit="B", unit_scale=True, disable=quiet, file=sys.stderr) as bar:
        for progress in host.pull(model):
            if progress.total:
                files[progress.status] = progress
                bar.total = sum(file.total or 0 for file in files.values())
                bar.update(sum(file.completed or 0 for file in files.values()) - bar.n)
