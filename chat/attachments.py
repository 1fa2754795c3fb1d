"""Files of patients: where they lie, and that none outlives its row.

The row is stored before the file and deleted before it, so that whatever a killed process leaves behind is found again:
a row that was never sent (`remove_unsent`), or a folder without a conversation (`remove_leftovers`).
"""

from __future__ import annotations

import logging
import re
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.text import slugify

from chat.models import Attachment, Conversation, Message
from chat.picture_files import CleanPicture, clean_picture
from chat.stored_files import UPLOADS_FOLDER, remove_folder
from pipeline.types import Picture
from veda.errors import NotFound, Unavailable, UnknownAttachment

logger = logging.getLogger(__name__)

MOST_ATTACHMENTS = 4
"""Of one message."""
KEPT_UNSENT = timedelta(days=1)
_NAME_CHARS = 70
_BATCH = 500


def store_picture(conversation: Conversation, data: bytes, *, name: str, metadata: dict[str, Any]) -> Attachment:
    """Cleans the picture and keeps it. `name` is what the patient's device calls it.

    Raises UnsupportedFile, PictureUnreadable, PictureTooLarge, NotFound, Unavailable.
    """
    picture = clean_picture(data, max_pixels=settings.PICTURE_MAX_PIXELS)
    attachment = Attachment(
        conversation=conversation,
        file=_path(conversation.id, name, picture.extension),
        mime_type=picture.mime_type,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
        metadata=metadata,
    )
    try:
        with transaction.atomic():
            attachment.save(force_insert=True)
    except IntegrityError:  # the conversation was deleted in the meantime
        raise NotFound from None
    _write(attachment, picture)
    return attachment


def _write(attachment: Attachment, picture: CleanPicture) -> None:
    try:
        default_storage.save(attachment.path, ContentFile(picture.data))
    except Exception as error:
        attachment.delete()
        logger.error("A file can't be stored: %s", type(error).__name__)
        raise Unavailable("Veda can't store files just now. Please try again in a moment.") from None
    if not Attachment.objects.filter(id=attachment.id).exists():  # deleted before there was a file to delete with it
        remove_folder(attachment.conversation_id)
        raise NotFound


def _path(conversation_id: uuid.UUID, name: str, extension: str) -> str:
    """No two are alike and none can be guessed. Of the name only plain letters and digits are left."""
    stem = slugify(PurePath(name).stem)[:_NAME_CHARS].strip("-_") or "picture"
    moment = timezone.now().strftime("%Y%m%dT%H%M%S")
    return f"{UPLOADS_FOLDER}/{conversation_id}/{moment}-{secrets.token_hex(8)}_{stem}{extension}"


def attach(message: Message, attachment_ids: Sequence[uuid.UUID]) -> None:
    """Gives unsent attachments to a message that was just stored, in the transaction of the caller.

    Raises UnknownAttachment: one isn't of this conversation, or was sent already.
    """
    for position, attachment_id in enumerate(attachment_ids):
        unsent = Attachment.objects.filter(
            id=attachment_id, conversation_id=message.conversation_id, message__isnull=True
        )
        if not unsent.update(message=message, position=position):
            raise UnknownAttachment
    prefetch_related_objects([message], "attachments")
    first = message.attachments.all()[0]
    message.metadata |= {"url": first.url, "mime_type": first.mime_type, "size": first.size}
    message.save(update_fields=["metadata"])


def pictures_of(message_id: uuid.UUID) -> tuple[Picture, ...]:
    """For the model that looks at them; what was deleted in the meantime is left out."""

    def read() -> Iterator[Picture]:
        for attachment in Attachment.objects.filter(message_id=message_id, type=Attachment.Type.IMAGE):
            with suppress(NotFound), open_file(attachment) as file:
                yield Picture(file.read(), attachment.mime_type)

    return tuple(read())


def open_file(attachment: Attachment) -> File[bytes]:
    """Raises NotFound."""
    try:
        return default_storage.open(attachment.path)
    except FileNotFoundError:
        raise NotFound from None


def presigned_address(attachment: Attachment) -> str:
    """Where S3 gives the file to whoever has the address, for a minute."""
    # `url` of Django's storages takes no more than the name; that of S3 does.
    storage: Any = default_storage
    address: str = storage.url(
        attachment.path,
        parameters={
            "ResponseContentType": attachment.mime_type,
            "ResponseContentDisposition": disposition(attachment),
            "ResponseCacheControl": "private, no-store",
        },
    )
    return address


def disposition(attachment: Attachment) -> str:
    return f'inline; filename="{PurePath(attachment.path).name}"'


# What goes


def remove_unsent(older_than: timedelta = KEPT_UNSENT) -> int:
    """Attachments that no send named; returns how many. Processes that do so at once take different ones."""
    unsent = Attachment.objects.filter(message__isnull=True, created_at__lt=timezone.now() - older_than)
    if not unsent.exists():
        return 0
    with transaction.atomic():  # a send that names one of them waits, and finds nothing
        ids = [row.id for row in unsent.select_for_update(skip_locked=True).order_by("created_at")[:_BATCH]]
        _, deleted = Attachment.objects.filter(id__in=ids).delete()
    return deleted.get(Attachment._meta.label, 0)


def remove_leftovers() -> int:
    """Folders whose conversation is gone, where a process was killed before it removed them; returns how many."""
    try:
        names, _ = default_storage.listdir(UPLOADS_FOLDER)
    except FileNotFoundError:
        return 0
    folders = {uuid.UUID(name) for name in names if _UUID.fullmatch(name)}
    known = Conversation.objects.values_list("id", flat=True)
    gone = folders - {row for batch in _batches(sorted(folders)) for row in known.filter(id__in=batch)}
    for conversation_id in gone:
        remove_folder(conversation_id)
    return len(gone)


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _batches(ids: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
