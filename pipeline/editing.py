"""Staff write a document, retire it and take it back. The index follows in the background."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from pipeline import index_keeper, ingest, wiring
from pipeline.intake import slug_of
from pipeline.loaders.outside import MOST_TEXT, tidy
from pipeline.models import Document
from pipeline.sign_off import TextChanged

CATEGORIES = (
    "illness", "symptom", "chronic", "medicine", "mental_health", "children", "pregnancy", "first_aid", "urgent",
    "other",
)  # fmt: skip
_MARK = re.compile(r"\[\^(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Written:
    title: str
    category: str
    names: tuple[str, ...]
    references: tuple[dict[str, str | None], ...]
    """Title, publisher, url and day of reading, as the rows have them."""
    body: str

    @property
    def content_hash(self) -> str:
        parts = [self.title, self.category, self.names, self.references, self.body]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Unfit(ValueError):
    """What is wrong with a text, for whoever writes it."""


def checked(body: str, *, sources: int) -> str:
    """Tidied. Raises Unfit."""
    body = tidy(body)
    if not re.search(r"\w", body):
        raise Unfit("There is no text.")
    if len(body) > MOST_TEXT:
        raise Unfit(f"The text is longer than {MOST_TEXT:,} characters.")
    if unknown := [mark for mark in _MARK.findall(body) if not 0 < int(mark) <= sources]:
        raise Unfit(f"[^{unknown[0]}] names a source that isn’t there.")
    if re.search(r"[\[\]]", _MARK.sub("", body)):
        raise Unfit("Square brackets are for sources alone, as in [^1]; links aren’t shown.")
    if re.search(r"<[A-Za-z/!]", body):
        raise Unfit("HTML isn’t shown: please leave it out.")
    return body


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage as it would be quoted."""

    heading: str
    text: str
    urgent: bool
    sources: Sequence[int]


def preview(written: Written, origin: str) -> list[Cut]:
    document = Document(origin=origin, body=written.body, references=list(written.references))
    return [Cut(row.heading, row.text, row.urgent, row.marks) for row in ingest.passage_rows(document)]


def write(written: Written, *, document_id: int | None = None, content_hash: str = "") -> Document:
    """A new document, or a new text in place of the one that has this hash, which loses its signature.

    Raises TextChanged.
    """
    ingest.note_change(wiring.index_folder())
    with transaction.atomic():
        if document_id is None:
            slug = slug_of(Document.STAFF, f"{written.title} {uuid.uuid4()}")
            document = Document(slug=slug, origin=Document.STAFF)
        else:
            document = _as_read(document_id, content_hash)
        document.title, document.category, document.body = written.title, written.category, written.body
        document.names, document.references = list(written.names), list(written.references)
        document.status = Document.Status.DRAFTED
        document.clinically_reviewed_by, document.reviewed_on, document.review_due = "", None, None
        document.content_hash, document.edited_at = written.content_hash, timezone.now()
        document.save()
        ingest.cut_anew([document])
    index_keeper.keeper.wake()
    return document


def set_retired(*, document_id: int, retired: bool) -> Document:
    ingest.note_change(wiring.index_folder())
    with transaction.atomic():
        document = Document.objects.select_for_update().get(id=document_id)
        document.retired_at = (document.retired_at or timezone.now()) if retired else None
        document.save(update_fields=["retired_at", "updated_at"])
    index_keeper.keeper.wake()
    return document


def _as_read(document_id: int, content_hash: str) -> Document:
    document = Document.objects.select_for_update().get(id=document_id)
    if document.content_hash != content_hash:
        raise TextChanged
    return document
