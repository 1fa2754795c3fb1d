"""What is understood of a question in its conversation, and which passages may answer it."""

from __future__ import annotations

import pytest

from pipeline.concepts import ANIMALS, BREASTFEEDING, CHILDHOOD, PREGNANCY, Concept, Kind, Lexicon
from pipeline.query import Query
from pipeline.retrieval import judge
from pipeline.tests.factories import (
    ASTHMA,
    IBUPROFEN,
    KIDNEY_DISEASE,
    MIGRAINE,
    PAINKILLER,
    WARFARIN,
    make_hit,
    make_lexicon,
)  # fmt: skip
from pipeline.topic_names import TopicNames
from pipeline.types import Question, Turn
from pipeline.understanding import understand
from pipeline.words import stems

VOCABULARY = frozenset(
    stems("migraine headache ease dark room water ibuprofen asthma inhaler wheeze warfarin take medicine kidney "
          "disease pregnant child children sleep stress sick heat contagious")
)  # fmt: skip


@pytest.fixture
def topics() -> TopicNames:
    return TopicNames.of(
        [
            ("migraine", "Migraine", ["migraine", "migrane", "sick headache"]),
            ("asthma", "Asthma", ["asthma", "tight chest"]),
            ("suicide", "Thoughts of suicide", ["do not want to live"]),
        ],
        VOCABULARY,
    )


@pytest.fixture
def lexicon() -> Lexicon:
    return make_lexicon()


@pytest.fixture
def ask(lexicon: Lexicon, topics: TopicNames):
    def understood(*questions: str) -> Query:
        *before, last = questions
        return understand(Question(last, tuple(Turn(question, "…") for question in before)), lexicon, topics)

    return understood


# One question


def test_a_topic_is_named_by_its_lay_names_in_any_order(ask):
    assert ask("I have a sick headache").documents == {"migraine"}
    assert ask("my chest feels so tight").documents == {"asthma"}


def test_a_name_of_words_that_mean_little_must_stand_as_it_is(ask):
    assert ask("I do not want to live").documents == {"suicide"}
    assert ask("where do I live").documents == frozenset()


def test_a_slip_of_the_keyboard_is_mended_and_told(ask):
    query = ask("what helps a migrainne")
    assert query.documents == {"migraine"}
    assert query.corrections == (("migrainne", "migraine"),)


def test_a_misspelt_medicine_still_stands_at_the_gate(ask):
    assert {IBUPROFEN, WARFARIN} <= ask("can I take ibuprofin with warfarin").concepts


def test_a_short_word_is_not_mended_to_a_word_of_a_title_that_is_no_name(lexicon: Lexicon):
    titles = [("a", "Jones syndrome", ()), ("b", "Gestational troubles", ())]
    topics = TopicNames.of(titles, VOCABULARY)
    assert understand(Question("my jonts are stiff"), lexicon, topics).corrections == ()
    mended = understand(Question("is it geatational"), lexicon, topics)
    assert mended.corrections == (("geatational", "gestational"),)


@pytest.mark.parametrize("text", ["what about mirages", "asthmatik", "I saw a warfare film"])
def test_ordinary_and_far_off_words_are_not_mended(ask, text: str):
    query = ask(text)
    assert not [name for _, name in query.corrections if name in ("migraine", "warfarin")]


def test_an_unknown_word_that_is_taken_may_be_a_medicine(ask):
    zorblax = Concept(Kind.MEDICINE, "zorblax")
    assert ask("can I take zorblax with ibuprofen").concepts == {zorblax, IBUPROFEN}
    assert zorblax in ask("is zorblax safe for a child").concepts


def test_a_question_in_another_language_names_nothing(ask):
    query = ask("¿Qué ayuda contra la migraña, por favor?")
    assert not query.terms
    assert not query.concepts


def test_a_cold_bath_is_no_illness(topics: TopicNames):
    cold = Concept(Kind.CONDITION, "cold")
    lexicon = Lexicon({"cold": [cold]}, {})
    assert cold in understand(Question("I have a cold"), lexicon, topics).concepts
    assert cold not in understand(Question("is a cold bath good"), lexicon, topics).concepts


def test_a_name_of_one_word_is_no_other_form_of_it(lexicon: Lexicon):
    topics = TopicNames.of([("asthma", "Asthma", ["preventer"])], VOCABULARY)
    assert understand(Question("can it be prevented"), lexicon, topics).documents == frozenset()
    assert understand(Question("my preventers"), lexicon, topics).documents == {"asthma"}


def test_when_to_worry_asks_for_a_doctor_and_tells_of_no_worry(ask):
    query = ask("I have a migraine for a week, when should I worry?")
    assert query.documents == {"migraine"}
    assert "doctor" in query.intents


def test_many_pills_at_once_are_an_overdose(ask):
    overdose = Concept(Kind.CONDITION, "overdose")
    assert overdose in ask("I took 12 ibuprofen").concepts
    assert overdose in ask("he took a pack of 12 instead of one").concepts
    assert overdose not in ask("he took a pack of 2 with him").concepts
    assert overdose not in ask("I took 2 ibuprofen").concepts
    assert overdose not in ask("I had 10 days of ibuprofen").concepts


def test_only_a_broad_index_knows_that_a_word_is_rare(lexicon: Lexicon):
    words = frozenset(f"word{number}" for number in range(10_000))
    topics = [("migraine", "Migraine", ["migraine"])]
    for vocabulary, unheard in ((VOCABULARY, False), (VOCABULARY | words, True)):
        known = TopicNames.of(topics, vocabulary)
        assert understand(Question("Vagual nerve and migraine"), lexicon, known).unheard is unheard
        assert not understand(Question("I have a migraine. It is vagual."), lexicon, known).unheard


def test_where_a_rare_word_is_asked_about_the_rest_of_the_question_is_no_answer(lexicon: Lexicon):
    asked = Query("?", ("term",), frozenset(), unheard=True)
    for said, quoted in ((0.19, 0), (0.2, 1)):
        assert len(judge(asked, [make_hit("Rest.", said=said)], lexicon).hits) == quoted


def test_a_combination_is_answered_by_a_passage_with_enough_of_the_question(lexicon: Lexicon):
    both = make_hit("Ibuprofen with warfarin: ask.", coverage=0.59)
    assert judge(question(IBUPROFEN, WARFARIN), [both], lexicon).missing


def test_a_look_alike_of_a_short_medicine_is_no_slip(topics: TopicNames):
    lexicon = Lexicon({"zantac": [Concept(Kind.MEDICINE, "ranitidine")], "thereby": []}, {})

    def read_as(word: str) -> list[str]:
        return [name for _, name in understand(Question(f"what is {word} for"), lexicon, topics).corrections]

    assert read_as("zantec") == read_as("zanttac") == read_as("zatnac") == ["zantac"]
    assert read_as("zantap") == []


def test_a_long_story_is_searched_by_what_it_asks(ask):
    story = "My sister came to stay and we walked in the heat all day long with her friends. " * 4
    query = ask(f"Migraine. {story} What helps?")
    assert query.terms == ("migrain",)


# A conversation


def test_a_follow_up_has_the_subject_of_the_question_before(ask):
    query = ask("what helps against a migraine?", "and in children?")
    assert query.documents == {"migraine"}
    assert query.concepts == {MIGRAINE, CHILDHOOD}
    assert "help" in query.intents


def test_it_means_what_was_talked_of(ask):
    assert ask("what helps a migraine?", "can I take ibuprofen for it?").concepts == {MIGRAINE, IBUPROFEN}


def test_another_subject_is_no_follow_up(ask):
    query = ask("what helps against a migraine?", "what is the capital of France?")
    assert not query.documents
    assert not query.concepts


def test_a_named_illness_takes_the_place_of_the_one_before(ask):
    query = ask("what helps a migraine?", "what about asthma?")
    assert query.documents == {"asthma"}
    assert query.concepts == {ASTHMA}
    assert "help" in query.intents


def test_another_medicine_takes_the_place_of_the_first_and_the_second_stays(ask):
    query = ask("can I take ibuprofen with warfarin?", "what about painkillers?")
    assert query.concepts == {PAINKILLER, WARFARIN}


def test_who_is_pregnant_stays_pregnant(ask):
    assert PREGNANCY in ask("I'm pregnant", "can I take ibuprofen?").concepts
    assert PREGNANCY in ask("I'm pregnant", "can I take ibuprofen?", "what helps a migraine?").concepts


def test_somebody_else_is_not_pregnant(ask):
    assert PREGNANCY not in ask("I'm pregnant", "what helps my husband's migraine?").concepts


@pytest.mark.parametrize(("told", "kept"), [("I have asthma", ASTHMA), ("I take warfarin", WARFARIN),
                                            ("I have kidney disease", KIDNEY_DISEASE)])  # fmt: skip
def test_what_the_asker_has_and_takes_counts_for_a_later_medicine(ask, told: str, kept: Concept):
    assert ask(told, "can I take ibuprofen?").concepts == {kept, IBUPROFEN}


def test_a_question_between_that_names_nothing_is_looked_over(ask):
    assert ask("what helps a migraine?", "who won the cup?", "what else helps?").documents == {"migraine"}


# Which passages may answer


def question(*concepts: Concept, intents: frozenset[str] = frozenset()) -> Query:
    return Query("Can I take it?", ("term",), frozenset(concepts), intents=intents)


def quoted(query: Query, *hits, lexicon: Lexicon) -> list[str]:
    return [hit.passage.text for hit in judge(query, hits, lexicon).hits]


def test_two_medicines_are_answered_only_by_a_passage_that_names_both(lexicon: Lexicon):
    both = make_hit("Ibuprofen with warfarin can make you bleed.")
    one = make_hit("Ibuprofen eases pain.", score=9.0, id="topic#1")
    assert quoted(question(IBUPROFEN, WARFARIN), one, both, lexicon=lexicon) == [both.passage.text]


def test_a_combination_that_no_passage_names_is_told_as_missing(lexicon: Lexicon):
    judgement = judge(
        question(IBUPROFEN, WARFARIN), [make_hit("Ibuprofen eases pain."), make_hit("Take warfarin daily.")], lexicon
    )
    assert judgement.hits == ()
    assert judgement.missing == ((IBUPROFEN, WARFARIN),)


def test_two_medicines_side_by_side_are_no_combination(lexicon: Lexicon):
    hits = [make_hit("Ibuprofen and warfarin are medicines.")]
    assert judge(Query("", (), frozenset({IBUPROFEN, WARFARIN})), hits, lexicon).hits == ()


def test_two_medicines_that_are_alternatives_need_no_passage_on_both(ask, lexicon: Lexicon):
    hits = [make_hit("Ibuprofen and asthma: ask first."), make_hit("Warfarin and asthma: ask first.", id="topic#1")]
    assert len(judge(ask("ibuprofen or warfarin if I have asthma?"), hits, lexicon).hits) == 2
    assert judge(ask("ibuprofen and warfarin if I have asthma?"), hits, lexicon).hits == ()


def test_two_items_of_a_list_are_no_combination(lexicon: Lexicon):
    hit = make_hit("Some causes are:\n- Ibuprofen.\n- Warfarin.")
    assert judge(question(IBUPROFEN, WARFARIN), [hit], lexicon).hits == ()


def test_a_heading_that_lists_several_says_nothing_of_one_block(lexicon: Lexicon):
    hit = make_hit("Warfarin needs blood tests.", heading="Ibuprofen and warfarin")
    assert judge(question(IBUPROFEN, WARFARIN), [hit], lexicon).hits == ()


def test_what_a_medicine_is_taken_for_may_go_unnamed_but_not_an_illness_besides(lexicon: Lexicon):
    hit = make_hit("Ibuprofen for children: follow the label.")
    assert quoted(question(IBUPROFEN, CHILDHOOD, MIGRAINE), hit, lexicon=lexicon) == [hit.passage.text]
    judgement = judge(question(IBUPROFEN, CHILDHOOD, ASTHMA), [hit], lexicon)
    assert judgement.hits == ()
    assert judgement.missing == ((IBUPROFEN, ASTHMA),)


def test_a_word_on_children_in_passing_does_not_make_a_block_one_for_children(lexicon: Lexicon):
    for_adults = make_hit("Adults can take ibuprofen for a migraine. Do not give warfarin to a child.")
    assert judge(question(IBUPROFEN, CHILDHOOD), [for_adults], lexicon).hits == ()
    assert judge(question(WARFARIN, CHILDHOOD), [for_adults], lexicon).hits


def test_a_child_is_not_answered_with_what_holds_for_adults(lexicon: Lexicon):
    judgement = judge(question(MIGRAINE, CHILDHOOD), [make_hit("Lie down.", title="Migraine", named=True)], lexicon)
    assert judgement.hits == ()
    assert judgement.not_for == (CHILDHOOD,)


def test_a_passage_for_two_is_not_one_for_a_third(lexicon: Lexicon):
    hit = make_hit("Ibuprofen in pregnancy: ask first.", heading="Pregnancy and children")
    assert judge(question(IBUPROFEN, CHILDHOOD), [hit], lexicon).hits == ()
    assert judge(question(IBUPROFEN, PREGNANCY), [hit], lexicon).hits
    assert judge(question(IBUPROFEN, BREASTFEEDING), [hit], lexicon).hits == ()


def test_an_emergency_that_is_asked_about_is_withheld_from_nobody(lexicon: Lexicon):
    hit = make_hit("Call the emergency number.", category="urgent", named=True)
    assert judge(question(PREGNANCY), [hit], lexicon).hits == (hit,)
    assert judge(question(ANIMALS), [hit], lexicon).hits == ()


def test_an_overdose_is_answered_with_first_aid_that_holds_for_any_medicine(lexicon: Lexicon):
    overdose = Concept(Kind.CONDITION, "overdose")
    first_aid = make_hit("Call poison control.", category="urgent", title="Too many pills", named=True)
    of_another = make_hit("Ibuprofen: call a doctor.", category="urgent", named=True, id="topic#1")
    judgement = judge(question(WARFARIN, overdose, CHILDHOOD), [of_another, first_aid], lexicon)
    assert judgement.hits == (first_aid,)


def test_a_combination_is_not_answered_with_what_holds_for_a_child(lexicon: Lexicon):
    hit = make_hit("Do not give a child ibuprofen for asthma.")
    assert judge(question(IBUPROFEN, ASTHMA), [hit], lexicon).hits == ()
    assert judge(question(IBUPROFEN, ASTHMA, CHILDHOOD), [hit], lexicon).hits


def test_a_medicine_is_answered_by_blocks_about_it(lexicon: Lexicon):
    about_another = make_hit("Take warfarin at the same time each day. It mixes badly with ibuprofen.")
    assert judge(question(IBUPROFEN), [about_another], lexicon).hits == ()
    assert judge(question(WARFARIN), [about_another], lexicon).hits == (about_another,)


def test_an_outside_document_on_an_illness_that_is_not_asked_about_says_nothing_of_a_medicine(ask, lexicon: Lexicon):
    text = "Ibuprofen is taken for it."
    for fields, fits in [
        ({"title": "Asthma"}, False),
        ({"title": "Ibuprofen"}, True),
        ({"title": "Painkillers", "names": ("painkiller",)}, True),
    ]:
        outside = make_hit(text, from_outside=True, **fields)
        assert quoted(ask("Is ibuprofen taken?"), outside, lexicon=lexicon) == [text] * fits
    assert quoted(question(IBUPROFEN), make_hit(text, title="Asthma"), lexicon=lexicon) == [text]
    asked = ask("Does ibuprofen set off asthma?")
    both = make_hit("Ibuprofen can set off asthma.", title="Asthma", from_outside=True, named=True)
    assert quoted(asked, both, lexicon=lexicon) == ["Ibuprofen can set off asthma."]
    elsewhere = make_hit("Ibuprofen can set off asthma.", title="Hives", from_outside=True)
    assert judge(asked, [elsewhere], lexicon).missing


def test_a_member_is_not_answered_with_its_class(lexicon: Lexicon):
    assert judge(question(IBUPROFEN, WARFARIN), [make_hit("A painkiller with warfarin: ask.")], lexicon).hits == ()


def test_a_class_is_answered_with_its_members(lexicon: Lexicon):
    hit = make_hit("Ibuprofen with warfarin can make you bleed.")
    assert judge(question(PAINKILLER, WARFARIN), [hit], lexicon).hits


def test_words_that_weigh_too_little_are_no_answer(lexicon: Lexicon):
    assert judge(question(), [make_hit("Rest.", coverage=0.59)], lexicon).hits == ()
    assert judge(question(), [make_hit("Rest.", coverage=0.6)], lexicon).hits
    assert judge(question(), [make_hit("Rest.", coverage=0.25, named=True)], lexicon).hits


def test_an_illness_that_a_passage_names_in_passing_is_not_its_subject(lexicon: Lexicon):
    hit = make_hit("Wash your hands. People with asthma should too.")
    assert judge(question(ASTHMA), [hit], lexicon).hits == ()


def test_an_illness_besides_that_no_quote_names_is_told_where_a_medicine_is_asked_for(lexicon: Lexicon):
    hit = make_hit("Take a pain reliever.", title="Migraine", named=True)
    query = question(MIGRAINE, KIDNEY_DISEASE, intents=frozenset({"medicines"}))
    assert judge(query, [hit], lexicon).unspoken == (KIDNEY_DISEASE,)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    ["\n" * 7999 + "x", "x" + "\n" * 1600 + "x", ". " * 4000, ", ;" * 2600, "i'm " * 2000, "what " * 1600,
     "took 9 " * 1100, "ibuprofen and " * 570, "if i am on " * 700, "thank you " * 800, "are you a doctor " * 470],
)  # fmt: skip
def test_no_text_takes_long_to_understand(ask, text: str):
    assert ask(text).text is not None
