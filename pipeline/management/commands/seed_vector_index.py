"""Loads the health topics that ship with Veda and builds the search index. Again and again without doubling."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from pipeline import ingest, wiring
from pipeline.errors import IncompleteIndex, ProviderError
from pipeline.loaders.markdown import InvalidTopic, read_topic
from pipeline.models import Document, Passage


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--folder", type=Path, default=wiring.KNOWLEDGE_FOLDER, help="other topics than the shipped ones"
        )
        parser.add_argument("--rebuild", action="store_true", help="build the index though nothing changed")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        files = sorted(file for file in folder.glob("*.md") if file.name != "README.md")
        if not files:
            raise CommandError(f"No topics (*.md) in {folder}.")
        quiet = options["verbosity"] == 0
        index = wiring.index_folder()
        try:
            read = [read_topic(file) for file in files]
            with tqdm(read, desc="Health topics", unit="topic", disable=quiet, file=sys.stderr) as bar:
                summary = ingest.load_topics(
                    bar, origin=Document.SHIPPED, before_change=lambda: ingest.note_change(index)
                )
        except InvalidTopic as error:
            raise CommandError(f"{error}. Nothing was changed in the index.") from None
        built = ""
        try:
            if options["rebuild"] or ingest.is_behind(index, wiring.embedder(), wiring.vector_store()):
                total = Passage.objects.filter(document__retired_at=None).count()
                with tqdm(total=total, desc="Search index", unit="passage", disable=quiet, file=sys.stderr) as bar:
                    number = ingest.build_index(
                        index, wiring.embedder(), wiring.vector_store(), wiring.lexicon(), bar.update
                    )
                built = f" Index {number} holds {total} passages."
        except IncompleteIndex as error:
            note = "The new index is in use; until this is run again, words alone find what it lacks there"
            self.stderr.write(f"{error.detail}. {note}.")
        except ProviderError as error:
            raise CommandError(f"{error.detail or error}. The index in use was not changed.") from None
        kept = f" {summary.kept} stayed as staff had edited them." if summary.kept else ""
        if not quiet:
            self.stdout.write(
                f"Topics: {summary.added} added, {summary.changed} changed, {summary.removed} removed, "
                f"{summary.unchanged} unchanged.{kept}{built}"
            )
