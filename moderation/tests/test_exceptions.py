"""No exception of the shipped rules excuses a danger that stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from moderation import policy, services
from moderation.pattern_nodes import Choice, Node, Number, Sequence, Word
from moderation.patterns import compile_exception
from moderation.types import ABUSE, Rule

DANGERS = {
    "self-harm-intent": ["I want to kill myself", "I feel suicidal"],
    "self-harm-afraid-for-self": ["I am afraid for myself", "I am scared of what I might do"],
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
    "emergency-collapse": ["my husband is unconscious", "she has collapsed and is not responding"],
    "emergency-not-eating": ["my father is not eating or drinking", "I fear he will die of starvation"],
    "emergency-severe-pain": ["I have sudden excruciating pain", "she is trapped under a car"],
    "safeguarding": ["my husband beats me at night", "I was raped"],
    "violence-threat": ["I am going to stab my neighbour", "I will kill my boss"],
}  # fmt: skip
MOST_WORDINGS = 12
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


def some(wordings: list[str]) -> list[str]:
    return wordings[:: len(wordings) // MOST_WORDINGS + 1]


def beside(danger: str, rule: Rule) -> Iterator[str]:
    """The danger with the words of each exception in the clause before it, or behind it, where they would excuse it."""
    for text in rule.exceptions:
        exemption = compile_exception(text, services.shipped_rules().lists)
        for part in filter(None, (exemption.before, exemption.whole)):
            for words in some(wordings(part.node)):
                yield from (f"{words}, {danger}", f"{words} and {danger}")
        for part in filter(None, (exemption.after, exemption.whole)):
            for words in some(wordings(part.node)):
                yield from (f"{danger}, {words}", f"{danger} but {words}")


def test_each_rule_that_has_exceptions_has_its_dangers_here():
    assert {rule.id for rule in EXCUSES} == DANGERS.keys()


@pytest.mark.parametrize(("id", "danger"), [(id, danger) for id, dangers in DANGERS.items() for danger in dangers])
def test_a_danger_is_heard(id, danger):
    assert policy.screen(danger, services.shipped_rules()).rule == id


@pytest.mark.parametrize("rule", EXCUSES, ids=lambda rule: rule.id)
def test_an_exception_excuses_no_danger_in_the_next_clause(rule):
    found = []
    for danger in DANGERS[rule.id]:
        wanted = policy.gravity(policy.screen(danger, services.shipped_rules()))
        found += [
            text
            for text in dict.fromkeys(beside(danger, rule))
            if policy.gravity(policy.screen(text, services.shipped_rules())) > wanted
        ]
    assert not found, f"{len(found)}: {found[:20]}"


@pytest.mark.parametrize(
    "text",
    [
        "please can you come, my sister swallowed drain cleaner", "could somebody tell me, I drank antifreeze",
        "can I have overdosed on paracetamol, I took 30", "is it possible to have drunk bleach and live",
        "I took 40 pills not as directed", "took 30 sleeping pills with food", "took 20 tablets with water",
        "my dog watched while I ate rat poison", "in the car took 40 pills", "I overdosed two hours ago",
        "after the gym session crushing chest pain", "worried about this crushing chest pain",
        "Could the crushing chest pain I have be my heart?", "There is a crushing pain in my chest",
        "what is causing my crushing chest pain", "in the past hour severe chest pain and sweating",
        "slept on the sofa, woke with one side of my face drooping", "Face drooping, is it a medication side effect?",
        "Is the numbness on one side of my face a stroke?", "without warning a thunderclap headache",
        "stung on the ankle, throat closing", "at the dentist's and my throat is closing up",
        "on metformin, my blood sugar is 1.9", "my dad is a diabetic, confused and sweating",
        "He's not breathing at the bottom of the stairs", "panic attack, can't breathe, lips blue",
        "holding my baby, he is not breathing", "my baby has blue eyes and blue lips",
        "How do I stop my nose bleeding heavily?", "no phone, bleeding heavily", "epilepsy, seizure won't stop",
        "After a fall off the ladder he keeps vomiting", "my guide dog barked, a seizure that won't stop",
    ],
)  # fmt: skip
def test_ordinary_words_beside_an_emergency_excuse_nothing(text):
    assert policy.screen(text, services.shipped_rules()).emergency


@pytest.mark.parametrize(
    ("text", "category"),
    [(text, "self_harm_crisis") for text in (
        "before I kill myself I want to thank you", "nothing can prevent me from ending my life",
        "at book club they laughed, I want to die", "my novel is finished and now I will kill myself",
        "the book says how to end my life and I'm ready", "In my story I want to die tonight",
        "relationship over, going to kill myself", "I want to kill myself over my marriage",
        "I want to die to see my mum again", "I want to die for good", "I'm embarrassed that I want to die",
        "I want to kill myself, everyone is laughing at me", "sitting in the car ready to end my life",
        "years ago I tried to kill myself and I want to again", "I think about suicide every day",
        "when you read this I will have killed myself", "I miss her, want to die", "my son is not okay, suicidal",
    )]
    + [(text, "violence") for text in (
        "I said I will kill him and I mean it", "I think I'm going to kill my boss", "I will kill him out of hate",
        "I will kill him on his way to the gym", "I'll beat her on the road", "I never meant it but I will kill him",
        "after our chess game I am going to stab him", "who cares, I will kill him",
    )],
)  # fmt: skip
def test_ordinary_words_beside_a_threat_excuse_nothing(text, category):
    assert policy.screen(text, services.shipped_rules()).category == category


@pytest.mark.parametrize(
    "text",
    [
        "Could an allergy make my throat close up?", "I can't breathe through my left nostril", "What is a stroke?",
        "My dog has a seizure every month", "My cat swallowed a battery", "Can you overdose on vitamin C?",
        "Is it possible to overdose on water?", "he had a stroke two years ago", "Ten years ago, I had a heart attack",
        "When I was a child, I had a seizure", "After a stroke, can I drive?", "My arm is numb when I sleep on it",
        "I have no chest pain, fever, or shortness of breath", "My periods are heavy bleeding with clots",
        "I lost my brother to suicide", "I've read that side effects include suicidal thoughts",
        "I'm not suicidal, just tired", "He is not suicidal", "I laughed so hard I wanted to die",
        "I was so embarrassed I wanted to die", "my phone is going to die", "How can I shave without cutting myself?",
        "I don't want to hurt anyone", "I would never kill anyone", "they said: kill all men, and I hate that",
        "I'm writing an essay about suicide", "I'm going to end it with my boyfriend", "I want to end my marriage",
        "Does choking on water harm the lungs?", "Can gasping at night be sleep apnoea?",
    ],
)  # fmt: skip
def test_what_the_exceptions_are_for_they_excuse(text):
    verdict = policy.screen(text, services.shipped_rules())
    assert not verdict.blocks, verdict
    assert not verdict.emergency, verdict
