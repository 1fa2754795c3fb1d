"""The log: what standard logging is told becomes JSON lines, in files of this process's own under LOG_DIR.

Without LOG_DIR, as in a container, a server's lines go to stdout. Each names the request and the conversation that it
belongs to.
"""

from __future__ import annotations

import logging
import logging.config
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.core.files import locks
from loguru import logger

from chat.trace import trace

if TYPE_CHECKING:
    from loguru import Message, Record

MOST_BYTES = 10_000_000
KEPT = timedelta(days=7)
MOST_PROCESSES = 1000

_serves = False
_held: list[IO[str]] = []
"""The locked file that says which names this process writes under; the system lets go of it when the process ends."""
_tracebacks = logging.Formatter()
_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


class ToLoguru(logging.Handler):
    """Hands on what Django, Daphne, uvicorn and Veda itself tell standard logging."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            told: dict[str, Any] = {"logger": record.name, **trace()}
            if record.exc_info:
                told["traceback"] = _tracebacks.formatException(record.exc_info)
            level = record.levelname if record.levelname in _LEVELS else record.levelno
            logger.bind(**told).log(level, record.getMessage())
        except Exception:
            self.handleError(record)


def set_up(config: dict[str, Any]) -> None:
    """Django calls it with LOGGING (see LOGGING_CONFIG), in a server twice."""
    logging.config.dictConfig(config)
    logger.remove()
    folder: Path | None = settings.LOG_DIR
    logger.add(_to_console, level=0, format=_as_text if folder else _as_json, backtrace=False, diagnose=False)
    if folder:
        _remove_old(folder)
        ending = _ending(folder)
        _add_file(folder / f"app{ending}", 0)
        _add_file(folder / f"error{ending}", logging.ERROR)
        _add_file(folder / f"moderation{ending}", 0, _is_of_moderation)


def serve() -> None:
    """This process is a server: without files its lines go to stdout, where a command has its output."""
    global _serves
    _serves = True
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):  # its own loggers write here, and nowhere else
        own = logging.getLogger(name)
        own.propagate = own.hasHandlers()  # `--no-access-log` takes them away
        own.handlers.clear()


def _to_console(line: str) -> None:
    stream = sys.stdout if _serves and not settings.LOG_DIR else sys.stderr
    stream.write(line)
    stream.flush()


def _is_of_moderation(record: Record) -> bool:
    return str(record["extra"]["logger"]).startswith("moderation.")


def _add_file(file: Path, level: int, only: Callable[[Record], bool] | None = None) -> None:
    logger.add(
        file,
        level=level,
        format=_as_json,
        filter=only,
        rotation=_Rotation(),
        retention=lambda _: _remove_old(file.parent),
        delay=True,  # a command that has nothing to tell leaves no file behind
        watch=sys.platform != "win32",
        backtrace=False,
        diagnose=False,  # it would write down the values of variables
        encoding="utf-8",
        opener=_open_privately,
    )


class _Rotation:
    """At 10 MB, and each day: what is kept for seven days is then never much older."""

    def __init__(self) -> None:
        self._day: date | None = None

    def __call__(self, message: Message, file: IO[str]) -> bool:
        end = file.seek(0, os.SEEK_END)
        day, self._day = self._day, message.record["time"].date()
        if day is None and end:  # begun by a process before this one
            day = date.fromtimestamp(os.fstat(file.fileno()).st_mtime)
        return end > 0 and (end + len(message.encode()) > MOST_BYTES or day not in (None, self._day))


@cache
def _ending(folder: Path) -> str:
    """The first process on a folder writes `app.log`, the second beside it `app-2.log`: no two rotate the same file."""
    for number in range(1, MOST_PROCESSES):
        file = (folder / f".process-{number}").open("a")
        if locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            _held.append(file)
            return ".log" if number == 1 else f"-{number}.log"
        file.close()
    return f"-{os.getpid()}.log"


def _remove_old(folder: Path) -> None:
    """Those of processes that are no longer there, too."""
    oldest = time.time() - KEPT.total_seconds()
    for file in folder.glob("*.log"):
        with suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _as_json(record: Record) -> str:
    extra = record["extra"]
    if "line" not in extra:  # else it was made for another sink
        line = {
            "time": record["time"].isoformat(timespec="milliseconds"),
            "level": record["level"].name,
            "message": record["message"],
            **extra,
        }
        extra["line"] = msgspec.json.encode(line).decode()
    return "{extra[line]}\n"


def _as_text(record: Record) -> str:
    """For a terminal, where nobody reads JSON."""
    line = "{time:YYYY-MM-DD HH:mm:ss,SSS} {level} {extra[logger]} {message}\n"
    return line + "{extra[traceback]}\n" if "traceback" in record["extra"] else line
