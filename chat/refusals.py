"""Whoever writes of a danger is told whom to call, whatever their words are refused for, and staff hear that it was so.

Every door that takes words refuses through here: services, whose gates stand in `helping_who_is_refused`, and for what
never came to one (a field beside them was wrong, a token old, a body broken) `help_for`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from django.db import Error as DatabaseError
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation
from chat.screening import Screening, Writer, writer_of
from moderation.age import is_under_age
from moderation.concerns import raise_concern
from moderation.models import Decision
from moderation.types import Severity
from veda.errors import VedaError

QUIET_FOR = timedelta(minutes=15)
"""Of a patient's refusals one comes before staff in so long; none while one waits that nobody has noticed."""
_MOST_NESTED = 8


@contextmanager
def helping_who_is_refused(screening: Screening, user: User, conversation_id: uuid.UUID) -> Iterator[None]:
    """Gates belong in here, outside of any transaction that a refusal undoes."""
    try:
        yield
    except VedaError as error:
        screening.help_with(error)
        _note(screening, user, conversation_id)
        raise


def help_for(text: str, user: User | None, conversation_id: uuid.UUID | None = None) -> dict[str, Any]:
    """What a refusal carries that came before a service saw the text. `user`: None where nobody knows."""
    if not text.strip():
        return {}
    writer = writer_of(user, text) if user else Writer(under_age=is_under_age(text))
    screening = Screening.of(text, writer)
    error = VedaError()
    screening.help_with(error)
    if user:
        with suppress(DatabaseError):  # it may be what the refusal is about
            _note(screening, user, conversation_id)
    return error.details


def _note(screening: Screening, user: User, conversation_id: uuid.UUID | None) -> None:
    """For staff, and for what the patient writes later. No message is named, since none was stored."""
    if not screening.urgent or not user.consent_current:
        return
    if conversation_id and _is_theirs(user, conversation_id) and not _is_before_staff(user, screening.severity):
        screening.record(
            patient_id=user.id,
            conversation_id=conversation_id,
            message_id=uuid.uuid4(),
            action=Decision.Action.REFUSED,
        )
    elif screening.concern:
        raise_concern(patient_id=user.id, category=screening.concern, about_other=screening.about_other)


def _is_theirs(user: User, conversation_id: uuid.UUID) -> bool:
    return Conversation.objects.filter(id=conversation_id, user=user, deleted_at=None).exists()


def _is_before_staff(user: User, severity: Severity) -> bool:
    """Whether something as grave waits unnoticed, or came just now."""
    at_least = list(Severity)[: list(Severity).index(severity) + 1]
    recent = Q(action=Decision.Action.REFUSED, created_at__gt=timezone.now() - QUIET_FOR)
    waits = Q(review__in=Decision.UNDER_REVIEW, acknowledged_at=None)
    return Decision.objects.filter(recent | waits, patient_id=user.id, severity__in=at_least).exists()


# What was written, as far as it can be read


def words_in(body: str, field: str = "content") -> str:
    """Of a body or frame that can't be taken. What is no JSON is read as it stands."""
    try:
        return words_of(msgspec.json.decode(body), field)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return _without_escapes(body)


def words_of(value: Any, field: str = "content") -> str:
    """The field, where it is a text; else every text that is in there."""
    if isinstance(value, dict) and isinstance(value.get(field), str):
        return str(value[field])
    return "\n".join(_texts(value, _MOST_NESTED))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, depth - 1)


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrt])")
_CONTENT_TYPE_OF_FORMS = "application/x-www-form-urlencoded"


def _without_escapes(body: str) -> str:
    """A JSON text that breaks off has its escapes still."""
    read = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", body)
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words_in_bytes(body: bytes, content_type: str, field: str = "content") -> str:
    """Of a request whose body no parser took."""
    if content_type.startswith("multipart/"):
        part = re.search(rb'name="%s"\r?\n\r?\n(.*?)(?:\r?\n--|\Z)' % field.encode(), body, re.DOTALL)
        return part[1].decode(errors="replace") if part else ""
    text = body.decode(errors="replace")
    return unquote_plus(text) if content_type.startswith(_CONTENT_TYPE_OF_FORMS) else words_in(text, field)
