"""Canned answers for tests and demonstrations of the page (`USE_DEV_LLM`). Never a patient's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from pipeline.protocols import Retriever
from pipeline.query import Query
from pipeline.types import AnswererInfo, GivenAnswer, Hit, Plan, Question, Source, Written

_WORD_SECONDS = 0.01


class CannedAnswerer:
    info = AnswererInfo(
        provider="canned",
        model="canned",
        language_model=False,
        label="Canned answer, for tests only",
        label_nothing_found="Canned answer, for tests only",
    )

    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        sources = tuple(Source(n, hit.passage, hit.coverage) for n, hit in enumerate(hits[:2], 1))
        numbers = " ".join(f"[{source.n}]" for source in sources)
        return Plan(
            "answer",
            sources,
            f"This is a canned answer. It says nothing about your question. {numbers}".strip(),
        )

    def plan_plainer(self, question: Question, given: GivenAnswer) -> Plan:
        return Plan("answer", given.sources, "This is a canned answer in plainer words.")

    async def write(self, plan: Plan) -> AsyncGenerator[str | Written]:
        for word in plan.text.split(" "):
            yield f"{word} "
            await asyncio.sleep(_WORD_SECONDS)
        yield Written(self.info)
