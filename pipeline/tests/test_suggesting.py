"""What one could ask next: of the topics that are quoted, what the answer doesn't show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.suggesting import suggest
from pipeline.tests.factories import make_hit, make_lexicon
from pipeline.types import Question, Source, Turn

LEXICON = make_lexicon()
QUESTION = Question("what helps against a migraine?")
HEADINGS = (
    "", "Signs of a migraine", "What helps", "When to see a doctor", "Migraine in pregnancy", "If it gets worse",
    "Medicines for migraine", "Living with migraine",
)  # fmt: skip


def hits(document: str = "migraine", title: str = "Migraine", **more):
    return [
        make_hit("Words.", document=document, title=title, heading=heading, position=position, **more)
        for position, heading in enumerate(HEADINGS)
    ]


def suggested(question: Question = QUESTION, found=None) -> tuple[str, ...]:
    found = found or hits()
    return suggest(question, reversed(found), [Source(1, found[2].passage, 1.0)], LEXICON)


def test_the_other_parts_of_the_topic_in_its_order_and_by_its_name():
    assert suggested() == ("Signs of a migraine", "Migraine: When to see a doctor", "Medicines for migraine")


def test_what_was_asked_before_gives_way_to_the_next():
    question = replace(QUESTION, history=(Turn("signs of a migraine ", "…"),))
    assert suggested(question)[-1] == "Living with migraine"
    assert "Signs of a migraine" not in suggested(question)


@pytest.mark.parametrize("state", ["urgent", "careful", "under_age"])
def test_nobody_in_danger_or_under_age_is_led_on(state: str):
    assert suggested(replace(QUESTION, **{state: True})) == ()


@pytest.mark.parametrize("more", [{"category": "urgent"}, {"category": "mental_health"}, {"from_outside": True}])
def test_nor_to_what_may_read_as_a_cry_for_help_or_is_not_known_to_be_answered(more):
    assert suggested(found=hits(**more)) == ()


def test_topics_that_are_not_quoted_stay_out():
    others = hits("asthma", "Asthma")
    assert suggest(QUESTION, others, [Source(1, hits()[2].passage, 1.0)], LEXICON) == ()
