"""Trains the classifier of the screening on the sentences of moderation/training, and writes weights and figures.

The same sentences and seed make the same file, byte for byte. Serving processes read the weights when they start.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from moderation import classifier
from moderation.embedding import WEIGHTS
from moderation.training import figures, fitting, sentences
from pipeline import wiring
from pipeline.errors import ProviderError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        defaults = fitting.Settings()
        parser.add_argument("--training", type=Path, default=sentences.FOLDER, help="folder of the sentences, *.jsonl")
        parser.add_argument("--out", type=Path, default=WEIGHTS, help="file of the weights")
        parser.add_argument("--seed", type=int, default=defaults.seed, help=f"default: {defaults.seed}")
        parser.add_argument(
            "--steps", type=int, default=defaults.steps, help=f"steps of each fit (default: {defaults.steps})"
        )
        parser.add_argument(
            "--false-alarms",
            type=float,
            default=defaults.false_alarms,
            help=f"share of harmless sentences that a label may be heard in (default: {defaults.false_alarms}; for a "
            f"self-harm crisis {defaults.false_alarms_of_crisis})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if options["steps"] < 1 or not 0 < options["false_alarms"] < 1:
            raise CommandError("--steps must be at least 1, and --false-alarms between 0 and 1")
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}")
        settings = fitting.Settings(seed=options["seed"], steps=options["steps"], false_alarms=options["false_alarms"])
        embedder = wiring.packaged_embedder()
        bar = tqdm(
            total=settings.steps * (settings.folds + 1), unit="step", disable=not sys.stderr.isatty(), leave=False
        )

        def steps(numbers: Iterable[int]) -> Iterable[int]:
            for number in numbers:
                yield number
                bar.update()

        try:
            patterns = sentences.read(options["training"])
            version = sentences.version(patterns, settings, embedder.fingerprint())
            trained, heard = fitting.train(
                patterns, embedder, embedder.embed, version=version, settings=settings, progress=steps
            )
        except sentences.TrainingError as error:
            raise CommandError(str(error)) from None
        except ProviderError as error:
            raise CommandError(f"{error.message} {error.detail}") from None
        finally:
            bar.close()
        classifier.save(trained, out)
        table = figures.table(heard, version)
        figures.write_to_card(out.with_name("CARD.md"), table)
        self.stdout.write(table)
        self.stdout.write(f"Written: {out} ({out.stat().st_size / 1024:,.0f} kB)")
