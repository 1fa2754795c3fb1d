"""From a question to its answer: understand, retrieve, choose, write. One async generator of plain values."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pipeline.protocols import Answerer, Retriever
from pipeline.types import (
    AnswerEnded,
    AnswerEvent,
    Question,
    SourcesChosen,
    StageStarted,
    TextWritten,
)

PASSAGES_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Pipeline:
    retriever: Retriever
    answerer: Answerer
    skip_retrieval: bool = False


async def answer(question: Question, pipeline: Pipeline) -> AsyncIterator[AnswerEvent]:
    """Raises ProviderError, also after text was given: what came before stays valid."""
    started = time.perf_counter()

    def milliseconds() -> int:
        return round((time.perf_counter() - started) * 1000)

    timings: dict[str, int] = {}
    yield StageStarted("retrieving")
    query = await pipeline.retriever.understand(question)
    hits = [] if pipeline.skip_retrieval else await pipeline.retriever.retrieve(query, PASSAGES_LOOKED_AT)
    timings["retrieved"] = milliseconds()
    plan = await pipeline.answerer.plan(query, hits, pipeline.retriever)
    yield SourcesChosen(plan.sources)
    yield StageStarted("answering")
    chunks = 0
    async for text in pipeline.answerer.write(plan):
        if not chunks:
            timings["first_text"] = milliseconds()
        chunks += 1
        yield TextWritten(text)
    timings["written"] = milliseconds()
    yield AnswerEnded(plan.kind, {"hits": len(hits), "sources": len(plan.sources), "chunks": chunks}, timings)
