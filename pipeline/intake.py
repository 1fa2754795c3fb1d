"""Takes documents from outside into the knowledge base: only what is new or changed, batch by batch.

A batch is stored whole or not at all, so that a run that is killed leaves nothing half done; the next one passes over
what is there by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from pipeline.ingest import Summary, cut_anew
from pipeline.loaders.outside import OutsideDocument
from pipeline.models import Document

BATCH_DOCUMENTS = 250
BATCH_CHARACTERS = 4_000_000
CATEGORY = "other"


class Duplicate(Exception):
    """The same id was there before in this run."""


class Intake:
    """One run for one source."""

    def __init__(
        self,
        source: str,
        *,
        publisher: str = "",
        replace_edited: bool = False,
        dry_run: bool = False,
        before_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.summary = Summary()
        self.edited: list[str] = []
        """Titles of changed documents that were left as staff edited them."""
        self._source = source
        self._publisher = publisher
        self._replace_edited = replace_edited
        self._dry_run = dry_run
        self._before_change = before_change
        rows = Document.objects.filter(origin=source).values_list("slug", "loaded_hash", "edited_at")
        self._known = {slug: (loaded_hash, bool(edited_at)) for slug, loaded_hash, edited_at in rows.iterator()}
        self._seen: set[str] = set()

    def take(self, documents: Iterable[OutsideDocument]) -> None:
        for batch in _batches(documents):
            self._take_batch(batch)

    def note(self, document: OutsideDocument) -> None:
        """That the source has it. Raises Duplicate."""
        slug = slug_of(self._source, document.key)
        if slug in self._seen:
            raise Duplicate
        self._seen.add(slug)

    def missing(self) -> list[str]:
        """Slugs of what the source had before and hasn't any more, but for what staff edited."""
        return [slug for slug, (_, edited) in self._known.items() if slug not in self._seen and not edited]

    def remove_missing(self) -> None:
        missing = self.missing()
        self.summary.removed = len(missing)
        if self._dry_run or not missing:
            return
        self._before_change()
        for start in range(0, len(missing), BATCH_DOCUMENTS):
            Document.objects.filter(origin=self._source, slug__in=missing[start : start + BATCH_DOCUMENTS]).delete()

    @transaction.atomic
    def _take_batch(self, batch: list[OutsideDocument]) -> None:
        new: list[tuple[str, OutsideDocument]] = []
        changed: dict[str, OutsideDocument] = {}
        for document in batch:
            slug = slug_of(self._source, document.key)
            loaded_hash, edited = self._known.get(slug, (None, False))
            if loaded_hash is None:
                new.append((slug, document))
            elif loaded_hash == document.content_hash:
                self.summary.unchanged += 1
            elif edited and not self._replace_edited:
                self.summary.kept += 1
                self.edited.append(document.title)
            else:
                changed[slug] = document
        self.summary.added += len(new)
        self.summary.changed += len(changed)
        if self._dry_run or not (new or changed):
            return
        self._before_change()
        rows = [self._fill(Document(slug=slug, origin=self._source), document) for slug, document in new]
        Document.objects.bulk_create(rows)
        for row in Document.objects.filter(slug__in=changed):
            self._fill(row, changed[row.slug]).save()
            rows.append(row)
        cut_anew(rows)

    def _fill(self, row: Document, document: OutsideDocument) -> Document:
        """Review and signature were for the text as it stood. What staff retired stays retired."""
        publisher = document.publisher or self._publisher or self._source
        row.title, row.body, row.names, row.category = document.title, document.body, list(document.names), CATEGORY
        row.references = [
            {"title": document.title, "publisher": publisher, "url": document.url, "read_on": _today().isoformat()}
        ]
        row.status = Document.Status.DRAFTED
        row.clinically_reviewed_by, row.reviewed_on, row.review_due = "", None, None
        row.content_hash = row.loaded_hash = document.content_hash
        row.edited_at = None
        return row


def slug_of(source: str, key: str) -> str:
    """The same for the same id of the same source, and no other's."""
    told_apart = hashlib.sha256(f"{source}\0{key}".encode()).hexdigest()[:12]
    return f"{source}-{slugify(key)[:60].strip('-')}-{told_apart}"


def _today() -> date:
    return timezone.now().date()


def _batches(documents: Iterable[OutsideDocument]) -> Iterator[list[OutsideDocument]]:
    batch: list[OutsideDocument] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document.body)
        if len(batch) >= BATCH_DOCUMENTS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
