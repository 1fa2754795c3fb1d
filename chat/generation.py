"""Runs one reply: publishes what the pipeline gives, and leaves the row in an end state with its text kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError

from chat import metrics, protocol
from chat.answer_watch import AnswerWatch, Found
from chat.journal import Journal
from chat.models import Conversation, Message
from chat.screening import Screening, Writer, calls_for_help
from chat.serializers import message_as_json
from chat.source_cards import source_card
from chat.storing import store_end
from chat.stream_log import StaleFence, StreamLog
from chat.threads import aside, in_thread
from moderation import services as moderation
from moderation.models import Decision
from moderation.types import MEDICAL_EMERGENCY, MEDICATION_RISK
from pipeline import wiring
from pipeline.answering import Pipeline, answer, describe
from pipeline.errors import ProviderError, note_failure
from pipeline.published import PublishedText
from pipeline.quality import measure
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

LONGEST_PAUSE_SECONDS = 2.0
"""Between two tries to store an end: as often as leases are renewed."""
_TRIES_IN_A_HURRY = 5


@dataclass(slots=True)
class Generation:
    """One reply while it is written. `published` is what readers have been given."""

    reply: Message
    """As it was claimed, with its conversation."""
    question: Question
    load_pictures: Callable[[], tuple[Picture, ...]] | None = None
    """Reads what was sent with the question; None: nothing was."""
    journal: Journal | None = None
    reply_id: uuid.UUID = field(init=False)
    key: str = field(init=False)
    """The reply's id in frames and in the log."""
    fence: int = field(init=False)
    metadata: dict[str, Any] = field(init=False)
    filter: PublishedText = field(default_factory=PublishedText, repr=False)
    published: str = ""
    stored: int = 0
    """Code points of `published` that are in the database."""
    stop_requested: bool = False
    ending: bool = False
    """Its end is being stored: that its row isn't `streaming` any more is no loss."""
    hurried: bool = False
    """The process is ending: a database that is away isn't waited for much longer."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    begun: bool = False
    """Its task took its first step. One that is cancelled before never takes it, and would leave its row as it is."""
    lost: bool = False
    """Another process has ended it."""

    def __post_init__(self) -> None:
        self.reply_id, self.fence = self.reply.id, self.reply.fence
        self.key = str(self.reply_id)
        self.metadata = dict(self.reply.metadata)

    def stop(self) -> None:
        if not self.ending:
            self.stop_requested = True
            self._break_off()

    def abandon(self) -> None:
        self.lost = True
        self._break_off()

    def _break_off(self) -> None:
        if self.task and self.begun:
            self.task.cancel()


async def run(generation: Generation, pipeline: Pipeline, log: StreamLog) -> None:
    """Ends in `done` or `incomplete`, whatever happens; only a lost lease ends in silence."""
    key = generation.key
    generation.begun = True
    generation.metadata |= _answered_by(pipeline.answerer.info)
    reason: str | None = None
    try:
        log.begin(key, generation.journal, fence=generation.fence)
        if flag := generation.metadata.get("flag"):
            log.append(key, protocol.Flag(messageId=key, **flag), fence=generation.fence)
        if opening := generation.reply.content:
            _publish(generation, opening + "\n\n", log)
        if generation.stop_requested or generation.lost:
            raise asyncio.CancelledError
        async with asyncio.timeout(settings.REPLY_TIMEOUT_SECONDS):
            if generation.load_pictures is None or await _look(generation, pipeline, log):
                await _consume(generation, pipeline, log)
    except StaleFence:
        return
    except _Withdrawn as withdrawn:
        await _withdraw(generation, withdrawn.found, log)
    except asyncio.CancelledError:
        if generation.lost:
            return
        reason = "stopped" if generation.stop_requested else "interrupted"
    except TimeoutError:
        reason = "timeout"
    except ProviderError as error:
        reason = "failed"
        generation.metadata["error"] = error.message
        note_failure("answer")
        logger.warning("Reply %s failed: %s", key, error.detail)
    except Exception as error:
        reason = "failed"
        logger.error("Reply %s failed: %s", key, type(error).__name__, exc_info=_without_values(error))
    await _end(generation, reason, log)


async def _look(generation: Generation, pipeline: Pipeline, log: StreamLog) -> bool:
    """Has the pictures described, and screens what a model read and saw in them like a patient's own words.

    False: that stopped the model, and the reply is the safe text. Raises ProviderError.
    """
    assert generation.load_pictures
    pictures = await in_thread(generation.load_pictures)()
    generation.question = replace(generation.question, pictures=pictures)
    if pipeline.vision is None:
        return True
    key = generation.key
    log.append(key, protocol.Stage(messageId=key, stage="describing"), fence=generation.fence)
    try:
        description = await describe(generation.question, pipeline.vision)
    except ProviderError as error:
        if not generation.question.text.strip():
            raise
        note_failure("picture")
        logger.warning("Reply %s goes on without a look at its picture: %s", key, error.detail)
        generation.question = replace(generation.question, description=Description("", "", failed=True))
        return True
    screening: Screening = await in_thread(_screen_description)(generation, description.text)
    flag = screening.flag
    if flag and _is_graver(flag, generation.metadata.get("flag")):
        generation.metadata["flag"] = flag
        log.append(key, protocol.Flag(messageId=key, **flag), fence=generation.fence)
        if not screening.blocks and (opening := screening.opening):
            _publish(generation, opening + "\n\n", log)
    if screening.blocks:
        generation.metadata["kind"] = "safety"
        log.append(key, protocol.Error(error="unsafe", messageId=key, retryable=False), fence=generation.fence)
        _publish(generation, screening.safe_reply, log)
        return False
    question = generation.question
    generation.question = replace(
        question,
        description=description,
        urgent=question.urgent or screening.category == MEDICAL_EMERGENCY,
        careful=question.careful or bool(screening.care.get("concern")),
    )
    return True


def _screen_description(generation: Generation, text: str) -> Screening:
    """What a picture says in words is the patient's; for whom it is, their message's screening has looked."""
    conversation = generation.reply.conversation
    country = conversation.user.country
    writer = Writer(country, under_age=generation.question.under_age)
    screening = Screening.of(text, writer, Decision.About.PICTURE)
    assert generation.reply.reply_to_id
    if screening.counts:
        screening.record(
            patient_id=conversation.user_id,
            conversation_id=conversation.id,
            message_id=generation.reply.reply_to_id,
        )
    return screening


def _is_graver(flag: dict[str, Any], than: dict[str, Any] | None) -> bool:
    """Whether it brings help that the flag of the patient's own words didn't bring."""
    return than is None or (calls_for_help(flag) and not calls_for_help(than))


async def _consume(generation: Generation, pipeline: Pipeline, log: StreamLog) -> None:
    key, fence = generation.key, generation.fence
    watch: AnswerWatch | None = None  # of the answer; what a picture shows was screened before
    sources: tuple[Source, ...] = ()
    begins = 0
    async with contextlib.aclosing(answer(generation.question, pipeline)) as events:  # a stop reaches the model host
        async for event in events:
            match event:
                case TextWritten(text):
                    if watch and (found := watch.feed(text)):
                        await _heed(generation, found, log)
                    _publish(generation, text, log)
                case StageStarted(stage):
                    log.append(key, protocol.Stage(messageId=key, stage=stage), fence=fence)
                case SummaryWritten(text, up_to):
                    await in_thread(_store_summary)(generation.reply.conversation_id, text, up_to)
                case SourcesChosen(sources):
                    begins = len(generation.published)
                    watch = AnswerWatch(in_danger=generation.question.urgent or generation.question.careful)
                    watch.take_sources(sources)
                    cards = [source_card(source) for source in sources]
                    generation.metadata["sources"] = [_as_json(card) for card in cards]
                    log.append(key, protocol.Sources(messageId=key, sources=cards), fence=fence)
                case AnswerEnded():
                    if watch and (found := watch.finish()):
                        await _heed(generation, found, log)
                    generation.metadata |= _outcome(event)
                    if event.suggestions and "flag" not in generation.metadata:
                        generation.metadata["suggestions"] = list(event.suggestions)
                    # To compare it with sources takes long; without, a trip to another thread would take longer.
                    measured = (generation.published, begins, sources, event)
                    generation.metadata |= await aside(_measured)(*measured) if sources else _measured(*measured)
                case _:
                    assert_never(event)


class _Withdrawn(Exception):
    """The answer has to be taken back."""

    def __init__(self, found: Found) -> None:
        self.found = found


async def _heed(generation: Generation, found: Found, log: StreamLog) -> None:
    """What screening found in the text so far. Raises _Withdrawn, before the words that it found are published."""
    if found.withdraws:
        if settings.ENABLE_MODERATION:
            raise _Withdrawn(found)
        return
    if not calls_for_help(generation.metadata.get("flag")):  # else the page has said whom to call
        told = await in_thread(_tell_staff)(generation, found)
        generation.metadata["flag"] = told.flag
        log.append(generation.key, protocol.Flag(messageId=generation.key, **told.flag), fence=generation.fence)


async def _withdraw(generation: Generation, found: Found, log: StreamLog) -> None:
    """Nothing of it stays with readers to come, in the journal or in the database: `done` says what replaces it."""
    told = await in_thread(_tell_staff)(generation, found)
    notice = generation.reply.content
    generation.published = f"{notice}\n\n{told.in_its_place}" if notice else told.in_its_place
    generation.metadata.pop("sources", None)
    generation.metadata |= {"withdrawn": True, "kind": "answer"}
    generation.metadata.setdefault("flag", told.flag)
    with contextlib.suppress(StaleFence):
        log.withdraw(generation.key, generation.published, fence=generation.fence)


@dataclass(frozen=True, slots=True)
class _Told:
    flag: dict[str, Any]
    in_its_place: str


def _tell_staff(generation: Generation, found: Found) -> _Told:
    """Records a decision on the answer; returns what the patient is told."""
    conversation = generation.reply.conversation
    verdict, country = found.verdict, conversation.user.country
    moderation.record_decision(
        verdict=verdict,
        patient_id=conversation.user_id,
        conversation_id=conversation.id,
        message_id=generation.reply_id,
        action=Decision.Action.WITHDRAWN if found.withdraws else Decision.Action.NOTICE,
        about=Decision.About.ANSWER,
    )
    flag: dict[str, Any] = {"severity": verdict.severity, "category": verdict.category, "about": "answer"}
    if verdict.category != MEDICATION_RISK:
        flag["emergency"] = moderation.resources(country)
    under_age = generation.question.under_age
    category = "withdrawn" if verdict.category == MEDICATION_RISK else "withdrawn_danger"
    in_its_place = moderation.safe_reply(category, country=country, under_age=under_age)
    return _Told(flag, in_its_place)


def _outcome(ended: AnswerEnded) -> dict[str, Any]:
    by = _answered_by(ended.answered_by)
    if ended.kind == "not_found":
        by["label"] = ended.answered_by.label_nothing_found
    found = {"retrieval": "words"} if ended.by_words_alone else {}
    return {**by, **found, "kind": ended.kind, "counts": ended.counts, "timings": ended.timings}


def _measured(published: str, begins: int, sources: Sequence[Source], ended: AnswerEnded) -> dict[str, Any]:
    """Of what the pipeline wrote, and not of a notice or a picture's description above it.

    An answer is worth more than what is measured of it: where that fails, it goes out without.
    """
    above = "\n" * begins
    try:
        return measure(above + published[begins:], sources, wiring.lexicon(), own_words=ended.own_words).as_json()
    except Exception as error:
        logger.error("An answer couldn't be measured: %s", type(error).__name__, exc_info=_without_values(error))
        return {}


def _store_summary(conversation_id: uuid.UUID, text: str, up_to: int) -> None:
    Conversation.objects.filter(id=conversation_id, summarized_to__lt=up_to).update(summary=text, summarized_to=up_to)


def _publish(generation: Generation, text: str, log: StreamLog) -> None:
    if text := generation.filter.feed(text):
        log.append_text(generation.key, text, fence=generation.fence)
        generation.published += text


async def _end(generation: Generation, reason: str | None, log: StreamLog) -> None:
    """Stored first, told afterwards: `done` is the truth. A second cancellation doesn't hurry it."""
    if reason:
        generation.metadata |= {"incomplete": True, "reason": reason}
    generation.ending = True
    storing = asyncio.ensure_future(_store_end(generation))
    while not storing.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(storing)
    message = storing.result()
    key = generation.key
    if message is None:
        log.give_up(key)
        return
    with contextlib.suppress(StaleFence):
        log.append(key, *last_frames(message), fence=generation.fence)
    metrics.reply_ended(message.metadata)


async def _store_end(generation: Generation) -> Message | None:
    """Tries until the database takes it: its text is nowhere else. None: the lease was lost, or the reply is gone."""
    tries = 0
    while True:
        try:
            message: Message | None = await in_thread(_write_end)(generation)
            return message
        except DatabaseError as error:
            tries += 1
            logger.error("Reply %s can't be stored (%s, try %d)", generation.reply_id, type(error).__name__, tries)
            if generation.hurried and tries >= _TRIES_IN_A_HURRY:
                return None
            await asyncio.sleep(min(0.2 * 2**tries, LONGEST_PAUSE_SECONDS))


def _write_end(generation: Generation) -> Message | None:
    status = Message.Status.INCOMPLETE if "incomplete" in generation.metadata else Message.Status.DONE
    ended = store_end(generation.reply, generation.published, generation.metadata, status)
    if ended and generation.journal:
        generation.journal.close(remove=True)
    return ended


def last_frames(reply: Message) -> list[protocol.Frame]:
    """What readers are told of a reply that is over, broken off or not."""
    key = str(reply.id)
    done = protocol.Done(message=message_as_json(reply))
    if reply.status == Message.Status.INCOMPLETE and reply.metadata.get("reason") != "stopped":
        return [protocol.Error(error="stream interrupted", messageId=key, retryable=True), done]
    return [done]


def _as_json(card: protocol.SourceCard) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(card)
    return data


def _answered_by(info: AnswererInfo) -> dict[str, Any]:
    return {"provider": info.provider, "model": info.model, "label": info.label}


def _without_values(error: Exception) -> Exception:
    """The traceback, but not the text of the error: it may quote what the patient wrote."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
