"""How settings are read from the environment: a wrong value is one clear line, which never shows what was given.

Each may lie in a file instead, which `<NAME>_FILE` names, as containers are given their secrets.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
import limits
from django.core.exceptions import ImproperlyConfigured

_environment = environ.FileAwareEnv().ENVIRON


def given(name: str, default: str = "") -> str:
    """What stands in the environment, or in the file that `<NAME>_FILE` names, without the line's end."""
    if os.environ.get(f"{name}_FILE") and os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: take one of them away.")
    try:
        value: str = _environment.get(name, default)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ImproperlyConfigured(f"{name}_FILE can't be read: {reason}.") from None
    return value.rstrip("\r\n")


_KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "list": list}


def read(kind: str, name: str, default: Any) -> Any:
    """One setting; a wrong value is one clear line, and never shows what was given (it may be a secret)."""
    text = given(name)
    if text == "":
        return default
    try:
        return environ.Env.parse_value(text, _KINDS[kind])
    except (ValueError, TypeError, ImproperlyConfigured):
        kinds = {
            "int": "a whole number",
            "float": "a number",
            "list": "a list parted by commas",
        }
        raise ImproperlyConfigured(f"{name} must be {kinds[kind]}.") from None


def positive(kind: str, name: str, default: Any) -> Any:
    value = read(kind, name, default)
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be greater than 0.")
    return value


def between(least: int, most: int, name: str, default: int) -> int:
    value: int = read("int", name, default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be between {least} and {most}.")
    return value


def boolean(name: str, default: bool) -> bool:
    text = given(name).strip().lower()
    if text == "":
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false.")


def choice(name: str, default: str, allowed: set[str]) -> str:
    value: str = read("str", name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(sorted(allowed))}.")
    return value


WEB = ("http", "https")


def address(name: str, default: str, schemes: tuple[str, ...] = WEB) -> str:
    """Of a server, without a slash at its end."""
    text: str = read("str", name, default).rstrip("/")
    if text and not is_address(text, schemes):
        raise ImproperlyConfigured(f"{name} must be an {' or '.join(f'{scheme}://' for scheme in schemes)} address.")
    return text


def contact(name: str) -> str:
    """Where somebody can be reached: an e-mail address, or a page."""
    text: str = read("str", name, "").strip()
    if text and not is_address(text, WEB) and not re.fullmatch(r"[^\s@/:?&]+@[^\s@/:?&]+\.[^\s@/:?&]+", text):
        raise ImproperlyConfigured(f"{name} must be an e-mail address, or a page's http:// or https:// address.")
    return text


def origin(name: str) -> str:
    """Like `address`, and nothing beyond the host and its port."""
    text: str = read("str", name, "").rstrip("/")
    if text and not is_origin(text):
        raise ImproperlyConfigured(f"{name} must be only http:// or https://, a host and maybe a port.")
    return text


def is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", text)
    except ValueError:  # a port that is no number, half a bracket
        return False


def is_origin(text: str) -> bool:
    return is_address(text, WEB) and re.search(r"[/?#@\\%]", text.partition("://")[2]) is None


PLACEHOLDER = re.compile(r"replace|change|example|placeholder|insecure|secret|password|your[-_ ]", re.IGNORECASE)


def secret(name: str, *, debug: bool, kept_in: Path) -> str:
    """From the environment; in DEBUG one is made once and kept, so that a restart signs nobody out."""
    value: str = read("str", name, "")
    if value and not debug and (len(value) < 32 or len(set(value)) < 8 or PLACEHOLDER.search(value)):
        raise ImproperlyConfigured(
            f"{name} is a placeholder, too simple, or shorter than 32 characters. Make one: openssl rand -hex 32"
        )
    if value:
        return value
    if not debug:
        raise ImproperlyConfigured(
            f"{name} is not set. Make one: openssl rand -hex 32. On your own machine DEBUG=true makes one for you."
        )
    kept = kept_in / f"{name.lower()}.txt"
    with suppress(FileExistsError), open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    return kept.read_text().strip()


def database(data_dir: Path) -> dict[str, Any]:
    """DATABASE_URL, else POSTGRES_*, else SQLite under the folder of data."""
    url = read("str", "DATABASE_URL", "")
    if url:
        url = url.replace("postgresql+asyncpg://", "postgresql://", 1)  # as SQLAlchemy spells it
        try:  # an unknown scheme is not shown to environ: it would warn with the password
            known = urlsplit(url).scheme in {"postgresql", "postgres", "sqlite"}
            chosen = environ.Env.db_url_config(url) if known else {}
        except (ValueError, KeyError):
            chosen = {}
        if chosen.get("ENGINE") not in {"django.db.backends.postgresql", "django.db.backends.sqlite3"}:
            raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// or sqlite:/// address.")
    elif read("str", "POSTGRES_DB", ""):
        chosen = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": read("str", "POSTGRES_DB", ""),
            "USER": read("str", "POSTGRES_USER", "postgres"),
            "PASSWORD": read("str", "POSTGRES_PASSWORD", ""),
            "HOST": read("str", "POSTGRES_HOST", "localhost"),
            "PORT": between(1, 65_535, "POSTGRES_PORT", 5432),
        }
    else:
        chosen = {"ENGINE": "django.db.backends.sqlite3", "NAME": data_dir / "veda.sqlite3"}
    if chosen["ENGINE"].endswith("sqlite3"):
        sqlite3.register_adapter(uuid.UUID, attrgetter("hex"))  # as UUIDField stores them, for statements in SQL
        chosen["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",  # a writer that starts as a reader can't wait for its turn
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        chosen["TEST"] = {"NAME": data_dir / "test.sqlite3"}  # a file: threads of the tests share it
        # Kept open: a file's last connection writes back its log when it closes, which costs a send milliseconds.
        return {**chosen, "CONN_MAX_AGE": None}
    chosen["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 10, "timeout": 10}}
    return {**chosen, "CONN_MAX_AGE": 0}  # connections of a thread pool would outlive their use otherwise


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DUTY = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? ([0-2]?\d):([0-5]\d)-([0-2]?\d):([0-5]\d)")


def duty_hours(name: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """As given, like "Mon-Fri 09:00-17:00; Sat 22:00-02:00", and in minutes from Monday, 00:00, with their number."""
    text = " ".join(given(name).split())
    try:
        return text, tuple(span for part in text.split(";") if part.strip() for span in _duty(part.strip().lower()))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be like Mon-Fri 09:00-17:00; Sat 10:00-13:00, or empty.") from None


def _duty(part: str) -> Iterator[tuple[int, int]]:
    """Raises ValueError."""
    found = _DUTY.fullmatch(part)
    if not found:
        raise ValueError
    first = _DAYS.index(found[1])
    last = _DAYS.index(found[2] or found[1])
    start, end = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (3, 5))
    if start >= 24 * 60 or end > 24 * 60 or start == end:
        raise ValueError
    for day in range((last - first) % 7 + 1):
        yield (first + day) % 7 * 24 * 60 + start, (end - start - 1) % (24 * 60) + 1


def time_zone(name: str, default: str) -> str:
    text: str = read("str", name, default)
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise ImproperlyConfigured(f"{name} must be a time zone like Europe/London.") from None
    return text


def addresses(name: str) -> list[str]:
    """Of mail, parted by commas."""
    text: list[str] = read("list", name, [])
    found = [part.strip() for part in text if part.strip()]
    if not all(re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", part) for part in found):
        raise ImproperlyConfigured(f"{name} must be mail addresses parted by commas.")
    return found


_CLOUD_REGION = re.compile(r"([a-z0-9-]+)-(aws|gcp|azure)")


def cloud_region(name: str) -> tuple[str, str] | None:
    """A cloud and a region of it, given as Pinecone wrote them once: us-east-1-aws."""
    given: str = read("str", name, "").strip().lower()
    found = _CLOUD_REGION.fullmatch(given)
    if given and not found:
        raise ImproperlyConfigured(
            f"{name} must be a region with its cloud, like us-east-1-aws, us-central1-gcp or eastus2-azure."
        )
    return (found[2], found[1]) if found else None


def rate(name: str, default: str) -> str:
    """In the notation of `limits`, several parted by ";"; empty for none."""
    text = given(name, default).strip()
    try:
        right = not text or all(limit.amount for limit in limits.parse_many(text))
    except ValueError:
        right = False
    if not right:
        raise ImproperlyConfigured(f"{name} must be like 10/minute;100/hour, or empty for no limit.")
    return text
