from __future__ import annotations

from pipeline.chunking import LONGEST, cut


def test_blocks_are_parted_by_blank_lines_and_keep_their_heading():
    blocks = cut("Lead. [^1]\n\n## What helps\n\nRest. [^1]\n\nDrink. [^2]")
    assert [(block.heading, block.text) for block in blocks] == [
        ("", "Lead."),
        ("What helps", "Rest."),
        ("What helps", "Drink."),
    ]


def test_a_list_stays_with_its_lead_in():
    (block,) = cut("Try these:\n- Rest. [^1]\n- Drink. [^2]")
    assert block.text == "Try these:\n- Rest.\n- Drink."
    assert block.marks == (1, 2)


def test_marks_are_taken_out_and_kept_once_each():
    (block,) = cut("One. [^3] Two. [^1][^3]")
    assert block.text == "One. Two."
    assert block.marks == (1, 3)


def test_text_right_under_a_heading_belongs_to_it():
    (block,) = cut("## Help\nRest. [^1]")
    assert (block.heading, block.text) == ("Help", "Rest.")


def test_only_the_help_now_section_is_urgent():
    urgent, other = cut("## Get help now if\n\nYou faint. [^1]\n\n## When to see a doctor\n\nIf it lasts. [^1]")
    assert urgent.urgent
    assert not other.urgent


def test_an_empty_text_has_no_blocks():
    assert cut("  \n\n ") == []


def test_a_long_paragraph_is_cut_between_sentences_and_nothing_is_lost():
    sentences = [f"Sentence {n} has ten words, which makes it rather long." for n in range(40)]
    blocks = cut("## Care\n\n" + " ".join(sentences) + " [^2]")
    assert len(blocks) == 4
    assert all(len(block.text.split()) <= 100 and block.text.endswith(".") for block in blocks)
    assert " ".join(block.text for block in blocks) == " ".join(sentences)
    assert {(block.heading, block.marks) for block in blocks} == {("Care", (2,))}


def test_the_pieces_of_a_long_list_keep_its_lead_in():
    items = [f"- Item {n} has exactly seven words here" for n in range(30)]
    blocks = cut("Do not take it if you have:\n" + "\n".join(items))
    assert len(blocks) > 1
    assert all(block.text.startswith("Do not take it if you have:\n- ") for block in blocks)
    assert [line for block in blocks for line in block.text.split("\n")[1:]] == items


def test_text_without_a_full_stop_is_cut_all_the_same():
    blocks = cut("word " * 1_000)
    assert sum(len(block.text.split()) for block in blocks) == 1_000
    assert all(len(block.text.split()) <= LONGEST for block in blocks)
