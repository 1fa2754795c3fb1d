"""How well the search finds the documents of a public set: figures as its authors measure, and a run file.

It builds an index of its own under `DATA_DIR/evaluation`, kept for the same documents; the one in use isn't touched.
Scored is the order in which passages are looked at, by words and meaning, a document by its best passage.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from pipeline import chunking, evaluation, hybrid, postings, types, wiring, words
from pipeline.errors import ProviderError
from pipeline.providers import embedded_vectors, index_building, index_folder
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.index_folder import signature

DOCUMENTS = 100
"""Of each question, in the run file."""
_MADE_BY = (chunking, index_building, index_folder, embedded_vectors, hybrid, postings, words)
_SHOWN = {
    "ndcg10": "nDCG@10",
    "recall5": "rec@5",
    "mrr10": "MRR@10",
    "recall50": "rec@50",
    "ndcg10_judged_only": "nDCG-j",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--corpus", type=Path, required=True, help="documents: JSON lines of id, title and text")
        parser.add_argument("--queries", type=Path, required=True, help="questions: JSON lines of id, text and set")
        parser.add_argument("--qrels", type=Path, required=True, help="question, document and grade, parted by tabs")
        parser.add_argument("--run-out", type=Path, help="write what was found: JSON lines of query_id and doc_ids")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet = options["verbosity"] == 0
        try:
            queries = evaluation.read_queries(options["queries"])
            relevance = evaluation.read_relevance(options["qrels"])
            folder, built = self._index_of(options["corpus"])
            found, milliseconds = self._search(folder, queries)
        except evaluation.InvalidData as error:
            raise CommandError(str(error)) from None
        except ProviderError as error:
            raise CommandError(error.detail or str(error)) from None
        if options["run_out"]:
            self._write_run(options["run_out"], found)
        scored = evaluation.score(queries, relevance, found)
        if not scored:
            raise CommandError("No question has a relevant document: are these grades for these questions?")
        percentiles = statistics.quantiles(milliseconds, n=20, method="inclusive") if len(milliseconds) > 1 else []
        speed = {"p50": round(statistics.median(milliseconds), 1), "p95": round((percentiles or milliseconds)[-1], 1)}
        if options["json"]:
            sets = {name: {"n": n, **asdict(figures)} for name, (n, figures) in scored.items()}
            self.stdout.write(
                json.dumps(
                    {"sets": sets, "embedder": wiring.embedder().name, "index_built": built, "milliseconds": speed}
                )
            )
            return
        self.stdout.write(f"{'set':<30}{'n':>5}" + "".join(f"{title:>9}" for title in _SHOWN.values()))
        for name, (n, figures) in scored.items():
            self.stdout.write(f"{name:<30}{n:>5}" + "".join(f"{getattr(figures, shown):>9.3f}" for shown in _SHOWN))
        self.stdout.write(
            f"Embedder {wiring.embedder().name}; a search took {speed['p50']} ms (median), {speed['p95']} ms (p95)."
        )

    def _index_of(self, corpus: Path) -> tuple[Path, bool]:
        """The folder of its index, and whether it was built now. Other documents, or other code, have another one."""
        embedder = wiring.embedder()
        digest = hashlib.sha256(signature(embedder).encode())
        try:
            for part in (corpus, *(Path(str(module.__file__)) for module in _MADE_BY)):
                with part.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise evaluation.InvalidData(f"{corpus} can't be read: {error.strerror}") from None
        folder = Path(settings.DATA_DIR) / "evaluation" / digest.hexdigest()[:24]
        if index_folder.is_of(folder, embedder):
            return folder, False
        try:
            index_building.build(folder, self._passages(corpus), embedder=embedder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder, True

    def _passages(self, corpus: Path) -> Iterator[types.Passage]:
        documents = evaluation.read_corpus(corpus)
        for passages in tqdm(documents, desc="Index", unit="document", disable=self.quiet, file=sys.stderr):
            yield from passages

    def _search(self, folder: Path, queries: list[evaluation.Asked]) -> tuple[dict[str, list[str]], list[float]]:
        index = EmbeddedIndex(folder, wiring.lexicon(), wiring.embedder())
        if not index.number_and_size()[1]:
            raise evaluation.InvalidData("The corpus has no documents")
        index.documents("warm up", DOCUMENTS)  # reads the embedder
        found: dict[str, list[str]] = {}
        milliseconds: list[float] = []
        for query in tqdm(queries, desc="Search", unit="question", disable=self.quiet, file=sys.stderr):
            begin = time.perf_counter()
            found[query.id] = index.documents(query.text, DOCUMENTS)
            milliseconds.append((time.perf_counter() - begin) * 1000)
        return found, milliseconds

    def _write_run(self, path: Path, found: dict[str, list[str]]) -> None:
        try:
            with path.open("w", encoding="utf-8") as file:
                for query, documents in found.items():
                    file.write(json.dumps({"query_id": query, "doc_ids": documents}) + "\n")
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}") from None
