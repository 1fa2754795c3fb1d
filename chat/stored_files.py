"""Takes files away. What can't be taken away now is told to the log and found again by periodic work."""

from __future__ import annotations

import logging
from contextlib import suppress
from uuid import UUID

from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)

UPLOADS_FOLDER = "uploads"


def remove_file(name: str) -> None:
    try:
        default_storage.delete(name)
    except Exception as error:  # whatever a storage raises: the row is gone already
        logger.error("A file can't be removed: %s", type(error).__name__)


def remove_folder(conversation_id: UUID) -> None:
    """Of a conversation that is gone, with all that is left in it."""
    folder = f"{UPLOADS_FOLDER}/{conversation_id}"
    try:
        with suppress(FileNotFoundError):
            _, names = default_storage.listdir(folder)
            for name in names:
                default_storage.delete(f"{folder}/{name}")
            default_storage.delete(folder)
    except Exception as error:
        logger.error("A folder of files can't be removed: %s", type(error).__name__)
