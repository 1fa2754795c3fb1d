from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.held_back import MARKER
from pipeline.tests.growth import assert_linear
from pipeline.tests.nasty import MARKERS, cut_up, texts
from pipeline.thinking import ThinkingFilter

TEXTS = texts(MARKERS, 14)


def whole(text: str) -> str:
    thinking = ThinkingFilter()
    return thinking.feed(text) + thinking.finish()


def in_pieces(pieces: list[str]) -> str:
    thinking = ThinkingFilter()
    return "".join(map(thinking.feed, pieces)) + thinking.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>The user says hi.</think>\n\nHello!", "Hello!"),
        ("<Think>\nHm.\n</THINK>Rest.", "Rest."),
        ("<thinking>dose?</thinking> Ask a pharmacist.", "Ask a pharmacist."),
        ("<unused94>thought\nThinking Process:\n1. greet<unused95>Drink plenty of water.", "Drink plenty of water."),
        ("<|channel|>analysis<|message|>They ask<|end|><|start|>assistant<|channel|>final<|message|>Rest.", "Rest."),
        ("<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>", ""),
        ("<|channel|>final\nRest.", "Rest."),
        ("<|channel>thought\nhm<channel|>Rest.", "Rest."),
        ("[THINK]hm[/THINK]Rest.", "Rest."),
        ("Rest.<|im_end|>", "Rest."),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nRest.<|eot_id|>", "Rest."),
        ("<start_of_turn>model\nRest.<end_of_turn>\n<eos>", "Rest.\n"),
        ("<s>[INST] Rest. [/INST]</s>", "Rest. "),
        ("<bos><pad><unused3>Rest.<|endoftext|><｜end▁of▁sentence｜>", "Rest."),
        ("Rest.<|im_end|>\n<|im_start|>user\nAnd my dose?<|im_end|><|im_start|>assistant\nAsk.", "Rest.\nAsk."),
        ("Rest. <think>wait, is it", "Rest. "),
        ("so: rest.</think>Rest.", "so: rest.Rest."),
        ("Rest.<|im_e", "Rest."),
    ],
)
def test_what_is_not_meant_for_the_reader_is_dropped(text: str, shown: str):
    assert whole(text) == shown
    assert in_pieces(list(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a < b and 2<3, <5 mg a day, a<b>c", "See [1] and [2].", "[INSTRUCTIONS] are on the label", "x <", "a [",
        "<thin",
        "models of the heart", "< think >", "<|", "5|3", "\n\nHello", "<start_of", "**bold** <br> text",
    ],
)  # fmt: skip
def test_ordinary_text_passes_unchanged(text: str):
    expected = text if text != "<|" else ""
    assert whole(text) == expected
    assert in_pieces(list(text)) == expected


@pytest.mark.parametrize(
    "tokens",
    [
        ["Take", " it", " with", " food", " [", "1", "].", " If", " 2", "<", "3", ","],
        ["Less than", " <5", " mg", " is", " fine", " (", "see", " below", ")!", "\n\n", "- rest"],
    ],
)
def test_a_token_of_prose_never_waits_for_the_next_one(tokens: list[str]):
    thinking = ThinkingFilter()
    late = [token for token in tokens if thinking.feed(token) != token and not token.endswith(("<", "["))]
    assert [token for token in late if token not in ("1", "3")] == []


def test_only_a_bracket_at_the_end_of_a_token_waits_and_for_one_token_only():
    thinking = ThinkingFilter()
    assert [thinking.feed(piece) for piece in (" [", "1", "]")] == [" ", "[1", "]"]


@given(TEXTS, st.data())
def test_any_split_gives_the_same(text: str, data: st.DataObject):
    assert in_pieces(data.draw(cut_up(text))) == in_pieces(list(text)) == whole(text)


@given(st.text(alphabet="abc <5.,\n(!é", max_size=60))
def test_text_without_tags_comes_out_as_it_went_in(text: str):
    assert whole(text) == text


@pytest.mark.parametrize("text", ["<", "[", "<|", "<think>", "<unused94>a", "<|channel|>", "<|im_start|>", "<|a", " "])
def test_it_takes_linear_time_and_bounded_memory(text: str):
    def in_pieces(text: str) -> None:
        thinking = ThinkingFilter()
        for start in range(0, len(text), 1000):
            thinking.feed(text[start : start + 1000])
            assert thinking.held <= MARKER
            assert len(thinking._held) <= MARKER  # of what is hidden, too
        thinking.finish()

    assert_linear(in_pieces, text)
    assert_linear(whole, text)
