"""Takes a backup back into an empty database, of either kind, and what was deleted since is deleted again.

The file is read to its end before anything is changed. The database is set up where it is bare, has to be of the same
version of Veda, and gets all rows or none. Everybody has to sign in again. Who is killed half-way leaves a mark: no
server starts, and the same command can be run again. The search index is built afterwards: manage.py seed_vector_index.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from tqdm import tqdm

from chat import deletion_ledger
from veda import backup_file, backups
from veda.backup_file import BackupError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument("--key", type=Path, required=True, help="file with the key that `backup --make-key` made")
        parser.add_argument(
            "--deletions",
            type=Path,
            action="append",
            default=[],
            help="a deletions.jsonl, maybe several; that of DATA_DIR is always read",
        )
        parser.add_argument("--check", action="store_true", help="only read the backup to its end")

    def handle(
        self, *args: Any, file: Path, key: Path, deletions: list[Path], check: bool, verbosity: int, **options: Any
    ) -> None:
        quiet = not (verbosity and sys.stderr.isatty())
        try:
            identity = backup_file.identity(key)
            for ledger in deletions:
                if not ledger.is_file():
                    raise BackupError(f"{ledger}: there is no such file.")
                list(deletion_ledger.entries(ledger))
            with tqdm(desc="checking", unit="part", leave=False, disable=quiet) as bar:
                manifest, contents = backups.check(file, identity, bar.update)
            rows = sum(contents.rows.values())
            if check:
                made = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
                self.stdout.write(f"Whole: {rows:,} rows and {contents.files:,} files, of {made}.")
                return
            call_command("migrate", verbosity=0, interactive=False)
            backups.refuse_target(manifest)
            own = deletion_ledger.file()
            ledgers = [*deletions, *([own] if own.exists() else [])]
            total = rows + contents.files
            with tqdm(total=total, desc="restoring", unit="row", leave=False, disable=quiet) as bar:
                again = backups.restore(file, identity, ledgers, bar.update)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except (ValueError, KeyError):
            raise CommandError("A file given by --deletions, or DATA_DIR/deletions.jsonl, is damaged.") from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"Not restored ({type(error).__name__}): is everything there, and room?") from None
        if verbosity:
            deletions_again = f"{again:,} {'deletion' if again == 1 else 'deletions'}"
            self.stdout.write(f"{rows:,} rows and {contents.files:,} files restored; {deletions_again} done again.")
            self.stdout.write("Now build the search index: python manage.py seed_vector_index")
