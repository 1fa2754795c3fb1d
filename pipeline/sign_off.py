"""A clinician puts their name to a topic as it stands, for a time."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from pipeline import index_keeper, ingest, wiring
from pipeline.models import Document


class TextChanged(Exception):
    """The topic isn't any more as it was read."""


def sign_off(*, document_id: int, content_hash: str, name: str, review_due: date) -> Document:
    """For the text that has this hash. The index follows. Raises TextChanged."""
    ingest.note_change(wiring.index_folder())
    with transaction.atomic():
        document = Document.objects.select_for_update().get(id=document_id)
        if document.content_hash != content_hash:
            raise TextChanged
        document.status = Document.Status.REVIEWED
        document.clinically_reviewed_by = name
        document.reviewed_on = timezone.now().date()
        document.review_due = review_due
        document.save()
    index_keeper.keeper.wake()
    return document
