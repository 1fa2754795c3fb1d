"""No exception of the shipped rules excuses a danger that stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from moderation import policy, services
from moderation.patterns import Choice, Node, Number, Sequence, Word, compile_exception
from moderation.types import ABUSE, Rule

DANGERS = {
    "self-harm-intent": ["I want to kill myself", "I am going to end my life tonight", "I feel suicidal"],
    "self-harm-other": ["my brother wants to kill himself", "she has been cutting herself"],
    "emergency-stroke": ["my speech is slurred", "one side of my face has gone numb"],
    "emergency-heart": ["I have crushing chest pain", "my chest hurts and my left arm is numb"],
    "emergency-breathing": ["I can't breathe", "my lips are turning blue"],
    "emergency-anaphylaxis": ["my throat is closing up", "my tongue is swelling up"],
    "emergency-sepsis-meningitis": ["I have a fever and a stiff neck", "she has a fever and is confused"],
    "emergency-bleeding": ["I am bleeding and it won't stop", "he is vomiting blood"],
    "emergency-head-injury": ["I hit my head and keep vomiting", "I can't move my legs"],
    "emergency-seizure": ["my son is having a seizure", "he is fitting and it won't stop"],
    "emergency-poisoning": ["I swallowed bleach", "my son ate a whole box of pills", "I took 40 paracetamol"],
    "emergency-diabetes": ["my blood sugar is 1.9", "I ran out of insulin"],
    "emergency-pregnancy": ["I am pregnant with severe pain", "the baby has stopped moving"],
    "emergency-infant": ["my newborn is limp and won't feed", "my 3 week old has a fever"],
    "emergency-collapse": ["my husband is unconscious", "he was struck by lightning"],
    "emergency-severe-pain": ["I have sudden excruciating pain", "she is trapped under a car"],
    "safeguarding": ["my husband beats me at night", "I was raped"],
    "violence-threat": ["I am going to stab my neighbour", "I will kill my boss"],
}  # fmt: skip
EXCUSES = [rule for rule in services.shipped_rules().rules if rule.exceptions and rule.category != ABUSE]


def wordings(node: Node) -> list[str]:
    """Some that match it: each of its words stands in one."""
    match node:
        case Word(text):
            return [text]
        case Number():
            return ["3"]
        case Choice(ways):
            return [wording for way in ways for wording in wordings(way)]
        case Sequence(parts):
            lists = [wordings(part) for part in parts]
            most = max(map(len, lists))
            return [
                " ".join(filter(None, some)) for some in zip(*(islice(cycle(one), most) for one in lists), strict=True)
            ]
    return [""]


def neighbours(rule: Rule) -> Iterator[str]:
    for text in rule.exceptions:
        exemption = compile_exception(text, services.shipped_rules().lists)
        for part in filter(None, (exemption.before, exemption.after, exemption.whole)):
            yield from wordings(part.node)


def unheard(danger: str, neighbour: str) -> Iterator[str]:
    wanted = policy.gravity(policy.screen(danger, services.shipped_rules()))
    for text in (
        f"{neighbour}, {danger}",
        f"{neighbour} and {danger}",
        f"{danger}, {neighbour}",
        f"{danger} but {neighbour}",
    ):
        if policy.gravity(policy.screen(text, services.shipped_rules())) > wanted:
            yield text


def test_each_rule_that_has_exceptions_has_its_dangers_here():
    assert {rule.id for rule in EXCUSES} == DANGERS.keys()


@pytest.mark.parametrize(("id", "danger"), [(id, danger) for id, dangers in DANGERS.items() for danger in dangers])
def test_a_danger_is_heard(id, danger):
    assert policy.screen(danger, services.shipped_rules()).rule == id


@pytest.mark.parametrize("rule", EXCUSES, ids=lambda rule: rule.id)
def test_an_exception_excuses_no_danger_in_the_next_clause(rule):
    found = [
        text for danger in DANGERS[rule.id] for neighbour in neighbours(rule) for text in unheard(danger, neighbour)
    ]
    assert not found, f"{len(found)}: {found[:20]}"
