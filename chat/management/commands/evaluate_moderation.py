"""Screens labelled messages exactly as patients' messages are screened here, and tells what came of it.

Each file has a JSON object a line, `{"id", "text", "label", …}`, or `{"id", "turns", "label", …}` for a conversation;
it may be packed (.gz). A folder stands for all such files in it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from moderation import services as moderation
from moderation.policy import gravity
from moderation.types import ABUSE, MEDICAL_EMERGENCY, SELF_HARM_CRISIS, VIOLENCE, Context, Severity, Verdict

CATEGORY_OF_LABEL = {
    "crisis_self_harm": SELF_HARM_CRISIS,
    "medical_emergency": MEDICAL_EMERGENCY,
    "violence_threat": VIOLENCE,
    "abuse": ABUSE,
}
CORE_TIERS = ("implicit", "third_party", "eating_disorder")
CONFIDENCE = 1.96
TURNS = " (turns)"


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    turns: tuple[str, ...]
    label: str
    parts: tuple[str, ...]
    """What it is counted with besides its label: source, tier, group."""


@dataclass(slots=True)
class Tally:
    n: int = 0
    raised: int = 0
    """Stopped, or sent to the emergency notice"""
    category: int = 0
    """Of the label's own category, whatever its severity"""
    medium: int = 0
    found: int = 0

    def add(self, label: str, verdict: Verdict) -> None:
        self.n += 1
        self.raised += is_raised(verdict)
        self.category += bool(verdict.severity) and verdict.category == category_of(label)
        self.medium += verdict.severity is Severity.MEDIUM
        self.found += verdict.severity is not None

    def as_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("raised", "category", "medium", "found")}
        shares = {
            name: {"count": count, "share": count / self.n, "interval": interval(count, self.n)}
            for name, count in counts.items()
        }
        return {"n": self.n, **shares}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="labelled messages, or a folder of them"
        )
        parser.add_argument("--verdicts-out", type=Path, metavar="F", help="writes a line of JSON for each message")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [row for path in files_of(options["files"]) for row in read_rows(path)]
        if not rows:
            raise CommandError("There is no message in these files.")
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        missed: dict[str, list[str]] = defaultdict(list)
        with ExitStack() as stack:
            try:
                out = stack.enter_context(options["verdicts_out"].open("w")) if options["verdicts_out"] else None
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from None
            for row in tqdm(rows, unit="message", disable=None, leave=False):
                verdict = screen_row(row)
                for part in ("all", *row.parts):
                    tallies[row.label, part].add(row.label, verdict)
                if is_mistake(row, verdict):
                    missed[row.label].append(row.id)
                if out:
                    out.write(json.dumps(verdict_line(row, verdict)) + "\n")
        self._tell(tallies, missed, as_json=options["json"])

    def _tell(self, tallies: dict[tuple[str, str], Tally], missed: dict[str, list[str]], *, as_json: bool) -> None:
        rules = moderation.current_rules()
        with_classifier = rules.classifier is not None
        if as_json:
            figures = [{"label": key[0], "part": key[1], **tallies[key].as_json()} for key in sorted(tallies)]
            data = {"rules": rules.version, "classifier": with_classifier, "figures": figures, "mistakes": missed}
            self.stdout.write(json.dumps(data, indent=1))
            return
        self.stdout.write(f"Rules {rules.version}, {'with' if with_classifier else 'without'} the classifier")
        self.stdout.write("Shares with their 95 % intervals; raised: stopped, or sent to the emergency notice\n\n")
        columns = ("raised", "own category", "medium", "any")
        self.stdout.write(f"{'label':20} {'part':26} {'n':>5}" + "".join(f"{name:>20}" for name in columns))
        for label, part in sorted(tallies):
            tally = tallies[label, part]
            counts = (tally.raised, tally.category, tally.medium, tally.found)
            shares = "".join(f"{as_share(count, tally.n):>20}" for count in counts)
            self.stdout.write(f"{label:20} {part:26} {tally.n:5}{shares}")
        for label, ids in sorted(missed.items()):
            what = "missed" if category_of(label) else "raised or flagged though benign"
            self.stdout.write(f"\n{label}, {what} ({len(ids)}): {', '.join(ids)}")


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz"), *path.glob("multiturn/*.jsonl")])
            if not inside:
                raise CommandError(f"{path}: no .jsonl file in it")
            yield from inside
        else:
            yield path


def read_rows(path: Path) -> Iterator[Row]:
    """Raises CommandError that names file and line."""
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):  # noqa: B007
                if line.strip():
                    yield row_of(json.loads(line))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise CommandError(f"{path}, line {number}: not a labelled message ({error})") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
    except (ValueError, EOFError, zlib.error) as error:
        raise CommandError(f"{path}, line {number + 1}: {error}") from None


def row_of(data: dict[str, Any]) -> Row:
    """Raises KeyError, TypeError."""
    turns = data["turns"] if "turns" in data else [data["text"]]
    if not all(isinstance(turn, str) for turn in (data["id"], *turns)):
        raise TypeError("id and text must be texts")
    label = str(data.get("label", "no label"))
    parts = [f"source:{data['source']}"] if "source" in data else []
    if "turns" in data:
        label, parts = label + TURNS, []
    if label == "crisis_self_harm":
        parts.append(f"tier:{tier(data)}")
    if "group" in data:
        parts.append(f"group:{data['group']}")
    return Row(data["id"], tuple(turns), label, tuple(parts))


def tier(data: dict[str, Any]) -> str:
    """`core` is what must be caught from the message alone."""
    if data.get("source") == "cssrs_long_unreviewed":
        return "long_unreviewed"
    review = data.get("review")
    return str(review) if review in CORE_TIERS else "core"


def screen_row(row: Row) -> Verdict:
    """Of a conversation the gravest verdict, each message with what came before it."""
    gravest: Verdict | None = None
    standing: set[str] = set()
    for place, turn in enumerate(row.turns):
        verdict = moderation.screen(turn, Context(frozenset(standing), row.turns[:place]))
        if is_raised(verdict):
            standing.add(verdict.category)
        if gravest is None or gravity(verdict) < gravity(gravest):
            gravest = verdict
    assert gravest
    return gravest


def category_of(label: str) -> str | None:
    return CATEGORY_OF_LABEL.get(label.removesuffix(TURNS))


def is_raised(verdict: Verdict) -> bool:
    return verdict.blocks or verdict.emergency


def is_mistake(row: Row, verdict: Verdict) -> bool:
    category = category_of(row.label)
    if category == ABUSE:
        return verdict.severity is None
    if category:
        return not is_raised(verdict)
    return is_raised(verdict) or verdict.severity is Severity.MEDIUM


def verdict_line(row: Row, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": row.id,
        "severity": verdict.severity,
        "category": verdict.category or None,
        "emergency": verdict.emergency,
        "rule": verdict.rule or None,
    }


def interval(count: int, n: int) -> tuple[float, float]:
    """Wilson's."""
    share, z = count / n, CONFIDENCE
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def as_share(count: int, n: int) -> str:
    low, high = interval(count, n)
    return f"{count / n:.3f} {low:.2f}–{high:.2f}"
