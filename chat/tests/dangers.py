"""Made-up rules and what is said to them; moons stand in no rule that ships."""

from __future__ import annotations

from chat.models import Message
from moderation.types import Rule, RuleSet, Severity

CRISIS = "I want to kill myself"
EMERGENCY = "I see a purple moon"
THREAT = "I draw a green moon"
ABUSED = "he paints me a red moon"
ODD = "a blue moon"
QUESTION = "What helps against a cough?"
RULES = RuleSet(
    "test",
    (
        Rule("crisis", Severity.HIGH, "self_harm_crisis", ("kill myself", "want to die"), blocks=True),
        Rule("emergency", Severity.HIGH, "medical_emergency", ("purple moon",), emergency=True),
        Rule("threat", Severity.HIGH, "violence", ("green moon",), blocks=True),
        Rule("told", Severity.MEDIUM, "safeguarding", ("red moon",)),
        Rule("odd", Severity.MEDIUM, "medication_risk", ("blue moon",)),
        Rule("bare", Severity.HIGH, "self_harm_crisis", ("tonight",), blocks=True, while_standing="self_harm_crisis"),
    ),
)


def last_reply():
    return Message.objects.filter(sender="assistant").latest("created_at")
