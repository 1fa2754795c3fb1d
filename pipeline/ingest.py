"""Brings topics into the knowledge base, only what changed, and builds the index from the rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from pipeline import types
from pipeline.chunking import Block, cut
from pipeline.concepts import Lexicon
from pipeline.loaders.markdown import Topic
from pipeline.models import Document, Passage
from pipeline.protocols import Embedder, VectorStore
from pipeline.providers import index_building, index_folder


@dataclass(slots=True)
class Summary:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    kept: int = 0
    """Changed at the source, but staff had edited them."""


def load_topics(topics: Iterable[Topic], *, origin: str, before_change: Callable[[], None] = lambda: None) -> Summary:
    """Makes the rows of this origin equal to the topics: those that are gone are removed. What staff edited stays."""
    summary = Summary()
    seen = []
    for topic in topics:
        seen.append(topic.slug)
        setattr(summary, outcome := _load_topic(topic, origin, before_change), getattr(summary, outcome) + 1)
    gone = Document.objects.filter(origin=origin).exclude(slug__in=seen)
    summary.removed = gone.count()
    if summary.removed:
        before_change()
        gone.delete()
    return summary


@transaction.atomic
def _load_topic(topic: Topic, origin: str, before_change: Callable[[], None]) -> str:
    document = Document.objects.filter(slug=topic.slug).first()
    if document and document.loaded_hash == topic.content_hash and document.origin == origin:
        return "unchanged"
    if document and document.edited_at:
        return "kept"
    before_change()
    outcome = "changed" if document else "added"
    document = document or Document(slug=topic.slug)
    document.origin = origin
    document.title = topic.title
    document.category = topic.category
    document.names = list(topic.names)
    document.references = [
        {
            "title": r.title,
            "publisher": r.publisher,
            "url": r.url,
            "read_on": r.read_on and r.read_on.isoformat(),
        }
        for r in topic.references
    ]
    document.body = topic.body
    # A sign-off was for the text as it stood: new text waits for a new one.
    document.status = topic.status
    document.clinically_reviewed_by = topic.clinically_reviewed_by
    document.reviewed_on = topic.reviewed_on
    document.review_due = topic.review_due
    document.content_hash = document.loaded_hash = topic.content_hash
    document.save()
    cut_anew([document])
    return outcome


def passage_rows(document: Document) -> list[Passage]:
    """How a document is cut. What a source brought says nowhere when to get help; without a mark, a block that Veda
    doesn't ship has the first reference."""
    brought = document.origin not in (Document.SHIPPED, Document.STAFF)
    first = [1] if document.origin != Document.SHIPPED and document.references else []
    return [
        Passage(
            document=document,
            position=position,
            heading=block.heading[:300],
            text=block.text,
            urgent=block.urgent and not brought,
            marks=list(block.marks) or first,
        )
        for position, block in enumerate(cut(document.body))
    ]


def cut_anew(documents: Sequence[Document]) -> None:
    Passage.objects.filter(document__in=documents).delete()
    Passage.objects.bulk_create((row for document in documents for row in passage_rows(document)), batch_size=1000)


def passages() -> Iterator[types.Passage]:
    """All that may be quoted, from the rows."""
    rows = Passage.objects.filter(document__retired_at=None).select_related("document")
    for row in rows.order_by("document__slug", "position").iterator():
        document = row.document
        yield _passage(
            Block(row.heading, row.text, tuple(row.marks)),
            row.position,
            slug=document.slug,
            title=document.title,
            category=document.category,
            names=document.names,
            references=[_reference(data) for data in document.references],
            clinically_reviewed=document.clinically_reviewed,
            review_due=document.review_due,
            from_outside=document.from_outside,
            created_at=document.created_at.date(),
        )


def passages_of(topic: Topic) -> Iterator[types.Passage]:
    """The same of a topic that is in no database."""
    for position, block in enumerate(cut(topic.body)):
        yield _passage(
            block,
            position,
            slug=topic.slug,
            title=topic.title,
            category=topic.category,
            names=topic.names,
            references=topic.references,
            clinically_reviewed=bool(topic.clinically_reviewed_by and topic.reviewed_on),
            review_due=topic.review_due,
        )


def _passage(
    block: Block,
    position: int,
    *,
    slug: str,
    title: str,
    category: str,
    names: Sequence[str],
    references: Sequence[types.Reference],
    clinically_reviewed: bool,
    review_due: date | None,
    from_outside: bool = False,
    created_at: date | None = None,
) -> types.Passage:
    return types.Passage(
        id=f"{slug}#{position}",
        document=slug,
        title=title,
        heading=block.heading,
        text=block.text,
        position=position,
        category=category,
        names=tuple(names),
        urgent=block.urgent,
        references=tuple(references[mark - 1] for mark in block.marks if 0 < mark <= len(references)),
        clinically_reviewed=clinically_reviewed,
        review_due=review_due,
        from_outside=from_outside,
        created_at=created_at,
    )


def _reference(data: dict[str, str | None]) -> types.Reference:
    read_on = data["read_on"]
    return types.Reference(
        data["title"] or "",
        data["publisher"] or "",
        data["url"] or "",
        date.fromisoformat(read_on) if read_on else None,
    )


def cut_again() -> int:
    """Documents whose passages would be cut otherwise today are cut anew; how many they were."""
    changed = 0
    last = 0
    while batch := list(Document.objects.filter(id__gt=last).order_by("id").prefetch_related("passages")[:250]):
        last = batch[-1].id
        stale = [document for document in batch if _as_cut(document.passages.all()) != _as_cut(passage_rows(document))]
        with transaction.atomic():
            cut_anew(stale)
        changed += len(stale)
    return changed


def _as_cut(rows: Iterable[Passage]) -> list[tuple[Any, ...]]:
    return sorted((row.position, row.heading, row.text, row.urgent, row.marks) for row in rows)


# The index


def note_change(folder: Path) -> None:
    """Before rows change: whatever happens then, the next command or page knows that the index is behind them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "behind").write_text(uuid.uuid4().hex)


def is_noted_as_behind(folder: Path) -> bool:
    return (folder / "behind").exists()


def is_behind(folder: Path, embedder: Embedder, store: VectorStore) -> bool:
    """Whether rows have changed since, or its vectors aren't of this embedder and kept there. Raises ProviderError."""
    return is_noted_as_behind(folder) or not index_folder.is_of(folder, embedder, store)


def build_index(
    folder: Path,
    embedder: Embedder,
    store: VectorStore,
    lexicon: Lexicon,
    progress: Callable[[], Any] = lambda: None,
) -> int:
    """Builds from all rows and returns the new index's number.

    Raises ProviderError, where the embedder does; and IncompleteIndex: then the new one is in use, and noted as behind.
    """
    if not _note(folder):
        note_change(folder)
    note = _note(folder)
    number = index_building.build(folder, passages(), progress, embedder=embedder, lexicon=lexicon, store=store)
    if note and _note(folder) == note:  # else rows have changed meanwhile
        (folder / "behind").unlink(missing_ok=True)
    return number


def _note(folder: Path) -> str:
    try:
        return (folder / "behind").read_text()
    except OSError:
        return ""
