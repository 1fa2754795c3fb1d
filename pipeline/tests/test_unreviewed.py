"""Which passages of documents that no clinician has read may be quoted."""

from __future__ import annotations

import pytest

from pipeline import wiring
from pipeline.query import Query
from pipeline.retrieval import judge
from pipeline.tests.factories import make_hit
from pipeline.topic_names import TopicNames
from pipeline.types import Question
from pipeline.understanding import understand
from pipeline.unreviewed import is_signpost
from pipeline.words import stems

VOCABULARY = frozenset(
    stems("asthma children adult cause treat trigger smoke yoga pollen inhaler shock twist hand sudden joint menkes "
          "syndrome type 1 2 diabetes hereditary wheeze learn more symptoms vaccine shingles long last")
)  # fmt: skip


def ask(text: str, title: str) -> Query:
    return understand(Question(text), wiring.lexicon(), TopicNames.of([("topic", title, [])], VOCABULARY))


def is_quoted(text: str, title: str, block: str, **fields: object) -> bool:
    query = ask(text, title)
    fields = {"from_outside": True, "named": bool(query.documents), **fields}
    return bool(judge(query, [make_hit(block, title=title, **fields)], wiring.lexicon()).hits)


@pytest.mark.parametrize(
    ("question", "title", "quoted"),
    [
        ("What causes asthma?", "Asthma", True),
        ("What causes asthma?", "Hereditary asthma", False),
        ("What causes asthma?", "Asthma in children", False),
        ("What causes asthma in children?", "Asthma in children", True),
        ("What causes diabetes?", "Diabetes type 1", False),
        ("What causes type 2 diabetes?", "Diabetes type 1", False),
        ("What causes asthma?", "Asthma (what causes it?): smoke", True),
        ("What causes asthma?", "Asthma (hereditary)", False),
        ("What causes zorblaxia of asthma?", "Asthma", False),
    ],
)  # fmt: skip
def test_the_question_must_name_the_whole_subject(question: str, title: str, quoted: bool):
    assert is_quoted(question, title, f"{title.split('(')[0]} is caused by smoke.") is quoted


def test_what_a_clinician_has_reviewed_or_ships_need_not_be_named_so_narrowly():
    for fields in ({"clinically_reviewed": True}, {"from_outside": False}):
        assert is_quoted("What causes asthma?", "Hereditary asthma", "Asthma is caused by smoke.", **fields)


def test_a_block_must_be_of_the_kind_that_is_asked_for():
    assert is_quoted("What causes asthma?", "Asthma", "Smoke and pollen are causes of asthma.")
    assert not is_quoted("What causes asthma?", "Asthma", "Asthma was known to the ancients.")


def test_a_block_that_leans_on_the_one_before_is_not_torn_from_it():
    assert is_quoted("What causes asthma?", "Asthma", "Smoke and pollen are causes of asthma.")
    assert not is_quoted("What causes asthma?", "Asthma", "They are causes of asthma.")
    assert not is_quoted("What causes asthma?", "Asthma", "Smoke and pollen are also causes of asthma.")


def test_a_block_must_have_what_is_asked_beyond_the_subject():
    block = "Asthma is known everywhere."
    assert is_quoted("asthma and yoga", "Asthma", block, said=0.5)
    assert not is_quoted("asthma and yoga", "Asthma", block, said=0.49)


def test_who_wants_to_learn_more_gets_what_the_subject_is():
    learn = "Menkes syndrome. I would like to learn more"
    assert is_quoted(learn, "Menkes syndrome", "Menkes syndrome is a disorder of copper.", said=0.0)
    assert not is_quoted(learn, "Menkes syndrome", "Hair may be kinky.", said=0.0)


def test_an_everyday_word_of_a_long_story_is_no_subject():
    assert not is_quoted("A sudden twist of my hand sends a shock thru my joint, what is this?", "Shock",
                         "Signs of shock are cool hands.")  # fmt: skip


def test_how_often_a_vaccine_is_given_is_not_answered_by_what_nobody_has_reviewed():
    assert not is_quoted("How often is the shingles vaccine given?", "Shingles vaccine", "It is a vaccine.", said=1.0)


def test_who_does_not_have_an_illness_does_not_ask_about_it():
    assert "diabetes" not in {c.name for c in ask("I have asthma but not diabetes. What helps?", "Diabetes").concepts}
    assert not ask("I don't have diabetes", "Diabetes").documents
    assert ask("Is it diabetes or not?", "Diabetes").documents


@pytest.mark.parametrize(
    "text",
    ["These resources address the management of it: Gene Review, Genetic Testing Registry.",
     "You can find articles on it through PubMed, a searchable database. See the links below.",
     "For more information, visit our website."],
)  # fmt: skip
def test_a_block_that_shows_the_way_to_other_pages_says_nothing(text: str):
    assert is_signpost(text)


def test_one_reference_in_a_block_that_says_something_is_none():
    assert not is_signpost("Asthma narrows the airways. It makes you wheeze. Smoke sets it off. Visit our website.")
