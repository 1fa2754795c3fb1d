"""A backup as a file: a tar archive in the age format (age-encryption.org), written and read as a stream.

Only the recipient's public key is needed to write one: a stolen server opens none. Nothing of it is on disk in the
clear. `age -d -i key.txt FILE | tar t` reads it without Veda.
"""

from __future__ import annotations

import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage


class BackupError(Exception):
    """In words for the one who restores."""


class _Damaged(BackupError):
    """What came isn't a whole archive; why, the other end of the pipe knows better."""


def make_key(file: Path) -> str:
    """Its recipient. Raises BackupError."""
    identity = pyrage.x25519.Identity.generate()
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(f"{identity}\n")
    except OSError as error:
        raise BackupError(f"{file} can't be written: {error.strerror}.") from None
    return str(identity.to_public())


def recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BackupError("The recipient must be a public key like age1…: backup --make-key makes one.") from None


def identity(file: Path) -> Any:
    try:
        lines = file.read_text().splitlines()
        found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(found[0])
    except OSError as error:
        raise BackupError(f"The key {file} can't be read: {error.strerror}.") from None
    except (IndexError, UnicodeDecodeError, pyrage.IdentityError):
        raise BackupError(f"{file} is no key: it has to hold AGE-SECRET-KEY-….") from None


@contextmanager
def writing(file: Path, to: Any) -> Iterator[Archive]:
    """Under another name until it is whole. Raises BackupError."""
    part = file.with_name(f"{file.name}.part")
    try:
        out = open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")  # noqa: SIM115
    except OSError as error:
        raise BackupError(f"{part} can't be written: {error.strerror}.") from None
    try:
        with out:
            with (
                _through(lambda pipe: pyrage.encrypt_io(pipe, out, [to]), "w") as pipe,
                tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                yield Archive(tar)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def reading(file: Path, key: Any) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Each member's name and its bytes, in their order. Raises BackupError, for a broken end only after the last."""
    try:
        source = file.open("rb")
    except OSError as error:
        raise BackupError(f"{file} can't be read: {error.strerror}.") from None
    with source, _through(lambda pipe: pyrage.decrypt_io(source, pipe, [key]), "r") as pipe:
        try:
            with tarfile.open(fileobj=pipe, mode="r|") as tar:
                yield _members(tar)
            while pipe.read(io.DEFAULT_BUFFER_SIZE):
                pass
        except tarfile.TarError:
            while pipe.read(io.DEFAULT_BUFFER_SIZE):  # the thread says what is wrong with it
                pass
            raise _Damaged("The backup is broken off or damaged.") from None


class Archive:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), 0o600
        self._tar.addfile(member, io.BytesIO(data))


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        held = tar.extractfile(member)
        assert held is not None
        yield member.name, held


@contextmanager
def _through(work: Callable[[IO[bytes]], Any], mode: str) -> Iterator[IO[bytes]]:
    """The end of a pipe at whose other end `work`, a thread, takes or gives. Its failure is ours."""
    reads, writes = os.pipe()
    ours, its = (writes, reads) if mode == "w" else (reads, writes)
    failed: list[Exception] = []

    def run() -> None:
        with open(its, "rb" if mode == "w" else "wb") as end:
            try:
                work(end)
            except Exception as error:
                failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with open(ours, "wb" if mode == "w" else "rb") as end:
            yield end
    except (BrokenPipeError, _Damaged):
        thread.join()
        if not failed:
            raise
    thread.join()
    if failed:
        raise BackupError(_words(failed[0])) from None


def _words(error: Exception) -> str:
    if isinstance(error, pyrage.DecryptError):
        wrong_key = "key" in str(error).lower()
        return "This key doesn't open the backup." if wrong_key else "This is no backup of Veda."
    if isinstance(error, OSError) and error.errno is None:
        return "The backup is broken off or damaged."
    return f"The backup can't be written or read: {getattr(error, 'strerror', None) or type(error).__name__}."
