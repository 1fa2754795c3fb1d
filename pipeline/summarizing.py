"""Keeps long conversations short for the models: one stand-alone search query, one running summary. Pure.

Both are a help that an answer can do without: what goes wrong here is logged, and the answer goes on with the patient's
own words.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace

from pipeline.errors import ProviderError, note_failure
from pipeline.protocols import ChatModel
from pipeline.summary_prompts import query_from, query_prompt, summary_from, summary_prompt
from pipeline.thinking import ThinkingFilter
from pipeline.types import ChatMessage, ModelUsage, Question, SummaryWritten

logger = logging.getLogger(__name__)

TURNS_KEPT = 4
"""The last turns reach the prompts in their own words."""
TURNS_FOLDED_AT = 8
"""With so many turns beyond the summary, the older ones are folded into it: one call in every four questions."""
CHARS_A_TOKEN = 16
"""More than any model's tokens have on average."""
_QUERY_TOKENS, _SUMMARY_TOKENS = 80, 320
_PATIENCE_SECONDS = 30.0


async def with_summary(question: Question, model: ChatModel) -> tuple[Question, SummaryWritten | None]:
    """The question with a history of bounded length, and the new summary where one was written."""
    if len(question.history) < TURNS_FOLDED_AT:
        return question, None
    older = question.history[:-TURNS_KEPT]
    summary = summary_from(await _said(model, summary_prompt(question.summary, older), _SUMMARY_TOKENS))
    if not summary:
        return question, None
    shorter = replace(question, summary=summary, history=question.history[-TURNS_KEPT:])
    return shorter, SummaryWritten(summary, older[-1].position)


async def search_query(question: Question, model: ChatModel) -> str:
    """The question as one that stands alone; empty where the model gave none that can be used."""
    return query_from(await _said(model, query_prompt(question), _QUERY_TOKENS), question)


async def _said(model: ChatModel, messages: tuple[ChatMessage, ...], max_tokens: int) -> str:
    """The whole of what the model says, without its thinking; empty where it fails or takes too long."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await whole_text(model, messages, max_tokens)
    except ProviderError as error:
        note_failure("summary")
        logger.warning("Summarizing failed: %s", error.detail)
    except TimeoutError:
        note_failure("summary")
        logger.warning("Summarizing with %s took longer than %d s", model.model, _PATIENCE_SECONDS)
    return ""


async def whole_text(model: ChatModel, messages: tuple[ChatMessage, ...], max_tokens: int) -> str:
    """Raises ProviderError."""
    thinking = ThinkingFilter()
    text = ""
    told = 0
    async with aclosing(model.stream(messages, max_tokens=max_tokens)) as stream:
        async for piece in stream:
            if isinstance(piece, ModelUsage):
                continue
            text += thinking.feed(piece)
            told += len(piece)
            if told > CHARS_A_TOKEN * max_tokens:  # a host that doesn't keep to what it was asked
                break
    return text + thinking.finish()
