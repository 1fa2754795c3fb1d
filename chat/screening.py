"""What screening a text comes to: whether a model may answer, what the patient is shown, what staff see."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User
from moderation import services as moderation
from moderation.age import is_under_age, speaks_of_child
from moderation.classifier import Classifier, ClassifierError
from moderation.concerns import LASTING, raise_concern
from moderation.models import Decision
from moderation.rule_files import RuleError
from moderation.subjects import tells_of_sexual_violence
from moderation.types import MEDICAL_EMERGENCY, SAFEGUARDING, SELF_HARM_CRISIS, Context, Severity, Verdict
from pipeline.errors import ProviderError
from veda.errors import VedaError

UNSCREENED = "unscreened"
FOREIGN_LANGUAGE = "foreign_language"
EARLIER = "earlier"
"""What a flag is about that a reminder has: no message of now, but what was told before."""
_HELPED = frozenset({SELF_HARM_CRISIS, MEDICAL_EMERGENCY, SAFEGUARDING})
"""Switching moderation off never switches off the help for these, nor that staff hear of them."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What is known of a patient whose text is screened."""

    country: str = ""
    under_age: bool = False
    standing: Mapping[str, bool] = field(default_factory=dict)
    """Categories of concern that stand; True: about another person."""
    earlier: tuple[str, ...] = ()
    """Their last messages, oldest first."""
    of_person: str = ""
    """What they said before of the person whom this text is about, as sentences."""


NOBODY_KNOWN = Writer()


def make_ready() -> Classifier:
    """Before the first patient. Raises ImproperlyConfigured where nothing could be screened: Veda doesn't start."""
    try:
        return moderation.make_ready()
    except (RuleError, ClassifierError) as error:
        raise ImproperlyConfigured(str(error)) from None
    except ProviderError as error:
        raise ImproperlyConfigured(f"{error.message} {error.detail}") from None


def writer_of(user: User, text: str) -> Writer:
    """As far as their account and this text tell."""
    return Writer(user.country, user.may_be_under_age or is_under_age(text))


def calls_for_help(flag: Mapping[str, Any] | None) -> bool:
    """Whether what it is about does now, and the page says whom to call."""
    return bool(flag and "emergency" in flag and flag.get("about") != EARLIER)


@dataclass(frozen=True, slots=True)
class Screening:
    """Of a raw text: what a patient wrote or said, or what a model read in their picture."""

    verdict: Verdict | None
    """None: it could not be screened."""
    writer: Writer = NOBODY_KNOWN
    about: Decision.About = Decision.About.MESSAGE
    about_child: bool = False
    """Where it is about another person: a child."""
    sexual: bool = False
    """Where it is safeguarding: sexual violence."""

    @classmethod
    def of(cls, text: str, writer: Writer = NOBODY_KNOWN, about: Decision.About = Decision.About.MESSAGE) -> Screening:
        try:
            verdict = moderation.screen(text, Context(frozenset(writer.standing), writer.earlier, writer.of_person))
        except moderation.ScreeningFailed:
            verdict = None
        about_child = bool(verdict and verdict.about_other and speaks_of_child(text))
        sexual = bool(verdict and verdict.category == SAFEGUARDING and tells_of_sexual_violence(text))
        return cls(verdict, writer, about, about_child, sexual)

    @property
    def failed(self) -> bool:
        return self.verdict is None

    @property
    def _found(self) -> Verdict | None:
        """What counts of the verdict, with moderation switched on or off."""
        verdict = self.verdict
        if verdict is None or verdict.severity is None:
            return None
        return verdict if settings.ENABLE_MODERATION or verdict.category in _HELPED else None

    @property
    def blocks(self) -> bool:
        """Whether it is answered `unsafe`, with the fixed reply."""
        if self.failed:
            return True
        found = self._found
        return bool(found and found.blocks and (settings.ENABLE_MODERATION or found.category == SELF_HARM_CRISIS))

    @property
    def foreign(self) -> bool:
        """Whether nothing is known of it, since it is in a language without rules."""
        return bool(self.verdict and self.verdict.foreign and not self._found)

    @property
    def _is_foreign_danger(self) -> bool:
        """Staff are alerted and may read it: somebody who understands the language must look."""
        return bool(self.foreign and self.verdict and self.verdict.foreign_danger)

    @property
    def keeps_from_model(self) -> bool:
        return self.blocks or (self.foreign and settings.ENABLE_MODERATION)

    @property
    def category(self) -> str:
        if self.failed:
            return UNSCREENED
        if found := self._found:
            return found.category
        return FOREIGN_LANGUAGE if self.foreign else ""

    @property
    def severity(self) -> Severity:
        if self.failed:
            return Severity.HIGH
        if self._is_foreign_danger:
            return Severity.HIGH
        found = self._found
        return found.severity if found and found.severity else Severity.MEDIUM

    @property
    def action(self) -> Decision.Action:
        if self.failed:
            return Decision.Action.UNSCREENED
        if self.blocks:
            return Decision.Action.BLOCKED
        if self.urgent:
            return Decision.Action.NOTICE
        return Decision.Action.LOGGED if self.severity is Severity.LOW else Decision.Action.FLAGGED

    @property
    def counts(self) -> bool:
        """Whether it is worth a decision."""
        return self.failed or self.foreign or self._found is not None

    @property
    def limited(self) -> bool:
        """Whether limits may hold it up: nobody in danger is held. Of another language that is known by few words."""
        return (self.foreign and not self._is_foreign_danger) or not self.urgent

    @property
    def urgent(self) -> bool:
        """Whether the patient is shown whom to call."""
        found = self._found
        return self.blocks or self.foreign or bool(found and (found.emergency or found.category == SAFEGUARDING))

    @property
    def concern(self) -> str:
        """The category of concern that it leaves with the patient; empty: none."""
        return self.category if self.urgent and self.category in LASTING else ""

    @property
    def care(self) -> dict[str, Any]:
        """What the answer must heed, for the reply's `metadata.care`."""
        found = self._found
        careful = bool(self.writer.standing) or bool(found and found.category == SELF_HARM_CRISIS)
        told = {"concern": careful, "under_age": self.writer.under_age}
        return {name: True for name, holds in told.items() if holds}

    @property
    def about_other(self) -> bool:
        found = self._found
        return bool(found and found.about_other)

    @property
    def flag(self) -> dict[str, Any] | None:
        """As in the `flag` frame and in `metadata.flag`."""
        if not self.counts:
            return None
        flag: dict[str, Any] = {"severity": self.severity, "category": self.category}
        if self.about_other:
            flag["about_other"] = True
        if self.writer.under_age:
            flag["under_age"] = True
        if self.about_other and self.about_child:
            flag["about_child"] = True
        if self.category == SAFEGUARDING and self.sexual:
            flag["sexual"] = True
        if self.about == Decision.About.PICTURE:
            flag["about"] = "picture"
        if self.urgent:
            flag["emergency"] = moderation.resources(self.writer.country)
        return flag

    @property
    def reply_flag(self) -> dict[str, Any] | None:
        """The same for the reply: below a reminder, whom to call in what was told before."""
        flag = self.flag
        category = self._reminds_of
        if not category or calls_for_help(flag):
            return flag
        reminder = {"severity": Severity.HIGH, "category": category, "about": EARLIER}
        told = {"about_other": self.writer.standing[category], "under_age": self.writer.under_age}
        who = {name: True for name, holds in told.items() if holds}
        return {**reminder, **who, "emergency": moderation.resources(self.writer.country)}

    @property
    def safe_reply(self) -> str:
        """The fixed text, with the numbers of the patient's country."""
        return moderation.safe_reply(
            self.category,
            country=self.writer.country,
            about_other=self.about_other,
            under_age=self.writer.under_age,
            about_child=self.about_other and self.about_child,
            sexual=self.category == SAFEGUARDING and self.sexual,
        )

    @property
    def opening(self) -> str:
        """What stands above the answer: the notice, or a short one where it was given before; mostly nothing.

        An emergency that is told gets the whole notice each time: it may be another one.
        """
        if category := self._reminds_of:
            about_other = self.writer.standing[category]
            return moderation.reminder(category, country=self.writer.country, about_other=about_other)
        return self.safe_reply if self.urgent else ""

    @property
    def _reminds_of(self) -> str:
        """The category of the concern that a short opening reminds of; empty: there is none, or the whole notice is
        due."""
        standing = self.writer.standing
        if self.urgent and (self.category == MEDICAL_EMERGENCY or self.category not in standing):
            return ""
        return min(standing, key=lambda known: (known != self.category, known), default="")

    def help_with(self, error: VedaError) -> None:
        """Whoever writes of a danger is told whom to call, whatever their message is refused for."""
        if self.urgent and (flag := self.flag):
            error.details = {**error.details, "emergency": flag["emergency"], "flag": flag}

    def record(
        self,
        *,
        patient_id: uuid.UUID,
        conversation_id: uuid.UUID,
        message_id: uuid.UUID,
        action: Decision.Action | None = None,
    ) -> None:
        """For staff, and for what the patient writes later. `action`: where it isn't what follows from the verdict."""
        verdict = self.verdict and replace(self.verdict, severity=self.severity, category=self.category)
        moderation.record_decision(
            verdict=verdict,
            patient_id=patient_id,
            conversation_id=conversation_id,
            message_id=message_id,
            action=action or self.action,
            about=self.about,
        )
        if self.concern:
            raise_concern(patient_id=patient_id, category=self.concern, about_other=self.about_other)
