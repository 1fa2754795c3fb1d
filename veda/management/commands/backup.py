"""Writes an encrypted backup: all tables and the pictures of patients, as they stand at one moment, while Veda runs.

It is written in the age format for the owner of a public key, which BACKUP_RECIPIENT or --recipient gives. Make a key
once with --make-key, and keep it elsewhere than the backups: without it nobody opens them, Veda neither.
DATA_DIR/deletions.jsonl, which says what was deleted since, belongs with the backups; so do SECRET_KEY and .env.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from tqdm import tqdm

from veda import backup_file, backups
from veda.backup_file import BackupError
from veda.environment import read


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="to write, like veda-2026-11-29.age; or the key, with --make-key")
        parser.add_argument(
            "--recipient", default=read("str", "BACKUP_RECIPIENT", ""), help="public key (BACKUP_RECIPIENT)"
        )
        parser.add_argument("--make-key", action="store_true", help="only make a key, and say its recipient")

    def handle(self, *args: Any, file: Path, recipient: str, make_key: bool, verbosity: int, **options: Any) -> None:
        try:
            if make_key:
                self.stdout.write(f"BACKUP_RECIPIENT={backup_file.make_key(file)}")
                return
            if file.exists():
                raise BackupError(f"{file} exists already.")
            to = backup_file.recipient(recipient)
            if backups.is_unfinished():
                raise BackupError("A restore into this database was broken off. Finish it first.")
            quiet = not (verbosity and sys.stderr.isatty())
            with tqdm(total=backups.count(), desc="backing up", unit="row", leave=False, disable=quiet) as bar:
                contents = backups.back_up(file, to, bar.update)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"No backup ({type(error).__name__}): is the database there, and room?") from None
        if verbosity:
            self.stdout.write(
                f"{sum(contents.rows.values()):,} rows and {contents.files:,} files are in {file} "
                f"({file.stat().st_size:,} bytes)."
            )
