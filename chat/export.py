"""A patient's own copy of what Veda keeps about them: a zip of JSON, pictures and a page, made while it is sent.

Each step asks the database for a little and holds no cursor: memory doesn't grow with what somebody wrote, and the
steps may run in different threads.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import suppress
from pathlib import PurePath
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.db.models import Model, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from accounts.consents import overview
from accounts.models import AuditEvent, Invitation, RefreshFamily, User, email_key
from accounts.serializers import ConsentsSerializer, UserSerializer
from chat.attachments import open_file
from chat.models import Attachment, Conversation, HealthProfile
from chat.selectors import conversations_of, messages_of
from chat.serializers import AttachmentSerializer, ConversationSerializer, MessageSerializer
from chat.threads import in_thread
from moderation.models import Concern, Decision
from veda.errors import NotFound

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 200
STEP_BYTES, STEP_SECONDS = 128 * 1024, 0.2
FILE_BYTES = 64 * 1024

_Row = TypeVar("_Row", bound=Model)


class ExportBroken(Exception):
    """The answer began already: all that can be done is to end it without the directory that makes a zip whole."""


async def stream_export(user: User) -> AsyncGenerator[bytes]:
    """The zip in parts. Raises ExportBroken."""
    parts = _zip_of(user)
    step: asyncio.Future[bytes] | None = None
    try:
        while True:
            step = asyncio.ensure_future(in_thread(_next_part)(parts))
            if not (part := await asyncio.shield(step)):
                return
            yield part
    except Exception as error:
        logger.error("An export broke off: %s", type(error).__name__)
        raise ExportBroken from None  # the error itself may quote what the patient wrote
    finally:
        if step:
            with suppress(Exception):  # the patient went away: a thread is still at work on it
                await step
        await in_thread(parts.close)()


def _next_part(parts: Iterator[bytes]) -> bytes:
    """What comes until it is enough, or took long enough; empty at the end."""
    gathered = bytearray()
    until = time.monotonic() + STEP_SECONDS
    for part in parts:
        gathered += part
        if gathered and (len(gathered) >= STEP_BYTES or time.monotonic() > until):
            break
    return bytes(gathered)


def _zip_of(user: User) -> Generator[bytes]:
    archive = ZipStream(compress_type=ZIP_DEFLATED)
    for name, content, compressed in _files(user):
        archive.add(content, name, compress_type=ZIP_STORED if compressed else None)
        yield from archive.all_files()
    if not User.objects.filter(id=user.id, is_active=True).exists():
        raise ExportBroken  # deleted in the meantime
    yield from archive.footer()


def _files(user: User) -> Iterator[tuple[str, Iterator[bytes] | bytes, bool]]:
    """Name, content, and whether it is compressed already."""
    about = {
        "account.json": _account(user),
        "consents.json": ConsentsSerializer(overview(user)).data,
        "devices.json": [_device(family) for family in user.refresh_families.all()],
        "decisions.json": _decisions(user),
        "concerns.json": _concerns(user),
    }
    for name, data in about.items():
        yield name, _json(data), False
    roles = _Roles(user)
    yield "audit.json", _json_list(roles.event(event) for event in _events(user)), False
    yield "changes.json", _json_list(roles.change(entry) for entry in _changes(user)), False
    for conversation in _conversations(user):
        yield f"conversations/{conversation.id}.json", _conversation(conversation), False
        for attachment in _in_batches(conversation.attachments.all(), "id"):
            with suppress(NotFound):  # its file is gone
                file = open_file(attachment)
                yield f"pictures/{conversation.id}/{_file_name(attachment)}", _parts_of(file), True
    yield "index.html", _page(user, about, roles), False


# What is kept, as JSON


def _account(user: User) -> dict[str, Any]:
    return {
        **UserSerializer(user).data,
        **_fields(user, "email_confirmed_at", "consent_at", "last_login"),
        "health_profile": _health_profile(HealthProfile.objects.filter(user=user).first()),
        "groups": list(user.groups.values_list("name", flat=True)),
        "permissions": list(user.user_permissions.values_list("codename", flat=True)),
        "email_addresses": _rows(EmailAddress.objects.filter(user=user), "email", "verified", "primary"),
        "signed_in_through": _rows(
            SocialAccount.objects.filter(user=user), "provider", "uid", "date_joined", "last_login", "extra_data"
        ),
        "second_factors": _rows(Authenticator.objects.filter(user=user), "type", "created_at", "last_used_at"),
        "invitations": [
            _fields(invitation, "email", "created_at", "expires_at", "used_at")
            for invitation in Invitation.objects.exclude(email="")
            if email_key(invitation.email) == user.email_key
        ],
    }


def _health_profile(profile: HealthProfile | None) -> dict[str, Any] | None:
    """What was said of the person whom questions are about."""
    if profile is None:
        return None
    return _fields(profile, "about", "age_band", "pregnancy", "medicines", "allergies", "updated_at")


def _device(family: RefreshFamily) -> dict[str, Any]:
    return {
        **_fields(family, "id", "browser", "method", "second_factor"),
        "first_seen": family.created_at,
        "last_seen": family.issued_at,
        "signed_out_at": family.revoked_at,
    }


def _decisions(user: User) -> list[dict[str, Any]]:
    """What screening found in messages, and what staff made of it; by whom isn't told."""
    return _rows(
        Decision.objects.filter(patient_id=user.id),
        "id", "conversation_id", "message_id", "severity", "category", "rule", "rules_version", "action", "about",
        "review", "reviewed_at", "note", "created_at",
    )  # fmt: skip


def _concerns(user: User) -> list[dict[str, Any]]:
    """Worries that stand, or stood, with the patient for a day; who closed one isn't told."""
    concerns = Concern.objects.filter(patient_id=user.id)
    return _rows(concerns, "id", "category", "about_other", "raised_at", "until", "closed_at")


def _events(user: User) -> Iterator[AuditEvent]:
    return _in_batches(AuditEvent.objects.filter(subject_id=user.id), "id")


def _changes(user: User) -> Iterator[LogEntry]:
    """In the admin: to the account, and what its person changed there as staff."""
    about = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.id))
    return _in_batches(LogEntry.objects.filter(about | Q(user=user)), "id")


class _Roles:
    """Calls those who did something by their part, never by name."""

    def __init__(self, user: User) -> None:
        self._known = {user.id: "you"}
        self._id = user.id

    def of(self, actor_id: uuid.UUID | None) -> str:
        if actor_id is None:
            return "nobody signed in, or Veda itself"
        if actor_id not in self._known:
            role = User.objects.filter(id=actor_id).values_list("role", flat=True).first()
            self._known[actor_id] = str(role or "an account that is gone")
        return self._known[actor_id]

    def event(self, event: AuditEvent) -> dict[str, Any]:
        """Where others called from is theirs."""
        own = ["network", "browser"] if event.actor_id in (self._id, None) else []
        return {**_fields(event, "at", "action", "object_id", "reason", "details", *own), "by": self.of(event.actor_id)}

    def change(self, entry: LogEntry) -> dict[str, Any]:
        changed = {"at": entry.action_time, "what": entry.content_type.model if entry.content_type else None}
        if entry.user_id != self._id or entry.object_id == str(self._id):
            changed["change"] = entry.change_message
        return {**changed, "by": self.of(entry.user_id)}


def _conversation(conversation: Conversation) -> Iterator[bytes]:
    shown = ConversationSerializer(conversation).data
    head = {key: shown[key] for key in shown if key not in ("help", "staff")} | {"summary": conversation.summary}
    unsent = AttachmentSerializer(conversation.attachments.filter(message=None), many=True).data
    head["health_profile"] = _health_profile(HealthProfile.objects.filter(conversation=conversation).first())
    asked = _rows(conversation.help_requests.all(), "asked_at", "closed_at")
    yield _json({**head, "unsent_attachments": unsent, "asked_for_a_person": asked})[:-1] + b', "messages": '
    serializer = MessageSerializer()  # one for all: it takes far longer to make than to use
    yield from _json_list(serializer.to_representation(message) for message in _in_batches(messages_of(conversation)))
    yield b"}"


def _parts_of(file: File[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(FILE_BYTES):
            yield part


# The page to read


def _page(user: User, about: dict[str, Any], roles: _Roles) -> Iterator[bytes]:
    reads = AuditEvent.objects.filter(subject_id=user.id, action=AuditEvent.Action.STAFF_READ)
    yield _html(
        "head",
        user=user,
        consents=about["consents.json"],
        devices=about["devices.json"],
        reads=[roles.event(event) for event in _in_batches(reads, "id")],
        now=timezone.now(),
    )
    for conversation in _conversations(user):
        yield _html("contents", conversation=conversation)
    yield _html("contents_end")
    for conversation in _conversations(user):
        yield _html("conversation", conversation=conversation)
        for message in _in_batches(messages_of(conversation)):
            pictures = [(_file_name(attachment), attachment) for attachment in message.attachments.all()]
            yield _html("message", message=message, pictures=pictures)
    yield _html("foot")


def _html(part: str, **context: Any) -> bytes:
    return render_to_string(f"export/{part}.html", context).encode()


# Reading


def _conversations(user: User) -> Iterator[Conversation]:
    """The oldest first."""
    conversations = conversations_of(user)
    for conversation_id in list(conversations.order_by("created_at", "id").values_list("id", flat=True)):
        if conversation := conversations.filter(id=conversation_id).first():
            yield conversation


def _in_batches(rows: QuerySet[_Row], by: str = "position") -> Iterator[_Row]:
    """In the order of a unique column, each batch from where the last one ended."""
    rows = rows.order_by(by)
    last: Any = None
    while batch := list(rows[:ROWS_AT_ONCE] if last is None else rows.filter(**{f"{by}__gt": last})[:ROWS_AT_ONCE]):
        yield from batch
        last = getattr(batch[-1], by)


def _rows(rows: QuerySet[Any], *fields: str) -> list[dict[str, Any]]:
    return [_fields(row, *fields) for row in rows]


def _fields(row: Model, *fields: str) -> dict[str, Any]:
    return {field: getattr(row, field) for field in fields}


def _json(data: Any) -> bytes:
    encoded: bytes = JSONRenderer().render(data)
    return encoded


def _json_list(items: Iterator[Any]) -> Iterator[bytes]:
    before = b"[\n"
    for item in items:
        yield before + _json(item)
        before = b",\n"
    yield b"]" if before != b"[\n" else b"[]"


def _file_name(attachment: Attachment) -> str:
    return PurePath(attachment.path).name
