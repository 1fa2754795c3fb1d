"""A chat model in memory, whose words the test gives; it keeps what it was asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from pipeline.types import ChatMessage, ModelUsage

Answer = Sequence[str | ModelUsage | Exception]


class ScriptedModel:
    provider = "ollama"

    def __init__(self, *answer: str | ModelUsage | Exception, model: str = "medgemma") -> None:
        """`answer`: what it says each time, in pieces; an exception ends it."""
        self.model = model
        self.answer: Answer = answer
        self.decides: Callable[[Sequence[ChatMessage]], Answer] | None = None
        self.asked: list[tuple[ChatMessage, ...]] = []
        self.max_tokens: list[int] = []
        self.closed = 0

    async def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncGenerator[str | ModelUsage]:
        self.asked.append(tuple(messages))
        self.max_tokens.append(max_tokens)
        try:
            pieces = self.decides(messages) if self.decides else self.answer
            for piece in pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
            if not any(isinstance(piece, ModelUsage) for piece in pieces):
                yield ModelUsage()
        finally:
            self.closed += 1

    @property
    def last_prompt(self) -> str:
        return "\n".join(message.content for message in self.asked[-1])
