"""Takes documents from outside into the knowledge base, and builds the search index anew where anything changed.

Reads MedlinePlus health topics (XML), MedQuAD (XML), JSON lines, Markdown, HTML, PDF and plain text, each also as .gz.
Folders are walked. What hasn't changed since the last time is passed over, so that a run that was broken off can simply
be started again. What can't be read is told, one line each, and the rest goes on.
"""

from __future__ import annotations

import json
import re
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from tqdm import tqdm

from pipeline import ingest, wiring
from pipeline.errors import IncompleteIndex, ProviderError
from pipeline.intake import Duplicate, Intake
from pipeline.loaders.files import KINDS, Found, Left, find_files, read_file
from pipeline.loaders.outside import OutsideDocument, Refused
from pipeline.models import Document, Passage

SOMETHING_REFUSED = 3
_MOST_LINES = 20
"""Of refusals, for one file."""
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = f"Ends with 0 if all went in, {SOMETHING_REFUSED} if some was refused, 1 if it couldn't begin."
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
        parser.add_argument("--source", help="a short name for where they come from; by default made of the first PATH")
        parser.add_argument("--publisher", default="", help="of documents that don't name their own")
        parser.add_argument(
            "--remove-missing", action="store_true", help="remove what the same source had before and hasn't any more"
        )
        parser.add_argument(
            "--replace-edited", action="store_true", help="take the source's text also where staff edited a document"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and compare, but change nothing")
        parser.add_argument("--json", action="store_true", help="the summary as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        begin = time.monotonic()
        source, files = self._source(options), self._files(options["paths"])
        self.quiet = options["verbosity"] == 0 or options["json"]
        self.refused: list[dict[str, str]] = []
        self.left_out: list[dict[str, str]] = []
        """On purpose."""
        index = wiring.index_folder()
        intake = Intake(
            source,
            publisher=options["publisher"],
            replace_edited=options["replace_edited"],
            dry_run=options["dry_run"],
            before_change=lambda: ingest.note_change(index),
        )
        try:
            intake.take(self._documents(files, intake))
        except IntegrityError:
            raise CommandError("Somebody else was loading the same documents. Please run it again.") from None
        if options["remove_missing"] and not self.refused:
            intake.remove_missing()
        built = None if options["dry_run"] else self._build_index(index)
        if options["json"]:
            self._write_json(source, options["dry_run"], intake, built, time.monotonic() - begin)
        elif not self.quiet:
            self._write_words(source, options, intake, built)
        if self.refused:
            sys.exit(SOMETHING_REFUSED)

    def _source(self, options: dict[str, Any]) -> str:
        source: str = options["source"] or source_of(options["paths"][0])
        if not _SOURCE.fullmatch(source) or source in (Document.SHIPPED, Document.STAFF):
            raise CommandError(
                "--source must be 1 to 32 of a-z, 0-9, - and _, and neither “shipped” nor “staff”: they are Veda's own."
            )
        return source

    def _files(self, paths: list[Path]) -> list[Found | Left]:
        for path in paths:
            if not path.exists():
                raise CommandError(f"{path}: there is no such file or folder.")
        files = [found for path in paths for found in find_files(path)]
        if not files:
            raise CommandError(f"There is no file that can be read. Those are: {', '.join(KINDS)}, each also as .gz.")
        return files

    def _write_json(
        self, source: str, dry_run: bool, intake: Intake, built: tuple[int, int] | None, seconds: float
    ) -> None:
        summary = intake.summary
        told = {
            "source": source, "dry_run": dry_run, "added": summary.added, "changed": summary.changed,
            "unchanged": summary.unchanged, "removed": summary.removed, "kept_as_edited": intake.edited,
            "refused": self.refused, "left_out": self.left_out,
            "index": built and {"number": built[0], "passages": built[1]}, "seconds": round(seconds, 1),
        }  # fmt: skip
        self.stdout.write(json.dumps(told))

    def _write_words(self, source: str, options: dict[str, Any], intake: Intake, built: tuple[int, int] | None) -> None:
        summary = intake.summary
        for title in intake.edited:
            self.stderr.write(f"“{title}” has changed at its source, but stays as staff edited it.")
        kept_back = options["remove_missing"] and self.refused
        self.stdout.write(
            f"{source}: {summary.added} added, {summary.changed} changed, {summary.removed} removed, "
            f"{summary.unchanged} unchanged, {summary.kept} kept as edited, {len(self.refused)} refused."
            + (" Nothing was removed, as not all could be read." if kept_back else "")
            + (" Nothing was changed, as this was a dry run." if options["dry_run"] else "")
            + (f" Index {built[0]} holds {built[1]} passages." if built else "")
        )

    def _documents(self, files: list[Found | Left], intake: Intake) -> Iterator[OutsideDocument]:
        total = sum(file.size for file in files if isinstance(file, Found))
        with tqdm(
            total=total, desc="Documents", unit="B", unit_scale=True, disable=self.quiet, file=sys.stderr
        ) as self.bar:
            for file in files:
                self.lines = 0
                if isinstance(file, Left):
                    self._refuse(file.path, file.refused)
                else:
                    yield from self._of_file(file, intake)
                if self.lines > _MOST_LINES:
                    self._say(f"{file.path}: and {self.lines - _MOST_LINES} more")

    def _of_file(self, file: Found, intake: Intake) -> Iterator[OutsideDocument]:
        for item in read_file(file, self.bar.update):
            if isinstance(item, Refused):
                self._refuse(file.path, item)
                continue
            try:
                intake.note(item)
            except Duplicate:
                self._refuse(file.path, Refused(f"“{item.key}”", "its id was there before; the first is kept"))
            else:
                yield item

    def _refuse(self, path: Path, refused: Refused) -> None:
        told = self.left_out if refused.on_purpose else self.refused
        told.append({"file": str(path), "where": refused.where, "why": refused.why})
        self.lines += 1
        if self.lines <= _MOST_LINES:
            self._say(": ".join(filter(None, (str(path), refused.where, refused.why))))

    def _say(self, line: str) -> None:
        """Above the progress bar."""
        with tqdm.external_write_mode(file=sys.stderr):
            self.stderr.write(line.encode("utf-8", "replace").decode())

    def _build_index(self, index: Path) -> tuple[int, int] | None:
        """Its number and passages; also where an earlier run was killed before it came to this."""
        try:
            if not ingest.is_behind(index, wiring.embedder(), wiring.vector_store()):
                return None
            total = Passage.objects.filter(document__retired_at=None).count()
            with tqdm(total=total, desc="Search index", unit="passage", disable=self.quiet, file=sys.stderr) as bar:
                return ingest.build_index(
                    index, wiring.embedder(), wiring.vector_store(), wiring.lexicon(), bar.update
                ), total
        except IncompleteIndex as error:
            note = "The new index is in use; until this is run again, words alone find what it lacks there"
            self.stderr.write(f"{error.detail}. {note}.")
            return None
        except ProviderError as error:
            raise CommandError(
                f"{error.detail or error}. The documents are stored; the index in use was not changed."
            ) from None


def source_of(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_]+", "-", path.absolute().name.casefold().partition(".")[0]).strip("-_")
    return name[:32]
