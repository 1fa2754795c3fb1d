"""What screening a text comes to: whether a model may answer, what the patient is shown, what staff see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from moderation import services as moderation
from moderation.models import Decision
from moderation.types import SELF_HARM_CRISIS, Severity, Verdict


@dataclass(frozen=True, slots=True)
class Screening:
    """Of a raw text: what a patient wrote or said, or what a model read in their picture."""

    verdict: Verdict | None
    """None where nothing was found, and where screening failed."""
    failed: bool = False

    @classmethod
    def of(cls, text: str) -> Screening:
        try:
            verdict = moderation.screen(text)
        except moderation.ScreeningFailed:
            return cls(None, failed=True)
        return cls(verdict if verdict.severity else None)

    @property
    def blocks(self) -> bool:
        if self.failed:
            return True
        verdict = self.verdict
        # Switching moderation off never switches off the help for a person in crisis.
        return bool(verdict and verdict.blocks and (settings.ENABLE_MODERATION or _is_crisis(verdict)))

    @property
    def category(self) -> str:
        return self.verdict.category if self.verdict else "unscreened"

    @property
    def action(self) -> Decision.Action:
        if self.failed:
            return Decision.Action.UNSCREENED
        assert self.verdict
        if self.blocks:
            return Decision.Action.BLOCKED
        if self.verdict.emergency:
            return Decision.Action.NOTICE
        return Decision.Action.LOGGED if self.verdict.severity is Severity.LOW else Decision.Action.FLAGGED

    @property
    def counts(self) -> bool:
        """Whether it is worth a decision."""
        if self.failed:
            return True
        return bool(self.verdict and (settings.ENABLE_MODERATION or self.verdict.emergency or _is_crisis(self.verdict)))

    @property
    def urgent(self) -> bool:
        """Whether the patient is shown whom to call; no limit holds such a message up."""
        return self.blocks or bool(self.verdict and self.verdict.emergency)

    @property
    def flag(self) -> dict[str, Any] | None:
        """As in the `flag` frame and in `metadata.flag`."""
        if not self.counts:
            return None
        return {
            "severity": (self.verdict and self.verdict.severity) or Severity.HIGH,
            "category": self.category,
            **({"emergency": moderation.resources()} if self.urgent else {}),
        }


def _is_crisis(verdict: Verdict) -> bool:
    return verdict.category == SELF_HARM_CRISIS
