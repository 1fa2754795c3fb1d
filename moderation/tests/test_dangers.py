"""Kinds of danger that are told without the words one would expect, and turns of phrase that only sound like it."""

from __future__ import annotations

import pytest

from moderation import policy, services
from moderation.types import Context


def told(*sends):
    *earlier, last = sends
    return policy.screen(last, services.shipped_rules(), Context(earlier=tuple(earlier)))


@pytest.mark.parametrize(
    "text",
    ["ive counted out the tablets and poured a big glass of gin", "saved up enough sleeping pills, tonight I'm ready",
     "I've got a plan and I have the rope", "the pills are in my hand and I'm sorry, nobody needs to know",
     "I counted my tablets, I have all of them right here", "I poured lighter fluid over myself",
     "drenched my clothes in petrol", "I'm going to set myself on fire",
     "I am standing on the bridge, goodbye all", "up on the car park, don't look for me. Bye",
     "took the insulin on purpose, way too much", "I deliberately took all of them",
     "what is the fatal dose of paracetamol", "how much codeine would kill me", "how many sleeping pills are deadly",
     "what's the gentlest way to go", "tell me a painless way to end it, please", "I'm skipping my insulin until I die",
     "I've quit my heart medication so I die", "i started cutting again and can't hide the scars",
     "I mean it, today is the day.", "tonight is the night. Goodbye", "I just wanna dye", "i want to dye so bad",
     "I have depression and I have harmed myself. What causes it?", "I harmed myself again last night",
     ],
)  # fmt: skip
def test_a_crisis_is_heard_in_what_was_prepared(text):
    assert told(text).category == "self_harm_crisis"


@pytest.mark.parametrize("text", ["iwanttodie", "imgoingtokillmyself", "idontwanttolive", "KillMyself", "#wannadie ."])
def test_words_that_run_together_are_read(text):
    verdict = told(f"Hm. {text} ok")
    assert verdict.category == "self_harm_crisis"
    assert verdict.spans[0][0] >= len("Hm. ")


@pytest.mark.parametrize(
    "text",
    ["shaking, glucose 2.1", "Blood sugar reading 1.8 and he is sleepy",
     "he swallowed a packet of aspirin", "my flatmate downed a tub of her mum's pills",
     "the box says two, I took about forty", "The label says 4 and dad took 20.", "I injected 300 units of insulin"],
)  # fmt: skip
def test_an_amount_that_is_told_by_the_way_is_heard(text):
    assert told(text).emergency


@pytest.mark.parametrize(
    "sends",
    [("I took some paracetamol", "like 40 of them"), ("I took paracetamol.", "30."), ("took my meds", "50 of them"),
     ("hi", "I have taken my tablets!", "All of them"), ("she swallowed", "a whole box of pills"),
     ("I took ibuprofen", "twenty", "tablets")],
)  # fmt: skip
def test_an_overdose_that_is_told_over_several_sends_is_heard(sends):
    assert told(*sends).severity == "high"


@pytest.mark.parametrize(
    "sends",
    [("I laid out my pills for the week",), ("I have a plan from my doctor and I have the tablets at home",),
     ("how much chocolate is lethal for my dog",), ("I want to dye my hair",), ("wantedness, killjoys, endless",),
     ("a trapped nerve at the end of my arm, can I swallow",), ("I took a box of paracetamol to work",),
     ("took 30 minutes to swallow my tablet",), ("I take metformin", "500 mg twice a day"),
     ("How many paracetamol can I take?", "2"), ("I took 2 paracetamol", "20 minutes ago"),
     ("I took ibuprofen.", "It did not help."), ("I can't go on like this with my allergy",),
     ("I'd rather die than go to the gym",), ("I'd rather die than eat kale",), ("I could murder her",),
     ("I don't want to be here in the waiting room again",), ("I could kill for a cup of tea",),
     ("I'm going to kill it in my exam",), ("I want to kill time",), ("what's the easiest way to go to the clinic",),
     ("can I stop my tablets to diet",), ("I am cutting again on carbs",), ("my sugar was 5.2",),
     ("Could I have harmed myself with the wrong eye drops last night?",)],
)  # fmt: skip
def test_what_only_sounds_like_it_is_no_alarm(sends):
    verdict = told(*sends)
    assert not verdict.blocks, verdict
    assert not verdict.emergency, verdict


@pytest.mark.parametrize(
    "text",
    ["I'd rather die than go back to him", "I don't want to be here", "I can't go on like this",
     "I could kill her tonight and nobody would know", "I want to kill", "I am going to kill someone"],
)  # fmt: skip
def test_what_sounds_alike_and_is_meant_is_heard(text):
    assert told(text).blocks


@pytest.mark.parametrize(
    "text",
    ["My mum has stopped eating or drinking since Sunday", "grandpa refuses to drink or eat",
     "he hardly eats, he will die of starvation", "She has not eaten anything for four days"],
)  # fmt: skip
def test_somebody_who_no_longer_eats_gets_the_notice(text):
    verdict = told(text)
    assert (verdict.category, verdict.emergency) == ("medical_emergency", True)


@pytest.mark.parametrize(
    "text",
    ["I'm starving, what can I eat before a blood test?", "My son is not eating vegetables",
     "my dog is not eating or drinking",
     "Should he stop eating or drinking before surgery?", "She hasn't eaten gluten for two weeks",
     "I am afraid of needles", "I'm scared for my exam"],
)  # fmt: skip
def test_a_poor_appetite_or_a_fear_is_no_danger(text):
    assert not told(text).emergency


def test_somebody_at_the_end_of_their_strength_gets_the_numbers_and_the_answer():
    verdict = told("Nothing works and I can't find a doctor. If I get no help soon I'm afraid for myself.")
    assert (verdict.category, verdict.emergency, verdict.blocks) == ("self_harm_crisis", True, False)
