"""Answers in a language model's words, from the sources that were chosen, each statement with its number.

What should not be put in a model's own words is quoted: an emergency's answer, what is told beside a picture, and what
wasn't found.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from pipeline.errors import ProviderError, note_failure
from pipeline.fixed_words import NO_PLAINER_WORDS
from pipeline.prompts import AnswerPrompt, answer_prompt, plainer_prompt
from pipeline.protocols import ChatModel, Retriever
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.query import Query
from pipeline.shown import ShownText
from pipeline.summarizing import CHARS_A_TOKEN
from pipeline.types import AnswererInfo, GivenAnswer, Hit, ModelUsage, Plan, Question, Source, Written

logger = logging.getLogger(__name__)

CUT_OFF = "\n\n*This answer reached its greatest length and ends here.*"
UNCITED = "\n\n*The model didn't say which source this is from. Please compare it with the sources below.*"
SILENT = "The language model gave no answer. Please try again in a moment."


class LanguageModelAnswerer:
    def __init__(
        self,
        model: ChatModel,
        quoting: ExtractiveAnswerer,
        *,
        context_tokens: int,
        max_tokens: int,
        uses_sources: bool = True,
        falls_back: bool = False,
    ) -> None:
        """`falls_back`: where the model fails before its first word, the sources are quoted instead."""
        self._model = model
        self._quoting = quoting
        self._context_tokens = context_tokens
        self._max_tokens = max_tokens
        self._uses_sources = uses_sources
        self._falls_back = falls_back and uses_sources
        whence = "from the sources" if uses_sources else "without sources"
        self.info = AnswererInfo(
            provider=model.provider,
            model=model.model,
            language_model=True,
            label=f"Written by a language model ({model.model}) {whence}. It can be mistaken.",
            label_nothing_found="Searched the health topics",
        )

    async def plan(self, question: Question, query: Query, hits: Sequence[Hit], retriever: Retriever) -> Plan:
        if not self._uses_sources:
            return Plan("answer", prompt=self._prompt(question, ()).messages)
        quoted = await self._quoting.plan(question, query, hits, retriever)
        if quoted.kind != "answer" or quoted.closed or query.urgent or question.pictures:
            return quoted
        prompt = self._prompt(question, quoted.sources)
        return Plan(
            "answer",
            tuple(prompt.sources),
            self._quoting.quoted(prompt.sources, quoted.notes),
            quoted.notes,
            prompt=prompt.messages,
            suggestions=quoted.suggestions,
        )

    def plan_plainer(self, question: Question, given: GivenAnswer) -> Plan:
        prompt = plainer_prompt(question, given, context_tokens=self._context_tokens, max_tokens=self._max_tokens)
        sources = tuple(prompt.sources)
        return Plan("answer", sources, NO_PLAINER_WORDS, prompt=prompt.messages)

    def _prompt(self, question: Question, sources: Sequence[Source]) -> AnswerPrompt:
        return answer_prompt(question, sources, context_tokens=self._context_tokens, max_tokens=self._max_tokens)

    async def write(self, plan: Plan) -> AsyncGenerator[str | Written]:
        if not plan.prompt:
            async for quoted in self._quoting.write(plan):
                yield quoted
            return
        shown = ShownText(plan.sources)
        above = "".join(f"{note}\n\n" for note in plan.notes)
        usage = ModelUsage()
        told, most = 0, CHARS_A_TOKEN * self._max_tokens
        try:
            async with aclosing(self._model.stream(plan.prompt, max_tokens=self._max_tokens)) as stream:
                async for piece in stream:
                    if isinstance(piece, ModelUsage):
                        usage = piece
                        text = shown.finish()
                    else:
                        text = shown.feed(piece)
                        told += len(piece)
                    if text:
                        yield above + text
                        above = ""
                    if told > most:  # a host that doesn't keep to what it was asked
                        usage = ModelUsage(cut_off=True)
                        break
            if not shown.begun:
                raise ProviderError(SILENT, retryable=True, detail=f"{self._model.model} ended without a word")
        except ProviderError as error:
            if shown.begun or not self._falls_back:
                raise
            note_failure("answer")
            logger.warning("Quoted instead: %s", error.detail)
            async for quoted in self._quoting.write(plan):
                yield quoted
            return
        if usage.cut_off:
            yield CUT_OFF
        if plan.sources and not shown.cited:
            yield UNCITED
        yield Written(self.info, self._counts(usage), (CUT_OFF, UNCITED))

    def _counts(self, usage: ModelUsage) -> dict[str, int]:
        room = self._context_tokens - self._max_tokens
        if usage.prompt_tokens and usage.prompt_tokens > room:
            logger.warning(
                "%s counted %d tokens in the prompt, room was made for %d: it may have cut off the beginning",
                self._model.model, usage.prompt_tokens, room,
            )  # fmt: skip
        given = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
        return {name: count for name, count in given.items() if count is not None}
