"""What was said of the person whom a question is about: when it holds, and what it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline import wiring
from pipeline.profiles import allergy_risks, as_said, for_question, in_words, is_young_writers, medicines_of
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.types import HealthProfile, Plan, Question

CHILD = HealthProfile("other", "2_to_11")
BABY = HealthProfile("other", "under_3_months")
PREGNANT = HealthProfile("me", "18_to_64", "pregnant")
NURSING = HealthProfile("me", "", "breastfeeding")
OLDER = HealthProfile("me", "65_or_over")
MOTHER = HealthProfile("other", "65_or_over", medicines=("warfarin",))
NO_PENICILLIN = HealthProfile(allergies=("Penicillin", "latex"))


# For which questions it holds


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        (CHILD, "How much ibuprofen can I give?"),
        (CHILD, "My daughter has a fever"),
        (CHILD, "my 6 year old has a cough"),
        (CHILD, "I have a headache, can I take ibuprofen?"),  # a parent writes as the child would: the careful way
        (BABY, "my baby is 6 weeks old and hot"),
        (PREGNANT, "Can I take ibuprofen?"),
        (PREGNANT, "Is ibuprofen safe for my baby?"),
        (PREGNANT, "My husband has a cold and I have a fever, can I take ibuprofen?"),
        (NURSING, "does paracetamol get into the milk for the baby"),
        (OLDER, "what helps against heartburn?"),
        (MOTHER, "can my mum take ibuprofen?"),
        (MOTHER, "can she take ibuprofen?"),
        (HealthProfile("me", "12_to_17"), "I'm a teenager with acne"),
    ],
)
def test_it_holds_where_the_question_says_nothing_else(profile, text):
    assert for_question(profile, text) == profile


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        (CHILD, "My husband has a headache, can he take ibuprofen?"),
        (CHILD, "ibuprofen in pregnancy?"),
        (CHILD, "my 14 year old has a fever"),
        (CHILD, "she is 35 and has a fever"),
        (CHILD, "can my dog have ibuprofen?"),
        (BABY, "my 5 month old has a fever"),
        (PREGNANT, "What can I give my son for a fever?"),
        (PREGNANT, "can he take ibuprofen?"),
        (OLDER, "ibuprofen for children"),
        (OLDER, "My friend has asthma. Is ibuprofen safe for her?"),
        (MOTHER, "my toddler has a cold"),
        (HealthProfile(), "What is asthma?"),
        (HealthProfile("other"), "What is asthma?"),
    ],
)
def test_a_question_about_somebody_else_takes_nothing_along(profile, text):
    assert for_question(profile, text) is None


@pytest.mark.parametrize(
    ("profile", "text", "left"),
    [
        (PREGNANT, "I'm not pregnant. Can I take ibuprofen?", {"pregnancy": ""}),
        (PREGNANT, "I am breast-feeding now, can I take ibuprofen?", {"pregnancy": ""}),
        (NO_PENICILLIN, "I'm not allergic to penicillin after all", {"allergies": ("latex",)}),
        (OLDER, "I am 45 and have a cold", None),
        (replace(OLDER, medicines=("warfarin",)), "I am 45 and have a cold", {"age_band": ""}),
    ],
)
def test_what_the_question_says_itself_counts_more(profile, text, left):
    assert for_question(profile, text) == (left if left is None else replace(profile, **left))


def test_who_says_that_they_are_no_adult_is_young_and_who_asks_for_a_child_is_not():
    assert is_young_writers(HealthProfile("me", "12_to_17"))
    assert not is_young_writers(CHILD)
    assert not is_young_writers(OLDER)


# What it means


def test_it_is_told_in_words_that_screening_knows_and_in_words_for_people():
    profile = HealthProfile("other", "under_3_months", "no", ("vitamin D",), ("milk",))
    assert as_said(profile) == "My baby is 6 weeks old. The patient takes vitamin D."
    assert in_words(profile) == ["a baby under 3 months", "not pregnant", "takes vitamin D", "allergic to milk"]
    assert as_said(HealthProfile()) == ""
    assert in_words(HealthProfile()) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Warfarin 5 mg", {"warfarin"}), ("Coumadin", {"warfarin"}), ("Zorblax 20mg/day", {"zorblax day"}),
     ("penicillin antibiotics", {"penicillin antibiotic"}), ("500 mg", set())],
)  # fmt: skip
def test_names_of_medicines_are_read_without_their_amounts(name, expected):
    assert {concept.name for concept in medicines_of([name], wiring.lexicon())} == expected


@pytest.mark.parametrize(
    ("allergies", "asked", "risk"),
    [
        (("penicillin",), "amoxicillin", True),  # both are penicillins
        (("ibuprofen",), "naproxen", True),
        (("NSAIDs",), "ibuprofen", True),
        (("penicillin",), "antibiotics", False),  # it may be among them
        (("ibuprofen",), "paracetamol", None),  # both are painkillers, which says nothing
        (("penicillin",), "clarithromycin", None),
        (("peanuts", "latex"), "ibuprofen", None),
    ],
)
def test_a_medicine_of_the_same_kind_may_set_off_an_allergy(allergies, asked, risk):
    lexicon = wiring.lexicon()
    risks = allergy_risks(HealthProfile(allergies=allergies), lexicon.find(asked), lexicon)
    assert [one.sure for one in risks] == ([] if risk is None else [risk])


# What it changes, without a language model


@pytest.fixture
def plan(shipped_index):
    lexicon = wiring.lexicon()
    index = EmbeddedIndex(shipped_index, lexicon, embedder=wiring.packaged_embedder())

    async def made(text: str, profile: HealthProfile | None = None, *, urgent: bool = False) -> Plan:
        held = for_question(profile, text) if profile else None
        question = Question(text, urgent=urgent, profile=held)
        query = await index.understand(question)
        return await ExtractiveAnswerer(lexicon).plan(question, query, (await index.retrieve(query, 60)).hits, index)

    return made


def quoted(plan: Plan) -> set[str]:
    return {source.passage.document for source in plan.sources}


@pytest.mark.parametrize(
    ("profile", "text", "as_if"),
    [
        (CHILD, "How much ibuprofen can be taken?", "How much ibuprofen can my child take?"),
        (CHILD, "What is high cholesterol?", "What is high cholesterol in children?"),
        (PREGNANT, "Can I take ibuprofen for a headache?", "I am pregnant. Can I take ibuprofen for a headache?"),
        (PREGNANT, "What helps against heartburn?", "I am pregnant. What helps against heartburn?"),
        (
            HealthProfile(medicines=("Warfarin 5 mg",)),
            "Can I take ibuprofen for a headache?",
            "I take warfarin. Can I take ibuprofen for a headache?",
        ),
        (HealthProfile(medicines=("Zorblax",)), "Can I take ibuprofen?", "Can I take ibuprofen with zorblax?"),
        (OLDER, "Can I take ibuprofen?", "Can elderly people take ibuprofen?"),
    ],
)
async def test_an_answer_is_that_of_a_question_that_says_it(plan, profile, text, as_if):
    answer, said, plain = await plan(text, profile), await plan(as_if), await plan(text)
    assert answer.kind == said.kind
    assert quoted(answer) <= quoted(said)
    assert bool(quoted(answer)) == bool(quoted(said))
    assert [source.passage.id for source in answer.sources] != [source.passage.id for source in plain.sources]


async def test_a_childs_medicine_is_never_answered_with_what_holds_for_adults(plan):
    answer = await plan("How much ibuprofen can be taken?", CHILD)
    chosen = [source.passage for source in answer.sources if not source.passage.urgent]
    assert chosen
    assert all("child" in f"{passage.heading} {passage.text}".casefold() for passage in chosen)


async def test_of_somebody_else_the_answer_is_the_plain_one(plan):
    text = "My husband has a headache. Can he take ibuprofen?"
    assert await plan(text, CHILD) == await plan(text)


async def test_a_medicine_that_somebody_takes_already_is_no_combination_with_their_others(plan):
    text = "How do I take warfarin?"
    told = HealthProfile("me", "65_or_over", medicines=("Warfarin", "Zorblax"))
    assert (await plan(text, told)).sources == (await plan(text)).sources
    both = await plan("Can I take ibuprofen with my warfarin?", told)
    assert "ibuprofen together with zorblax" in both.text


async def test_what_somebody_takes_changes_nothing_where_no_medicine_is_asked_for(plan):
    text = "What is asthma?"
    assert await plan(text, HealthProfile(medicines=("Warfarin",), allergies=("penicillin",))) == await plan(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Can I take amoxicillin?", "You said: allergic to penicillin. Amoxicillin is of the same kind. Don't take it"),
        ("How does penicillin work?", "You said: allergic to penicillin. Don't take it before a doctor"),
        ("Do antibiotics help against a cold?", "It may be among these: antibiotic. Tell a pharmacist or doctor"),
    ],
)
async def test_an_allergy_stands_above_what_is_said_of_such_a_medicine(plan, text, said):
    answer = await plan(text, NO_PENICILLIN)
    assert said in answer.text
    if answer.kind == "answer":
        assert any(said in note for note in answer.notes), "above a model's words, too"
    assert said not in (await plan(text)).text


async def test_of_a_medicine_that_isnt_borne_only_what_names_the_allergy_is_quoted(plan):
    answer = await plan("Can I take amoxicillin?", NO_PENICILLIN)
    assert answer.kind == "not_found"
    assert answer.closed
    assert "amoxicillin and allergy" in answer.text
    assert "allergic" not in (await plan("Can I take paracetamol?", NO_PENICILLIN)).text.split("###")[0]


async def test_first_aid_is_withheld_from_nobody_and_a_childs_comes_first(plan):
    answer = await plan("fever of 38.5, what now?", BABY, urgent=True)
    assert answer.kind == "answer"
    assert answer.sources[0].passage.document == "fever-in-children"
