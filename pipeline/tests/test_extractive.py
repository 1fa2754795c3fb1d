"""What a patient reads where no language model is connected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import wiring
from pipeline.doses import amounts
from pipeline.providers import extractive, index_building
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.extractive import ExtractiveAnswerer, choose
from pipeline.tests.factories import make_hit, make_index, make_lexicon, make_passage
from pipeline.types import Plan, Question, Turn


@pytest.fixture
def plan(tmp_path: Path):
    lexicon = make_lexicon()
    index = make_index(tmp_path, lexicon)

    async def made(*questions: str, **flags: bool) -> Plan:
        *before, last = questions
        history = tuple(Turn(question, "…") for question in before)
        question = Question(last, history, **flags)
        query = await index.understand(question)
        return await ExtractiveAnswerer(lexicon).plan(question, query, (await index.retrieve(query, 60)).hits, index)

    return made


async def test_blocks_are_quoted_whole_and_cited_in_order(plan):
    answer = await plan("what helps against a migraine?")
    assert answer.kind == "answer"
    assert answer.text.startswith(
        "### Migraine: What helps\n\nTo ease a migraine: [1]\n- Lie down in a dark room.\n- Drink some water."
    )
    assert [source.n for source in answer.sources] == list(range(1, len(answer.sources) + 1))
    for source in answer.sources:
        assert f"[{source.n}]" in answer.text
        assert all(line in answer.text for line in source.passage.text.split("\n")[1:])


async def test_when_to_get_help_now_comes_with_every_topic_that_is_cited(plan):
    answer = await plan("what can set off a migraine?")
    assert answer.sources[-1].passage.urgent
    assert "### Get help now if\n\nWith a migraine, call your emergency number if:" in answer.text


async def test_a_sign_that_the_question_tells_of_puts_when_to_get_help_now_first(plan):
    answer = await plan("I have a migraine and can't drink water")
    assert answer.sources[0].passage.urgent
    assert answer.text.startswith("### Get help now if")


async def test_loosely_related_blocks_stay_out(plan):
    assert "Stress" not in (await plan("what helps against a migraine?")).text


async def test_the_answer_says_that_no_model_is_connected(plan):
    assert "No language model is connected" in (await plan("what helps against a migraine?")).text.splitlines()[-1]
    assert "No language model is connected" in (await plan("what helps against gout?")).text.splitlines()[-1]


async def test_nothing_found_says_so_and_names_what_one_could_ask(plan):
    answer = await plan("what helps against gout?")
    assert answer.kind == "not_found"
    assert answer.sources == ()
    assert "I found nothing about that" in answer.text
    assert "- Migraine" in answer.text


async def test_a_combination_is_answered_from_a_passage_that_names_both(plan):
    answer = await plan("can I take ibuprofen if I have asthma?")
    assert [source.passage.id for source in answer.sources if not source.passage.urgent] == ["asthma#2"]


@pytest.mark.parametrize("text", ["ibuprofen with warfarin", "warfarin and asthma", "can I give my child ibuprofen",
                                  "can I take zorblax with ibuprofen"])  # fmt: skip
async def test_a_combination_that_is_not_there_is_told_and_never_called_harmless(plan, text: str):
    answer = await plan(text)
    assert answer.kind == "not_found"
    assert "I found nothing on that combination" in answer.text
    assert "ask a pharmacist" in answer.text
    assert "no interaction" not in answer.text.casefold()
    assert "ibuprofen can ease" not in answer.text.casefold()


async def test_pregnancy_is_answered_with_what_holds_in_pregnancy(plan):
    answer = await plan("I'm pregnant, what can I take for a migraine?")
    assert [source.passage.id for source in answer.sources if not source.passage.urgent] == ["migraine#4"]
    later = await plan("I'm pregnant", "what helps against a migraine?")
    assert [source.passage.id for source in later.sources if not source.passage.urgent] == ["migraine#4"]


async def test_for_a_child_it_says_that_nothing_was_found_for_children(plan):
    answer = await plan("what helps against a migraine?", "and in children?")
    assert answer.kind == "not_found"
    assert "I found nothing about that for children" in answer.text


async def test_a_mended_word_is_told(plan):
    assert (await plan("what helps a migrainne")).text.startswith("I read “migrainne” as “migraine”.")


@pytest.mark.parametrize("text", ["hello", "Hi there!", "good morning", "?"])
async def test_a_greeting_is_answered_with_what_one_can_ask(plan, text: str):
    answer = await plan(text)
    assert answer.text.startswith("Hello!")
    assert "- Migraine" in answer.text
    assert answer.sources == ()


async def test_thanks_are_answered_kindly_also_after_a_question(plan):
    assert (await plan("what helps a migraine?", "thank you so much")).text.startswith("You're welcome")


async def test_a_greeting_before_a_question_is_passed_over(plan):
    assert (await plan("hello, what helps a migraine?")).kind == "answer"


def test_a_second_document_is_quoted_only_where_it_is_as_good():
    best = make_hit("One.", score=1.0, document="a", id="a#0")
    as_good = make_hit("Two.", score=0.95, document="b", id="b#0")
    weaker = make_hit("Three.", score=0.86, document="c", id="c#0")
    assert choose([best, as_good]) == [best, as_good]
    assert choose([best, weaker]) == [best]


def test_the_best_block_comes_first_and_at_most_four_are_quoted():
    hits = [make_hit(f"Block {n}.", score=1 - n / 100, id=f"topic#{n}", position=9 - n) for n in range(8)]
    assert choose(hits) == hits[:4]


async def test_the_text_is_written_a_few_words_at_a_time_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extractive, "_CHUNK_SECONDS", 0)
    text = "### Migraine: What helps\n\nTo ease it: [1]\n- Rest.\n- Drink.\n\n*The end.*"
    pieces = [piece async for piece in ExtractiveAnswerer(make_lexicon()).write(Plan("answer", (), text))]
    chunks = [piece for piece in pieces if isinstance(piece, str)]
    assert "".join(chunks) == text
    assert len(chunks) > 2


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["thank you " * 24 + "pain", "are you a doctor " * 22 + "pain", "ok ok " * 1300])
async def test_small_talk_of_any_length_is_told_apart_quickly(plan, text: str):
    assert (await plan(text)).kind == "not_found"


async def test_thanks_in_any_words_get_a_friendly_line(plan):
    assert (await plan("thanks that's really helpful")).text.startswith("You're welcome")


async def test_under_an_emergencys_notice_nothing_leads_away_from_the_call(plan):
    answer = await plan("a zebra bit me", urgent=True)
    assert answer.kind == "not_found"
    assert "call now" in answer.text
    assert "You could ask about" not in answer.text
    assert "pharmacist" not in answer.text


@pytest.mark.parametrize("text", ["how do I train a zebra", "hello", "thanks"])
async def test_under_the_reminder_of_a_concern_no_topics_lead_away_from_it(plan, text: str):
    assert "You could ask about" in (await plan(text)).text
    assert "You could ask about" not in (await plan(text, careful=True)).text


async def test_under_an_emergencys_notice_an_answer_without_a_quote_is_none(tmp_path: Path):
    lexicon, embedder = make_lexicon(), wiring.packaged_embedder()
    block = make_passage("Asthma makes it hard to breathe.", title="Asthma", from_outside=True)
    index_building.build(tmp_path / "index", [block], embedder=embedder)
    index = EmbeddedIndex(tmp_path / "index", lexicon, embedder)
    question = Question("asthma, hard to breathe", urgent=True)
    query = await index.understand(question)
    answer = await ExtractiveAnswerer(lexicon).plan(question, query, (await index.retrieve(query, 60)).hits, index)
    assert (answer.kind, answer.sources) == ("not_found", ())
    assert "call now" in answer.text


async def test_under_an_emergencys_notice_the_signs_of_what_is_named_are_quoted(plan):
    answer = await plan("asthma and warfarin and he is blue", urgent=True)
    assert [source.passage.document for source in answer.sources if source.passage.urgent] == ["asthma"]
    assert "pharmacist" not in answer.text


async def test_under_an_emergencys_notice_the_signs_come_first_and_no_home_care(plan):
    answer = await plan("what helps against a migraine?", urgent=True)
    assert answer.sources[0].passage.urgent
    assert "dark room" not in answer.text


async def test_when_to_get_help_now_alone_is_no_answer(shipped):
    answer = await shipped("bruised blood under the skin, what causes it?")
    assert (answer.kind, answer.sources) == ("not_found", ())
    assert "don't wait" in answer.text


async def test_a_sign_that_is_told_stands_above_that_nothing_was_found(shipped):
    answer = await shipped("Warfarin and zorblaxine, and now I vomit blood, what to do about vomiting?")
    assert answer.kind == "not_found"
    assert [source.passage.heading for source in answer.sources] == ["Get help now if"]
    assert (
        answer.text.index("blood in the vomit") < answer.text.index("I found nothing") < answer.text.index("don't wait")
    )


@pytest.mark.parametrize(
    "text",
    [
        "what mg does metformin come in?",
        "foods to avoid when taking metformin",
        "metformin after dinner or at bed time?",
        "can alprazolam lower blood pressure?",
        "nitroglycerin how often",
        "what medicines raise blood sugar",
        "what drug will cause frequent urination?",
        "what happens if vomiting happens after taking a medication",
        "what is the protocol for adding insulin for type 2 diabetics",
    ],
)
async def test_where_what_is_asked_of_a_medicine_is_not_said_nothing_is_quoted(shipped, text: str):
    assert (await shipped(text)).kind == "not_found"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("why take simvastatin", "Statins lower LDL"),
        ("how does ibuprofen work?", "They ease pain, swelling and fever"),
        ("what is ibuprofen", "They ease pain, swelling and fever"),
        ("how does insulin work?", "Insulin is the hormone that moves sugar"),
        ("what does metformin do", "lowers the sugar made by the liver"),
        ("famotidine 10 mg?", "H2 blockers, such as famotidine"),
        ("what is benzodiazepines", "Benzodiazepines, such as diazepam"),
        ("what class is diazepam", "Benzodiazepines, such as diazepam"),
        ("how long can i take ibuprofen", "more than 10 days"),
        ("is there danger in stopping sertraline?", "withdrawal symptoms"),
        ("which drug causes heartburn?", "Some medicines can set off heartburn"),
        ("which drug can cause constipation?", "iron can cause constipation"),
        ("what is the brand name of acetaminophen", "Panadol"),
    ],
)
async def test_what_is_asked_of_a_medicine_is_answered_where_it_is_said(shipped, text: str, said: str):
    answer = await shipped(text)
    assert said in answer.sources[0].passage.text
    assert "What follows says nothing" not in answer.text


async def test_a_topic_about_the_medicine_says_what_it_is_where_it_does_not_say_what_is_asked(shipped):
    answer = await shipped("how much diclofenac is too much?")
    assert "What follows says nothing about what you asked of diclofenac" in answer.text
    assert [source.passage.heading for source in answer.sources if not source.passage.urgent] == [""]


@pytest.mark.parametrize(
    "text",
    [
        "is lyrica the same as gabapentin?",
        "what is the tetanus vaccine?",
        "iron for anemia",
        "is there an antacid maalox?",
    ],
)
async def test_what_is_no_combination_is_not_called_one(shipped, text: str):
    assert "combination" not in (await shipped(text)).text


async def test_what_may_be_prescribed_is_not_cast_in_doubt(shipped):
    answer = await shipped("prednisone for low platelets")
    assert "That doesn't mean that it is all right, nor that it is wrong." in answer.text
    assert "before you stop it" in answer.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Can I eat grapefruit while I take simvastatin?", "Grapefruit and statins can interact"),
        ("side effects of rosuvastatin calcium", "Muscle pain and statins"),
        ("how often should one have a flu shot", "A flu vaccine each year"),
        ("how long does a tetanus shot last", "every 10 years"),
        ("how does insulin work in the body", "Insulin is the hormone"),
    ],
)
async def test_what_a_topic_says_in_a_sentence_is_found(shipped, text: str, said: str):
    answer = await shipped(text)
    assert answer.kind == "answer"
    assert said in answer.text


async def test_what_is_all_right_with_a_class_is_said_of_no_member_that_is_not_named(shipped):
    assert (await shipped("can I take simvastatin with alcohol")).kind == "not_found"


@pytest.mark.parametrize(
    "text",
    [
        "five year survival of patients with metformin plus cisplatin",
        "history of warfarin research versus cisplatin research",
    ],
)
async def test_where_nobody_asked_whether_two_go_together_nothing_is_said_of_a_combination(shipped, text: str):
    answer = await shipped(text)
    assert answer.kind == "not_found"
    assert "combination" not in answer.text


async def test_a_stroke_that_may_come_of_a_medicine_is_a_call_now(shipped):
    text = (await shipped("I started tranexamic acid, and then had a stroke. Can I take it?")).text
    assert "call the emergency number now" in text
    assert "today" not in text


async def test_what_may_come_of_a_medicine_is_asked_about_today(shipped):
    answer = await shipped("blurred vision since I started indapamide")
    assert answer.kind == "not_found"
    assert "call one of them today" in answer.text


async def test_first_aid_is_not_for_what_was_years_ago(shipped):
    assert (
        await shipped("About 9 years ago I was poisoned with mercury. Where can I turn for help?")
    ).kind == "not_found"
    assert (await shipped("I was poisoned with bleach. Where can I turn for help?")).sources


async def test_what_is_normal_or_not_there_is_not_asked_about(shipped):
    answer = await shipped(
        "I am 66 and I gain weight. My bp is 120/80, no tablets used for bp, no diabetes. What food do you suggest?"
    )
    assert not {source.passage.document for source in answer.sources} & {"high-blood-pressure", "type-2-diabetes"}
    assert (await shipped("Is 120/80 a normal blood pressure, or do I have high blood pressure?")).sources


@pytest.mark.parametrize("text", ["my son drank bleach", "I ate an oleander leaf, is that a poison?"])
async def test_of_what_was_swallowed_it_first_says_not_to_wait_for_signs(shipped, text: str):
    answer = await shipped(text)
    assert "Do not wait for signs of illness" in next(s.passage.text for s in answer.sources if not s.passage.urgent)


async def test_a_double_dose_is_too_much_medicine_and_one_for_a_missed_dose_is_not(shipped):
    too_much = await shipped("what happens if one takes a double does of simvastatin")
    assert {source.passage.document for source in too_much.sources} == {"poisoning-and-overdose"}
    assert not [source for source in too_much.sources if "Poison on the skin" in source.passage.text]
    missed = await shipped("can I take a double dose if I missed one of my pills?")
    assert "poisoning-and-overdose" not in {source.passage.document for source in missed.sources}


async def test_who_suspects_an_illness_reads_of_its_signs_and_not_of_its_medicines(shipped):
    answer = await shipped("I have shortness of breath. What do you think? Do I have asthma or not?")
    headings = [source.passage.heading for source in answer.sources if not source.passage.urgent]
    assert headings
    assert "Medicines for asthma" not in headings


async def test_under_an_emergencys_notice_signs_alone_say_nothing_of_what_they_leave_out(shipped):
    answer = await shipped(
        "My friend coughs and blood comes from her mouth, they did a CT scan. Which medicine helps?", urgent=True
    )
    assert all(source.passage.urgent for source in answer.sources)
    assert "What follows says nothing" not in answer.text


async def test_type_1_is_not_answered_with_type_2(shipped):
    assert (await shipped("what helps with type 1 diabetes?")).kind == "not_found"
    assert (await shipped("what helps with type 2 diabetes?")).sources
    besides = await shipped("I have type 1 diabetes and depression. What are the signs of depression?")
    assert {source.passage.document for source in besides.sources} == {"depression"}


@pytest.mark.parametrize("text", ["oleander poisoning, the plant was eaten", "blood in my cough and in my vomit"])
async def test_what_cannot_wait_comes_first(shipped, text: str):
    assert (await shipped(text)).sources[0].passage.urgent


async def test_a_schedule_that_nobody_has_reviewed_is_held_back(tmp_path: Path):
    lexicon, embedder = make_lexicon(), wiring.packaged_embedder()
    block = make_passage("Asthma is an illness. Have two shots every year.", title="Asthma", from_outside=True)
    index_building.build(tmp_path / "index", [block], embedder=embedder)
    index = EmbeddedIndex(tmp_path / "index", lexicon, embedder)
    question = Question("What is asthma?")
    query = await index.understand(question)
    found = await index.retrieve(query, 60)
    answer = await ExtractiveAnswerer(lexicon).plan(question, query, found.hits, index)
    assert answer.kind == "not_found"
    assert "No clinician has reviewed" in answer.text


# Amounts, which aren't for everybody


@pytest.fixture
def shipped(shipped_index: Path):
    """Plans of the topics that ship."""
    index, lexicon = wiring.embedded_index(), wiring.lexicon()

    async def made(text: str, **flags: bool) -> Plan:
        question = Question(text, **flags)
        query = await index.understand(question)
        return await ExtractiveAnswerer(lexicon).plan(question, query, (await index.retrieve(query, 60)).hits, index)

    return made


@pytest.mark.parametrize("flags", [{"careful": True}, {"under_age": True}])
async def test_who_may_come_to_harm_is_quoted_no_amounts_and_told_so(shipped, flags):
    asked = "How much acetaminophen can an adult take?"
    assert amounts((await shipped(asked)).text)
    answer = await shipped(asked, **flags)
    assert not amounts(answer.text)
    assert "doses" in answer.text
    assert all(not amounts(source.passage.text) or source.passage.urgent for source in answer.sources)


async def test_other_questions_are_answered_as_ever_and_nobody_is_led_on(shipped):
    asked = "what helps against a migraine?"
    assert await shipped(asked, careful=True) == replace(await shipped(asked), suggestions=())
