"""Screens an answer while it is written: a window of its last words, every few words, so that it costs little."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from moderation import services as moderation
from moderation.types import MEDICAL_EMERGENCY, MEDICATION_RISK, SELF_HARM_CRISIS, VIOLENCE, Severity, Verdict
from pipeline.doses import amounts, doses
from pipeline.types import Source

STEP_CHARS = 100
"""So much is written between two looks: each costs as much as a chunk or two."""
OVERLAP_CHARS = 220
"""Of what was looked at before, so that nothing is missed that lies across."""
_GRAVE = re.compile(r"painless|lethal|fatal|noose|suicide|yourself|your life|kill |poison|bomb|gas\b|without \w+ing")
"""In small letters, and without `re.I`, which takes six times as long."""
_LONGEST_GRAVE = 20
"""Words of methods: where one is written, it is looked at once, before it is shown."""
_LONGEST_BLOCK = 4_000
_SENTENCE_ENDS = re.compile(r"[.!?\n]")
_BLOCK_ENDS = re.compile(r"\n\s*\n")
_CITED = re.compile(r"\[\d+\]")
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|unless|should|in\s+case|until|before|may|might|would|told\s+to)\b", re.I
)
ONLY_IN_DANGER = "in-danger:"
"""Begins the names of rules that hold only where the question tells of a danger."""
UNCITED_DOSE = "uncited-dose"


@dataclass(frozen=True, slots=True)
class Found:
    """`verdict`: for staff. `withdraws`: the answer is taken back; else it raises the emergency notice."""

    verdict: Verdict
    withdraws: bool


class AnswerWatch:
    def __init__(self, *, in_danger: bool) -> None:
        """`in_danger`: the question tells of an emergency, or a concern stands with who asks."""
        self._in_danger = in_danger
        self._quoted = ""
        self._told: frozenset[str] = frozenset()
        """Amounts that the sources name."""
        self._window = ""
        self._unseen = 0
        self._block = ""
        self._noticed = False

    def take_sources(self, sources: Sequence[Source]) -> None:
        self._quoted = "\n".join(source.passage.text for source in sources)
        self._told = amounts(self._quoted)

    def feed(self, text: str) -> Found | None:
        """What was found in the text so far, told once; the gravest."""
        self._window += text
        self._unseen += len(text)
        if self._unseen < STEP_CHARS and not _GRAVE.search(self._window[-len(text) - _LONGEST_GRAVE :].lower()):
            return None
        return self._look() or self._look_at_blocks()

    def finish(self) -> Found | None:
        return self._look() or self._look_at_blocks() or self._look_at_dose(self._block)

    def _look(self) -> Found | None:
        self._block += self._window[len(self._window) - self._unseen :]
        try:
            verdict = moderation.screen_answer(self._window)
        except moderation.ScreeningFailed:
            return Found(Verdict(Severity.HIGH, "unscreened"), withdraws=True)
        found = None
        if verdict.withdraw and (self._in_danger or not verdict.rule.startswith(ONLY_IN_DANGER)):
            severity = Severity.HIGH if verdict.category in (SELF_HARM_CRISIS, VIOLENCE) else Severity.MEDIUM
            found = Found(Verdict(severity, verdict.category, verdict.rule, verdict.rules_version), withdraws=True)
        elif verdict.notice and not self._noticed and any(map(self._is_said_outright, verdict.spans)):
            self._noticed = True
            found = Found(
                Verdict(Severity.MEDIUM, MEDICAL_EMERGENCY, verdict.rule, verdict.rules_version, emergency=True),
                withdraws=False,
            )
        self._window, self._unseen = self._window[-OVERLAP_CHARS:], 0
        return found

    def _is_said_outright(self, span: tuple[int, int]) -> bool:
        """Not "call 999 if …", nor in a quote: what to do in a case that may never come isn't advice to do it now."""
        start = max(self._window.rfind(mark, 0, span[0]) for mark in ".!?\n") + 1
        end = _SENTENCE_ENDS.search(self._window, span[1])
        sentence = _CITED.sub("", self._window[start : end.start() if end else None]).strip(" -*")
        return sentence not in self._quoted and not _CONDITION.search(sentence)

    def _look_at_blocks(self) -> Found | None:
        while end := _BLOCK_ENDS.search(self._block):
            block, self._block = self._block[: end.start()], self._block[end.end() :]
            if found := self._look_at_dose(block):
                return found
        if len(self._block) > _LONGEST_BLOCK:
            block, self._block = self._block, ""
            return self._look_at_dose(block)
        return None

    def _look_at_dose(self, block: str) -> Found | None:
        """A dose wants the number of a source beside it, and that a source names the same amount."""
        found = doses(block)
        if not found or (_CITED.search(block) and found <= self._told):
            return None
        return Found(Verdict(Severity.MEDIUM, MEDICATION_RISK, UNCITED_DOSE), withdraws=True)
