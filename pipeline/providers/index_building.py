"""Builds the search index: passages and their facts in a database, words and titles beside it, vectors in a store."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.concepts import Lexicon
from pipeline.facts import facts_of, maker, to_json
from pipeline.hybrid import unit
from pipeline.postings import PostingsBuilder
from pipeline.protocols import Embedder, VectorStore, VectorsWriter
from pipeline.providers.embedded_vectors import EMBEDDED
from pipeline.providers.index_folder import FORMAT, TITLES, current_number, place_of, publish, signature
from pipeline.types import Passage
from pipeline.words import stems

_TITLE, _NAMES, _HEADING, _TEXT = 4.0, 3.0, 2.5, 1.0
"""What a word counts in each field."""
_LEFT_SECONDS = 86_400
_BATCH = 512
"""Passages that are embedded at a time."""

_SCHEMA = """
CREATE TABLE passage (place INTEGER UNIQUE, document TEXT NOT NULL, body TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX passage_document ON passage (document);
CREATE TABLE document (slug TEXT PRIMARY KEY, title TEXT NOT NULL, names TEXT NOT NULL);
"""
# `place` is a passage's row in postings and vectors; what is urgent has none: it comes with its document.
# `facts`: empty where they are to be worked out when the passage is read.


def build(
    folder: Path,
    passages: Iterable[Passage],
    progress: Callable[[], Any] = lambda: None,
    *,
    embedder: Embedder | None = None,
    lexicon: Lexicon | None = None,
    store: VectorStore = EMBEDDED,
) -> int:
    """Writes a new index beside the one in use, makes it the current one and returns its number.

    With a lexicon it keeps the facts of each passage; without, they are worked out as passages are read.
    Raises ProviderError, where the embedder does: the index in use stays. Raises IncompleteIndex, where the store
    doesn't keep all vectors: then the new one is in use all the same, as what was retired must not be found any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("making-*"):  # by a build that was killed
        if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
    try:
        used = current_number(folder)
        vectors = store.write(embedder, place_of(folder, used) if used else None) if embedder else None
        _write(making, passages, progress, embedder, lexicon, store.name, vectors)
        number = publish(folder, making)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    for old in folder.glob("passages-*"):
        if old not in (place_of(folder, number), place_of(folder, number - 1)):
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)  # a reader on Windows has it open
            else:
                with contextlib.suppress(PermissionError):
                    old.unlink()  # an older Veda's
    if vectors:
        vectors.clean_up()
    return number


def _write(
    folder: Path,
    passages: Iterable[Passage],
    progress: Callable[[], Any],
    embedder: Embedder | None,
    lexicon: Lexicon | None,
    store: str,
    vectors: VectorsWriter | None,
) -> None:
    with closing(sqlite3.connect(folder / "passages.sqlite3")) as database, database:
        database.executescript(_SCHEMA)
        writer = _Writer(database, lexicon)
        for batch in _batches(passages):
            for passage in batch:
                writer.add(passage)
            if vectors and (found := [passage for passage in batch if not passage.urgent]):
                vectors.add(found)
            for _ in batch:
                progress()
    writer.save(folder)
    if embedder and vectors and writer.title_of:
        vectors.finish(folder)
        of_titles = [unit(embedder.embed(batch)).astype(np.float16) for batch in _batches(writer.title_rows)]
        np.save(folder / TITLES, np.concatenate(of_titles))
    about = {
        "format": FORMAT, "size": writer.size, "embedder": signature(embedder), "facts": maker() if lexicon else "",
        "store": store,
    }  # fmt: skip
    (folder / "about.json").write_text(json.dumps(about))


class _Writer:
    """All but the vectors."""

    def __init__(self, database: sqlite3.Connection, lexicon: Lexicon | None) -> None:
        self._database = database
        self._lexicon = lexicon
        self._words, self._titles = PostingsBuilder(), PostingsBuilder()
        self._written: set[str] = set()
        self._ours: list[int] = []
        self.title_rows: dict[str, int] = {}
        self.title_of: list[int] = []
        """By place, the row of the passage's title."""
        self.size = 0

    def add(self, passage: Passage) -> None:
        place = None if passage.urgent else len(self.title_of)
        body = json.dumps(asdict(passage), default=date.isoformat)
        facts = to_json(facts_of(passage, self._lexicon)) if self._lexicon and place is not None else ""
        self._database.execute("INSERT INTO passage VALUES (?, ?, ?, ?)", (place, passage.document, body, facts))
        self._database.execute(
            "INSERT OR IGNORE INTO document VALUES (?, ?, ?)",
            (passage.document, passage.title, json.dumps(passage.names)),
        )
        if place is not None:
            self._add_words(passage)
            if not passage.from_outside:
                self._ours.append(place)
        self.size += 1

    def _add_words(self, passage: Passage) -> None:
        if passage.title not in self.title_rows:
            self.title_rows[passage.title] = len(self.title_rows)
            self._titles.add([(1.0, list(dict.fromkeys(stems(passage.title))))])
        self.title_of.append(self.title_rows[passage.title])
        own = [(_TITLE, stems(passage.title)), (_HEADING, stems(passage.heading)), (_TEXT, stems(passage.text))]
        self._written.update(word for _, field in own for word in field)
        self._words.add([*own, (_NAMES, stems(" ".join(passage.names)))])

    def save(self, folder: Path) -> None:
        self._words.by_frequency().save(folder / "words")
        self._titles.by_share().save(folder / "titles")
        np.save(folder / "title_of.npy", np.array(self.title_of, dtype=np.int32))
        np.save(folder / "ours.npy", np.array(self._ours, dtype=np.int32))
        (folder / "written.json").write_text(json.dumps(sorted(self._written)))


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
