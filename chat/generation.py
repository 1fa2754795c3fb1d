"""Runs one reply: publishes what the pipeline gives, and leaves the row in an end state with its text kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from chat import protocol
from chat.models import Conversation, Message
from chat.screening import Screening
from chat.serializers import message_as_json
from chat.stream_log import MemoryStreamLog, StaleFence
from moderation import services as moderation
from moderation.types import MEDICAL_EMERGENCY
from pipeline.answering import Pipeline, answer, describe
from pipeline.errors import ProviderError
from pipeline.types import (
    AnswerEnded,
    AnswererInfo,
    Description,
    Picture,
    Question,
    Source,
    SourcesChosen,
    StageStarted,
    SummaryWritten,
    TextWritten,
)

logger = logging.getLogger(__name__)

EXCERPT_CHARS = 1200
MOST_PUBLISHERS = 2
_STORE_TRIES = 5
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""NUL, which PostgreSQL stores not, and what could show digits in another order than they were written."""


@dataclass(slots=True)
class Generation:
    """One reply while it is written. `published` is what readers have been given."""

    reply_id: uuid.UUID
    fence: int
    question: Question
    metadata: dict[str, Any]
    conversation_id: uuid.UUID
    patient_id: uuid.UUID
    message_id: uuid.UUID
    """Of the question."""
    load_pictures: Callable[[], tuple[Picture, ...]] | None = None
    """Reads what was sent with the question; None: nothing was."""
    published: str = ""
    stored: int = 0
    """Code points of `published` that are in the database."""
    stop_requested: bool = False
    ending: bool = False
    """Its end is being stored: that its row isn't `streaming` any more is no loss."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def stop(self) -> None:
        self.stop_requested = True
        if self.task:
            self.task.cancel()


async def run(generation: Generation, pipeline: Pipeline, log: MemoryStreamLog) -> None:
    """Ends in `done` or `incomplete`, whatever happens; only a lost lease ends in silence."""
    key = str(generation.reply_id)
    generation.metadata |= _answered_by(pipeline.answerer.info)
    reason: str | None = None
    try:
        if flag := generation.metadata.get("flag"):
            _tell_flag(generation, flag, log)
        async with asyncio.timeout(settings.REPLY_TIMEOUT_SECONDS):
            if generation.load_pictures is None or await _look(generation, pipeline, log):
                await _consume(generation, pipeline, log)
    except StaleFence:
        return
    except asyncio.CancelledError:
        reason = "stopped" if generation.stop_requested else "interrupted"
    except TimeoutError:
        reason = "timeout"
    except ProviderError as error:
        reason = "failed"
        generation.metadata["error"] = error.message
        logger.warning("Reply %s failed: %s", key, error.detail)
    except Exception as error:
        reason = "failed"
        logger.error("Reply %s failed: %s", key, type(error).__name__, exc_info=_without_values(error))
    await _end(generation, reason, log)


def _tell_flag(generation: Generation, flag: dict[str, Any], log: MemoryStreamLog) -> None:
    key = str(generation.reply_id)
    log.append(key, protocol.Flag(messageId=key, **flag), fence=generation.fence)
    if flag["category"] == MEDICAL_EMERGENCY:
        _publish(generation, moderation.safe_reply(MEDICAL_EMERGENCY) + "\n\n", log)


async def _look(generation: Generation, pipeline: Pipeline, log: MemoryStreamLog) -> bool:
    """Has the pictures described, and screens what a model read and saw in them like a patient's own words.

    False: that stopped the model, and the reply is the safe text. Raises ProviderError.
    """
    assert generation.load_pictures
    pictures = await database_sync_to_async(generation.load_pictures)()
    generation.question = replace(generation.question, pictures=pictures)
    if pipeline.vision is None:
        return True
    key = str(generation.reply_id)
    log.append(key, protocol.Stage(messageId=key, stage="describing"), fence=generation.fence)
    try:
        description = await describe(generation.question, pipeline.vision)
    except ProviderError as error:
        if not generation.question.text.strip():
            raise
        logger.warning("Reply %s goes on without a look at its picture: %s", key, error.detail)
        generation.question = replace(generation.question, description=Description("", "", failed=True))
        return True
    screening = await asyncio.to_thread(Screening.of, description.text)
    if screening.counts:
        await database_sync_to_async(_record)(generation, screening)
    flag = screening.flag
    if flag and _is_graver(flag, generation.metadata.get("flag")):
        generation.metadata["flag"] = flag
        _tell_flag(generation, flag, log)
    if screening.blocks:
        generation.metadata["kind"] = "safety"
        log.append(key, protocol.Error(error="unsafe", messageId=key, retryable=False), fence=generation.fence)
        _publish(generation, moderation.safe_reply(screening.category), log)
        return False
    urgent = generation.question.urgent or screening.category == MEDICAL_EMERGENCY
    generation.question = replace(generation.question, description=description, urgent=urgent)
    return True


def _record(generation: Generation, screening: Screening) -> None:
    moderation.record_decision(
        verdict=screening.verdict,
        patient_id=generation.patient_id,
        conversation_id=generation.conversation_id,
        message_id=generation.message_id,
        action=screening.action,
    )


def _is_graver(flag: dict[str, Any], than: dict[str, Any] | None) -> bool:
    """Whether it brings help that the flag of the patient's own words didn't bring."""
    return than is None or ("emergency" in flag and "emergency" not in than)


async def _consume(generation: Generation, pipeline: Pipeline, log: MemoryStreamLog) -> None:
    key, fence = str(generation.reply_id), generation.fence
    async with contextlib.aclosing(answer(generation.question, pipeline)) as events:  # a stop reaches the model host
        async for event in events:
            match event:
                case TextWritten(text):
                    _publish(generation, text, log)
                case StageStarted(stage):
                    log.append(key, protocol.Stage(messageId=key, stage=stage), fence=fence)
                case SummaryWritten(text, up_to):
                    await database_sync_to_async(_store_summary)(generation.conversation_id, text, up_to)
                case SourcesChosen(sources):
                    cards = [source_card(source) for source in sources]
                    generation.metadata["sources"] = [_as_json(card) for card in cards]
                    log.append(key, protocol.Sources(messageId=key, sources=cards), fence=fence)
                case AnswerEnded():
                    generation.metadata |= _outcome(event)


def _outcome(ended: AnswerEnded) -> dict[str, Any]:
    by = _answered_by(ended.answered_by)
    if ended.kind == "not_found":
        by["label"] = ended.answered_by.label_nothing_found
    return {**by, "kind": ended.kind, "counts": ended.counts, "timings": ended.timings}


def _store_summary(conversation_id: uuid.UUID, text: str, up_to: int) -> None:
    Conversation.objects.filter(id=conversation_id, summarized_to__lt=up_to).update(summary=text, summarized_to=up_to)


def _publish(generation: Generation, text: str, log: MemoryStreamLog) -> None:
    text = _CONTROLS.sub("", text)
    if not text:
        return
    log.append_text(str(generation.reply_id), text, fence=generation.fence)
    generation.published += text


async def _end(generation: Generation, reason: str | None, log: MemoryStreamLog) -> None:
    """Stored first, told afterwards: `done` is the truth. A second cancellation doesn't hurry it."""
    if reason:
        generation.metadata |= {"incomplete": True, "reason": reason}
    generation.ending = True
    storing = asyncio.ensure_future(_store_end(generation))
    while not storing.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(storing)
    message = storing.result()
    if message is None:
        return
    key = str(generation.reply_id)
    frames: list[protocol.Frame] = [protocol.Done(message=message_as_json(message))]
    if reason and reason != "stopped":
        frames.insert(0, interrupted(key))
    try:
        log.append(key, *frames, fence=generation.fence)
    except StaleFence:
        return


async def _store_end(generation: Generation) -> Message | None:
    """None: the lease was lost, or the conversation is gone."""
    for attempt in range(1, _STORE_TRIES + 1):
        try:
            message: Message | None = await database_sync_to_async(_write_end)(generation)
            return message
        except DatabaseError as error:
            logger.error("Reply %s can't be stored (%s, try %d)", generation.reply_id, type(error).__name__, attempt)
            await asyncio.sleep(0.2 * 2**attempt)
    return None


def _write_end(generation: Generation) -> Message | None:
    incomplete = "incomplete" in generation.metadata
    written = Message.objects.filter(
        id=generation.reply_id, fence=generation.fence, status=Message.Status.STREAMING
    ).update(
        content=generation.published.rstrip(),
        metadata=generation.metadata,
        status=Message.Status.INCOMPLETE if incomplete else Message.Status.DONE,
        lease_holder="",
        lease_until=None,
    )
    return Message.objects.filter(id=generation.reply_id).first() if written else None


def interrupted(key: str) -> protocol.Error:
    return protocol.Error(error="stream interrupted", messageId=key, retryable=True)


def source_card(source: Source) -> protocol.SourceCard:
    """The page that the block was checked against stands for it; the words are Veda's own."""
    passage = source.passage
    page = passage.references[0] if passage.references else None
    publishers = list(dict.fromkeys(reference.publisher for reference in passage.references))
    others = len(publishers) - MOST_PUBLISHERS
    checked = "; ".join(publishers[:MOST_PUBLISHERS]) + (f" and {others} more" if others > 0 else "")
    return protocol.SourceCard(
        n=source.n,
        title=passage.title,
        heading=passage.heading or None,
        url=page.url if page else "",
        source="Veda health topics" + (f", checked against {checked}" if checked else ""),
        read_on=page.read_on.isoformat() if page and page.read_on else None,
        excerpt=_excerpt(passage.text),
        score=round(min(1.0, source.score), 3),
        clinically_reviewed=passage.clinically_reviewed,
    )


def _excerpt(text: str) -> str:
    """In running text: a list's items follow one another."""
    text = re.sub(r"\s*\n(?:[-*]|\d+\.)\s+", " · ", text).replace(": · ", ": ")
    if len(text) <= EXCERPT_CHARS:
        return text
    return text[:EXCERPT_CHARS].rsplit(" ", 1)[0] + " …"


def _as_json(card: protocol.SourceCard) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(card)
    return data


def _answered_by(info: AnswererInfo) -> dict[str, Any]:
    return {"provider": info.provider, "model": info.model, "label": info.label}


def _without_values(error: Exception) -> Exception:
    """The traceback, but not the text of the error: it may quote what the patient wrote."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
