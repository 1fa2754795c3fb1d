"""Plain values of screening; they know neither tables nor sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

MEDICAL_EMERGENCY = "medical_emergency"
SELF_HARM_CRISIS = "self_harm_crisis"
"""The two categories that the product treats in a way of their own."""


class Severity(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    severity: Severity
    category: str
    phrases: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    emergency: bool = False
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    version: str
    rules: tuple[Rule, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a screening found. `blocks`: the model isn't called, the fixed reply is given instead."""

    severity: Severity
    category: str
    rule: str
    rules_version: str
    emergency: bool
    blocks: bool
