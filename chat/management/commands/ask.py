"""Asks Veda one question from the command line: screening, stages, answer and sources, as a patient gets them."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import ArgumentParser
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.picture_files import clean_picture
from chat.screening import Screening
from chat.source_cards import source_card
from moderation.types import MEDICAL_EMERGENCY
from pipeline import audio, wiring
from pipeline.answering import Pipeline, answer, describe
from pipeline.errors import ProviderError
from pipeline.types import (
    AnswerEnded,
    Picture,
    Question,
    SourcesChosen,
    StageStarted,
    SummaryWritten,
    TextWritten,
)
from veda.errors import VedaError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", nargs="?", default="", help="the question; - reads it from standard input")
        parser.add_argument("--picture", type=Path, action="append", default=[], help="a picture to ask about")
        parser.add_argument("--speech", type=Path, help="a recording to ask with")
        parser.add_argument("--json", action="store_true", help="every event as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self._as_json: bool = options["json"]
        try:
            question = self._question(options)
            asyncio.run(self._ask(question))
        except (ProviderError, VedaError, audio.AudioRefused) as error:
            detail = getattr(error, "detail", "")
            raise CommandError(
                error.message if detail in ("", error.message) else f"{error.message} ({detail})"
            ) from None
        except OSError as error:
            raise CommandError(": ".join(filter(None, (error.filename, error.strerror)))) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None

    def _question(self, options: dict[str, Any]) -> Question:
        """Raises ProviderError, VedaError, AudioRefused, OSError."""
        text = sys.stdin.read() if options["question"] == "-" else options["question"]
        if options["speech"]:
            transcriber = wiring.transcriber()
            if transcriber is None:
                raise CommandError("Speech is switched off (STT_PROVIDER=off).")
            self._tell("stage", "transcribing")
            recording = audio.decode(options["speech"].read_bytes(), max_seconds=settings.AUDIO_MAX_SECONDS)
            heard = transcriber.transcribe(recording).text
            self._tell("heard", heard)
            text = "\n\n".join(part for part in (text, heard) if part)
        pictures = []
        for path in options["picture"]:
            clean = clean_picture(path.read_bytes(), max_pixels=settings.PICTURE_MAX_PIXELS)
            pictures.append(Picture(clean.data, clean.mime_type))
        if not text.strip() and not pictures:
            raise CommandError('There is no question. Try: manage.py ask "what helps against a migraine?"')
        return Question(text, pictures=tuple(pictures))

    async def _ask(self, question: Question) -> None:
        pipeline = wiring.pipeline()
        if not self._may_be_answered(question.text):
            return
        if question.pictures and pipeline.vision:
            self._tell("stage", "describing")
            description = await describe(question, pipeline.vision)
            if not self._may_be_answered(description.text):
                return
            question = replace(question, description=description)
        if Screening.of(question.text).category == MEDICAL_EMERGENCY:
            question = replace(question, urgent=True)
        await self._answer(question, pipeline)

    def _may_be_answered(self, text: str) -> bool:
        """Screens it as a patient's message would be; no decision is kept."""
        screening = Screening.of(text)
        if screening.counts:
            self._tell("screening", f"{screening.category}: {screening.action}")
        if shown := screening.safe_reply if screening.keeps_from_model else screening.opening:
            self._write(f"{shown}\n\n")
        return not screening.keeps_from_model

    async def _answer(self, question: Question, pipeline: Pipeline) -> None:
        """Raises ProviderError."""
        sources: list[dict[str, Any]] = []
        async with aclosing(answer(question, pipeline)) as events:
            async for event in events:
                match event:
                    case StageStarted(stage):
                        self._tell("stage", stage)
                    case SummaryWritten(text):
                        self._tell("summary", text)
                    case SourcesChosen(chosen):
                        sources = [msgspec.to_builtins(source_card(source)) for source in chosen]
                        if self._as_json:
                            self._tell("sources", sources)
                    case TextWritten(text):
                        self._write(text)
                    case AnswerEnded():
                        self._tell_end(event, sources)

    def _tell_end(self, ended: AnswerEnded, sources: list[dict[str, Any]]) -> None:
        if self._as_json:
            self._tell(
                "done",
                {
                    "kind": ended.kind,
                    "answered_by": ended.answered_by.as_json(),
                    "counts": ended.counts,
                    "timings": ended.timings,
                },
            )
            return
        self.stdout.write("")
        for source in sources:
            self.stdout.write(f"[{source['n']}] {source['title']} · {source['source']}\n    {source['url']}")
        timings = ", ".join(f"{step} {milliseconds} ms" for step, milliseconds in ended.timings.items())
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in ended.counts.items())
        self._tell("done", f"{ended.answered_by.label} · {timings} · {counts}")

    def _tell(self, what: str, value: Any) -> None:
        """What isn't the answer goes to standard error, so that the answer alone can be piped on."""
        if self._as_json:
            self.stdout.write(json.dumps({what: value}))
        else:
            self.stderr.write(f"· {what}: {value}", self.style.NOTICE)

    def _write(self, text: str) -> None:
        if self._as_json:
            self.stdout.write(json.dumps({"text": text}))
        else:
            self.stdout.write(text, ending="")
            self.stdout.flush()
