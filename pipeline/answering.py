"""From a question to its answer: summarize, understand, retrieve, choose, write: an async generator of plain values."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from pipeline import summarizing
from pipeline.pictures import NO_JUDGEMENT, asks_for_judgement, plain_description
from pipeline.prompts import description_prompt
from pipeline.protocols import Answerer, ChatModel, Retriever
from pipeline.query import Query
from pipeline.types import (
    AnswerEnded,
    AnswererInfo,
    AnswerEvent,
    Description,
    Found,
    Plan,
    Question,
    SourcesChosen,
    StageStarted,
    TextWritten,
    Written,
)

PASSAGES_LOOKED_AT = 60
_NOTHING = Found([])
_DESCRIPTION_TOKENS = 400
CANT_SEE = (
    "I can't look at pictures: no model that sees them is connected here. Please write what you would like to know."
)
BY_WORDS_ALONE = "Searched by words alone, so that what says it in other words may be missing."
COULD_NOT_LOOK = "I couldn't look at the picture just now. Please send it again later, or write what you see."


@dataclass(frozen=True, slots=True)
class Pipeline:
    retriever: Retriever
    answerer: Answerer
    summarizer: ChatModel | None = None
    """None: questions are looked up as they are."""
    vision: ChatModel | None = None
    """None: pictures aren't looked at."""
    skip_retrieval: bool = False


class _Clock:
    """Milliseconds from the start, by step."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.timings: dict[str, int] = {}

    def mark(self, step: str) -> None:
        self.timings.setdefault(step, round((time.perf_counter() - self._started) * 1000))


async def describe(question: Question, vision: ChatModel) -> Description:
    """What the pictures show. Raises ProviderError."""
    text = await summarizing.whole_text(
        vision, description_prompt(question.text, question.pictures), _DESCRIPTION_TOKENS
    )
    return Description(text.strip(), vision.model)


async def answer(question: Question, pipeline: Pipeline) -> AsyncGenerator[AnswerEvent]:
    """Raises ProviderError, also after text was given: what came before stays valid."""
    clock = _Clock()
    if question.pictures:
        for text in _about_pictures(question):
            yield TextWritten(f"{text}\n\n")
        question = replace(question, history=())  # "this" is the picture, not what was talked of before
        if not question.text.strip() or asks_for_judgement(question.text):
            clock.mark("written")
            yield AnswerEnded("answer", _seen_by(question, pipeline.answerer.info), {"sources": 0}, clock.timings)
            return
    rewritten = ""
    if pipeline.summarizer and not question.simplifies:
        yield StageStarted("summarizing")
        question, summary = await summarizing.with_summary(question, pipeline.summarizer)
        if summary:
            yield summary
        if not pipeline.skip_retrieval:
            rewritten = await summarizing.search_query(question, pipeline.summarizer)
        clock.mark("summarized")
    if not (pipeline.skip_retrieval or question.simplifies):
        yield StageStarted("retrieving")
    plan, found = await _plan(question, rewritten, pipeline)
    clock.mark("retrieved")
    yield SourcesChosen(plan.sources)
    yield StageStarted("answering")
    chunks = 0
    written = Written(pipeline.answerer.info)
    async with aclosing(pipeline.answerer.write(plan)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Written):
                written = piece
                continue
            if not chunks:
                clock.mark("first_text")
            chunks += 1
            yield TextWritten(piece)
    clock.mark("written")
    counts = {"hits": len(found.hits), "sources": len(plan.sources), "chunks": chunks} | written.counts
    own_words = (*plan.notes, *written.remarks)
    by = _answered_by(question, _searched_by(found, written.info))
    yield AnswerEnded(plan.kind, by, counts, clock.timings, own_words, found.by_words_alone, plan.suggestions)


async def _plan(question: Question, rewritten: str, pipeline: Pipeline) -> tuple[Plan, Found]:
    """The plan, and the passages that were looked at.

    The patient's own words are looked up first, the summarizer's query where they found nothing. What the patient's
    words name holds for both: other words must not lead past the combination or the person that was asked about.
    """
    if question.simplifies:
        return pipeline.answerer.plan_plainer(question, question.simplifies), _NOTHING
    if pipeline.skip_retrieval:
        query = Query(question.text, (), frozenset(), urgent=question.urgent)
        return await pipeline.answerer.plan(question, query, [], pipeline.retriever), _NOTHING
    query = await pipeline.retriever.understand(question)
    plan, found = await _plan_for(question, query, pipeline)
    if plan.kind == "not_found" and not plan.closed and rewritten and rewritten != question.text:
        other = await pipeline.retriever.understand(replace(question, text=rewritten))
        other = replace(other, concepts=other.concepts | query.concepts, told=other.told | query.told)
        other_plan, other_found = await _plan_for(question, other, pipeline)
        if other_plan.kind == "answer":
            return other_plan, other_found
    return plan, found


async def _plan_for(question: Question, query: Query, pipeline: Pipeline) -> tuple[Plan, Found]:
    found = await pipeline.retriever.retrieve(query, PASSAGES_LOOKED_AT)
    return await pipeline.answerer.plan(question, query, found.hits, pipeline.retriever), found


def _about_pictures(question: Question) -> list[str]:
    """What stands above an answer to a question with pictures: fixed words, and a description that judges nothing."""
    if question.description is None:
        return [CANT_SEE]
    if question.description.failed:
        return [COULD_NOT_LOOK]
    seen = plain_description(question.description.text)
    parts = [f"What I can see: {seen.description}"] if seen.description else []
    if seen.writing:
        parts.append(f"Text in the picture: “{seen.writing}”")
    return [*(parts or ["I can't make out what the picture shows."]), NO_JUDGEMENT]


def _seen_by(question: Question, info: AnswererInfo) -> AnswererInfo:
    """Who answers where nothing but the pictures was told of."""
    if question.description is None or question.description.failed:
        return replace(info, model=None, label="The picture wasn't looked at")
    model = question.description.model
    return replace(info, model=model, label=f"Described by a language model ({model}). It can be mistaken.")


def _searched_by(found: Found, info: AnswererInfo) -> AnswererInfo:
    if not found.by_words_alone:
        return info
    label, nothing_found = (
        f"{label.removesuffix('.')}. {BY_WORDS_ALONE}" for label in (info.label, info.label_nothing_found)
    )
    return replace(info, label=label, label_nothing_found=nothing_found)


def _answered_by(question: Question, info: AnswererInfo) -> AnswererInfo:
    if question.description is None or question.description.failed:
        return info
    seen = f"Picture described by a language model ({question.description.model}). The rest: "
    return replace(info, label=seen + info.label, label_nothing_found=seen + info.label_nothing_found)
