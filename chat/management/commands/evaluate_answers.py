"""Asks questions exactly as patients' questions are asked here, and measures what is answered.

The questions are lines of JSON, `{"id", "text"}`; a file of them may be packed (.gz). Of many files as one, `--sample`
draws some: the same seed draws the same, in whatever order the files and their lines stand. Reference answers are lines
of `{"id", "references": ["…" or {"answer": "…"}]}` with the same ids: how many of their words an answer has, of the
best.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import random
import re
import time
import zlib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from chat.answer_watch import AnswerWatch, Found
from chat.screening import Screening, Writer
from moderation.age import is_under_age
from moderation.types import MEDICAL_EMERGENCY
from pipeline import wiring
from pipeline.answering import Pipeline, answer
from pipeline.errors import ProviderError
from pipeline.published import PublishedText
from pipeline.quality import Quality, measure
from pipeline.types import AnswerEnded, Question, Source, SourcesChosen, TextWritten
from pipeline.words import content_stems

_CITED = re.compile(r"\[(\d{1,2})\]")
_EXIT_FAILED = 3
"""Some questions got no answer, because a model host or the index failed."""


@dataclass(slots=True)
class Outcome:
    """What came of one question. `kind`: one of KINDS."""

    id: str
    kind: str
    milliseconds: int = 0
    first_text: int | None = None
    opening: str = ""
    """The notice that stands above the answer."""
    text: str = ""
    sources: tuple[Source, ...] = ()
    quality: Quality | None = None
    reference: float | None = None
    detail: str = ""

    @property
    def cited(self) -> int:
        """How many of its sources."""
        return len({int(number) for number in _CITED.findall(self.text)} & {source.n for source in self.sources})

    def as_json(self) -> dict[str, Any]:
        measured = self.quality.as_json() if self.quality else {}
        told = {"id": self.id, "kind": self.kind, "milliseconds": self.milliseconds, "first_text": self.first_text}
        return {**told, "sources": len(self.sources), "cited": self.cited, "reference": self.reference, **measured}

    def as_shown(self, question: str) -> dict[str, Any]:
        """What a patient would have seen, to be judged by a reader."""
        cards = [{"n": s.n, "document": s.passage.document, "title": s.passage.title} for s in self.sources]
        shown = "\n\n".join(part for part in (self.opening, self.text) if part)
        return {**self.as_json(), "question": question, "text": shown, "shown_sources": cards}


@dataclass(slots=True)
class Figures:
    outcomes: list[Outcome] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        answered = [one for one in self.outcomes if one.kind == "answer"]
        checked = [one.quality.support for one in answered if one.quality and one.quality.support]
        scores = [support.score for support in checked if support.score is not None]
        grades = [
            one.quality.reading_grade for one in answered if one.quality and one.quality.reading_grade is not None
        ]
        return {
            "questions": len(self.outcomes),
            **{kind: sum(one.kind == kind for one in self.outcomes) for kind in KINDS},
            "support": _mean(scores),
            "sentences": sum(len(support.checked) for support in checked),
            "unsupported": sum(len(support.unsupported) for support in checked),
            "missing": dict(Counter(what for s in checked for one in s.unsupported for what in sorted(one.missing))),
            "answers_that_cite": _mean([one.cited > 0 for one in answered]),
            "sources_cited": _mean([one.cited / len(one.sources) for one in answered if one.sources]),
            "reading_grade": _mean(grades),
            "reference_words": _mean([one.reference for one in answered if one.reference is not None]),
            "first_text_ms": _percentiles([one.first_text for one in self.outcomes if one.first_text is not None]),
            "whole_answer_ms": _percentiles([one.milliseconds for one in self.outcomes if one.kind != "refused"]),
        }


KINDS = {
    "answer": "answered",
    "not_found": "abstained: nothing was found",
    "refused": "kept from the answerer by screening",
    "withdrawn": "withdrawn: what was found was taken back",
    "failed": "failed",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--questions", type=Path, nargs="+", required=True, metavar="F", help="lines of JSON: id, text"
        )
        parser.add_argument("--sample", type=int, metavar="N", help="asks so many of them, drawn by the seed")
        parser.add_argument("--seed", type=int, default=0, help="of --sample; 0 by default")
        parser.add_argument("--references", type=Path, metavar="F", help="lines of JSON: id, references")
        parser.add_argument("--answers-out", type=Path, metavar="F", help="writes a line of JSON for each question")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        questions = [question for path in options["questions"] for question in read_questions(path)]
        if options["sample"] is not None:
            questions = drawn(questions, options["sample"], options["seed"])
        references = read_references(options["references"]) if options["references"] else {}
        if references and not references.keys() & {question_id for question_id, _ in questions}:
            raise CommandError(f"{options['references']}: none of its ids is among the questions.")
        try:
            pipeline = wiring.pipeline()
            figures = asyncio.run(self._ask(questions, references, pipeline))
            if options["answers_out"]:
                pairs = zip(questions, figures.outcomes, strict=True)
                lines = (json.dumps(outcome.as_shown(question)) + "\n" for (_, question), outcome in pairs)
                options["answers_out"].write_text("".join(lines), encoding="utf-8")
        except ProviderError as error:
            raise CommandError(f"{error.message} ({error.detail})" if error.detail else error.message) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None
        self._tell(figures, pipeline, as_json=options["json"])
        if failed := [one for one in figures.outcomes if one.kind == "failed"]:
            raise CommandError(f"{len(failed)} failed, the first: {failed[0].detail}", returncode=_EXIT_FAILED)

    async def _ask(
        self, questions: Sequence[tuple[str, str]], references: dict[str, list[str]], pipeline: Pipeline
    ) -> Figures:
        figures = Figures()
        for question_id, text in tqdm(questions, unit="question", disable=None, leave=False):
            outcome = await outcome_of(question_id, text, pipeline)
            if outcome.kind == "answer" and question_id in references:
                outcome.reference = max(words_shared(outcome.text, given) for given in references[question_id])
            figures.outcomes.append(outcome)
        return figures

    def _tell(self, figures: Figures, pipeline: Pipeline, *, as_json: bool) -> None:
        told = figures.as_json()
        if as_json:
            each = [one.as_json() for one in figures.outcomes]
            by = pipeline.answerer.info.as_json()
            self.stdout.write(json.dumps({"answered_by": by, "figures": told, "questions": each}, indent=1))
            return
        self.stdout.write(f"{told['questions']} questions. {pipeline.answerer.info.label}\n")
        for kind, words in KINDS.items():
            self.stdout.write(f"  {told[kind]:5} {words}")
        rows = {
            "sentences that the sources have": f"{_share(told['support'])}, "
            f"{told['unsupported']} of {told['sentences']} unsupported {told['missing'] or ''}".rstrip(),
            "answers that cite a source": _share(told["answers_that_cite"]),
            "sources that are cited": _share(told["sources_cited"]),
            "reading grade": "-" if told["reading_grade"] is None else f"{told['reading_grade']:.1f}",
            "words of the reference answers": _share(told["reference_words"]),
            "first text, p50 and p95": _times(told["first_text_ms"]),
            "whole answer, p50 and p95": _times(told["whole_answer_ms"]),
        }
        for name, value in rows.items():
            self.stdout.write(f"{name + ':':34} {value}")


async def outcome_of(question_id: str, text: str, pipeline: Pipeline) -> Outcome:
    screening = Screening.of(text, Writer(under_age=is_under_age(text)))
    if screening.keeps_from_model:
        return Outcome(question_id, "refused", text=screening.safe_reply)
    question = Question(
        text,
        urgent=screening.category == MEDICAL_EMERGENCY,
        careful="concern" in screening.care,
        under_age="under_age" in screening.care,
    )
    outcome, shown = Outcome(question_id, "failed", opening=screening.opening), PublishedText()
    watch = AnswerWatch(in_danger=question.urgent or question.careful)
    found: Found | None = None
    began = time.perf_counter()
    try:
        async with aclosing(answer(question, pipeline)) as events:
            async for event in events:
                match event:
                    case SourcesChosen(sources):
                        outcome.sources = sources
                        watch.take_sources(sources)
                    case TextWritten(piece):
                        found = found or watch.feed(piece)
                        outcome.text += shown.feed(piece)
                        if outcome.first_text is None:
                            outcome.first_text = _since(began)
                    case AnswerEnded(kind):
                        found = found or watch.finish()
                        outcome.kind = kind
                        outcome.milliseconds = _since(began)
                        own = event.own_words
                        outcome.quality = measure(outcome.text, outcome.sources, wiring.lexicon(), own_words=own)
    except ProviderError as error:
        outcome.detail = error.detail or error.message
        outcome.milliseconds = _since(began)
    if found and found.withdraws:
        outcome.kind = "withdrawn"
    return outcome


def words_shared(text: str, reference: str) -> float:
    """How many of the words that say something in the reference the answer has, too."""
    wanted = set(content_stems(reference))
    return len(wanted & set(content_stems(text))) / len(wanted) if wanted else 0.0


# Files


def drawn(questions: Sequence[tuple[str, str]], size: int, seed: int) -> list[tuple[str, str]]:
    """`size` of them by the seed, whatever order they stood in; in the order of their ids. Raises CommandError."""
    if not 0 < size <= len(questions):
        raise CommandError(f"--sample must be 1 to {len(questions)}: so many questions there are.")
    return sorted(random.Random(seed).sample(sorted(questions), size))


def read_questions(path: Path) -> list[tuple[str, str]]:
    """Raises CommandError that names file and line."""
    questions = []
    for number, row in _rows(path):
        if not (isinstance(row.get("id"), str) and isinstance(row.get("text"), str) and row["text"].strip()):
            raise CommandError(f"{path}, line {number}: a question needs an id and a text.")
        questions.append((row["id"], row["text"]))
    if not questions:
        raise CommandError(f"{path}: there is no question in it.")
    return questions


def read_references(path: Path) -> dict[str, list[str]]:
    """Raises CommandError that names file and line."""
    references: dict[str, list[str]] = {}
    for number, row in _rows(path):
        given = row.get("references")
        answers = (
            [one.get("answer") if isinstance(one, dict) else one for one in given] if isinstance(given, list) else []
        )
        texts = [text for text in answers if isinstance(text, str)]
        if not isinstance(row.get("id"), str) or not texts or len(texts) < len(answers):
            raise CommandError(f"{path}, line {number}: a reference needs an id and a list of answers.")
        references[row["id"]] = texts
    return references


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise CommandError(f"{path}, line {number}: not an object.")
                    yield number, row
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}, line {number}: not JSON ({error})") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
    except (ValueError, EOFError, zlib.error, RecursionError) as error:
        raise CommandError(f"{path}, line {number + 1}: {error}") from None


# Figures


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 3) if values else None


def _percentiles(values: Sequence[int]) -> dict[str, int] | None:
    if not values:
        return None
    ordered = sorted(values)
    return {name: ordered[math.ceil(share * len(ordered)) - 1] for name, share in (("p50", 0.5), ("p95", 0.95))}


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _times(percentiles: dict[str, int] | None) -> str:
    return "-" if percentiles is None else f"{percentiles['p50']:,} ms, {percentiles['p95']:,} ms"
