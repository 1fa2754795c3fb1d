"""What a backup holds and how it comes back: all rows as JSON lines, whatever the database, and the files of patients.

The search index isn't in it: it is built from the rows. Secrets of the settings aren't either.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from django.utils import timezone

from accounts.models import RefreshFamily, User
from chat import deletion, deletion_ledger
from chat.models import Attachment, HealthProfile, RowLock
from chat.stored_files import UPLOADS_FOLDER
from veda.backup_file import Archive, BackupError, reading, writing
from veda.errors import LastAdministrator

FORMAT = 1
AT_ONCE = 500
LEFT_OUT = {"sessions.Session"}
"""Everybody signs in again: who was signed out since the backup mustn't be let in by it."""
MADE_BY_MIGRATIONS = {
    "auth.Permission", "auth.Group", "auth.Group_permissions", "contenttypes.ContentType", "chat.RowLock"
}  # fmt: skip
UNFINISHED = "restore"
"""Name of the row that says that a restore was begun and hasn't ended."""

Progress = Callable[[int], Any]
"""Told how many rows or files were done."""


class Manifest(msgspec.Struct, frozen=True):
    format: int
    made_at: datetime
    migrations: list[str]


class Contents(msgspec.Struct):
    """The last member: how many rows of each table, how many files, and a hash over all of it."""

    rows: dict[str, int] = {}
    files: int = 0
    sha256: str = ""


def models() -> list[type[Model]]:
    """All tables, those that others point to first."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in LEFT_OUT]
    ordered: list[type[Model]] = []

    def place(model: type[Model]) -> None:
        if model in ordered or model not in found:
            return
        for field in model._meta.concrete_fields:
            if field.related_model and field.related_model is not model:
                place(field.related_model)
        ordered.append(model)

    for model in found:
        place(model)
    return ordered


def count() -> int:
    return sum(model._base_manager.count() for model in models()) + Attachment.objects.count()


# Making one


def back_up(file: Path, to: Any, progress: Progress) -> Contents:
    """As everything stood at one moment; who writes isn't held up. Raises BackupError."""
    contents, digest = Contents(), hashlib.sha256()
    with writing(file, to) as archive, _one_moment():
        manifest = Manifest(FORMAT, datetime.now(UTC), _migrations())
        archive.add("manifest.json", msgspec.json.encode(manifest))
        for model in models():
            _add_table(archive, model, contents, digest, progress)
        _add_files(archive, contents, digest, progress)
        contents.sha256 = digest.hexdigest()
        archive.add("contents.json", msgspec.json.encode(contents))
    return contents


@contextmanager
def _one_moment() -> Iterator[None]:
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # Django's own would be IMMEDIATE, and keep everybody from writing
        try:
            yield
        finally:
            cursor.execute("COMMIT")


def _add_table(archive: Archive, model: type[Model], contents: Contents, digest: Any, progress: Progress) -> None:
    label = model._meta.label
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=AT_ONCE)
    contents.rows[label] = 0
    batch: list[bytes] = []

    def store() -> None:
        if not batch:
            return
        data = b"".join(batch)
        digest.update(data)
        archive.add(f"rows/{label}/{contents.rows[label]}.jsonl", data)
        contents.rows[label] += len(batch)
        progress(len(batch))
        batch.clear()

    for row in rows:
        batch.append(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n")
        if len(batch) == AT_ONCE:
            store()
    store()


def _add_files(archive: Archive, contents: Contents, digest: Any, progress: Progress) -> None:
    """One that is deleted meanwhile is left out: its row goes by the ledger."""
    for name in Attachment.objects.order_by("pk").values_list("file", flat=True).iterator(chunk_size=AT_ONCE):
        with suppress(FileNotFoundError):
            with default_storage.open(name) as held:
                data = held.read()
            digest.update(data)
            archive.add(name, data)
            contents.files += 1
        progress(1)


# Taking one back


def check(file: Path, key: Any, progress: Progress) -> tuple[Manifest, Contents]:
    """Reads it to its end: whether it is whole, and what is in it. Raises BackupError."""
    digest = hashlib.sha256()
    found, told = Contents(), Contents()
    manifest: Manifest | None = None
    with reading(file, key) as members:
        for name, held in members:
            data = held.read()
            if manifest is None:
                manifest = _manifest(name, data)
            elif name == "contents.json":
                told = msgspec.json.decode(data, type=Contents)
            else:
                digest.update(data)
                if label := _table(name):
                    found.rows[label] = found.rows.get(label, 0) + data.count(b"\n")
                else:
                    found.files += 1
                progress(1)
    found.sha256 = digest.hexdigest()
    told.rows = {label: rows for label, rows in told.rows.items() if rows}
    if manifest is None or found != told:
        raise BackupError("The backup is broken off or damaged.")
    return manifest, told


def _manifest(name: str, data: bytes) -> Manifest:
    try:
        if name != "manifest.json":
            raise BackupError("This is no backup of Veda.")
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError:
        raise BackupError("This is no backup of Veda.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"This backup has format {manifest.format}, and this version of Veda reads {FORMAT}.")
    return manifest


def refuse_target(manifest: Manifest) -> None:
    """Where something is lost or mixed up. Raises BackupError."""
    if manifest.migrations != _migrations():
        raise BackupError(
            "The backup was made by another version of Veda (other migrations). Restore it with that, then upgrade."
        )
    if RowLock.objects.filter(name=UNFINISHED).exists():
        return
    for model in models():
        if model._meta.label not in MADE_BY_MIGRATIONS and model._base_manager.exists():
            raise BackupError(f"The database isn't empty ({model._meta.label} has rows). Restore into an empty one.")


def restore(file: Path, key: Any, ledgers: list[Path], progress: Progress) -> int:
    """All rows or none. How many were deleted again. Raises BackupError, OSError, ValueError.

    Who is killed half-way leaves a mark: no server starts on it, and the same can be done again.
    """
    deleted = [entry for ledger in ledgers for entry in deletion_ledger.entries(ledger)]
    RowLock.objects.get_or_create(name=UNFINISHED)
    with transaction.atomic(), ExitStack() as dated:
        for model in models():
            dated.enter_context(_dated_as_given(model))
        _empty()
        with reading(file, key) as members:
            for name, held in members:
                if label := _table(name):
                    progress(_load(label, held))
                elif name.startswith(f"{UPLOADS_FOLDER}/"):
                    _store_file(name, held.read())
                    progress(1)
        _set_sequences()
        RefreshFamily.objects.filter(revoked_at=None).update(revoked_at=timezone.now())
        again = _delete_again(deleted)
        RowLock.objects.filter(name=UNFINISHED).delete()
    return again


def is_unfinished() -> bool:
    return RowLock.objects.filter(name=UNFINISHED).exists()


def _empty() -> None:
    """Of what migrations put in, and of nothing else: `refuse_target` has looked."""
    with connection.cursor() as cursor:
        for model in reversed(models()):
            if model is not RowLock:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
    RowLock.objects.exclude(name=UNFINISHED).delete()


def _load(label: str, held: IO[bytes]) -> int:
    """Nothing but the rows: no signal is sent, and the database's triggers count messages anew."""
    model = apps.get_model(label)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    rows = []
    for line in held.read().splitlines():
        row = {name: fields[name].to_python(value) for name, value in msgspec.json.decode(line).items()}
        if label == "chat.Conversation":
            row["messages_count"] = 0
        rows.append(model(**row))
    model._base_manager.bulk_create(rows)
    return len(rows)


def _store_file(name: str, data: bytes) -> None:
    """Over what a restore before this one left."""
    if not re.fullmatch(rf"{UPLOADS_FOLDER}/[0-9a-f-]{{36}}/[\w.-]+", name):
        raise BackupError("The backup names a file that can't be one of Veda's.")
    default_storage.delete(name)
    default_storage.save(name, ContentFile(data))


def _set_sequences() -> None:
    """PostgreSQL gives the next number where its own counting stands, which the rows didn't move."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models()):
            cursor.execute(statement)


def _delete_again(deleted: list[tuple[deletion_ledger.What, Any]]) -> int:
    again = 0
    for what, row_id in deleted:
        if what == "conversation":
            again += deletion.remove_conversation(row_id)
        elif what == "health_profile":
            again += bool(HealthProfile.objects.filter(id=row_id).delete()[0])
        elif user := User.objects.filter(id=row_id, deleted_at=None).first():
            with suppress(LastAdministrator):
                deletion.delete_account(user=user)
                again += 1
    return again


@contextmanager
def _dated_as_given(model: type[Model]) -> Iterator[None]:
    """No time is the clock's."""
    changed: list[tuple[Any, str]] = []
    for field in model._meta.concrete_fields:
        for name in ("auto_now", "auto_now_add"):
            if getattr(field, name, False):
                setattr(field, name, False)
                changed.append((field, name))
    try:
        yield
    finally:
        for field, name in changed:
            setattr(field, name, True)


def _table(name: str) -> str:
    """Empty: it is no table's."""
    found = re.fullmatch(r"rows/([\w.]+)/\d+\.jsonl", name)
    return found[1] if found else ""


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
