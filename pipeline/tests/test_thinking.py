from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.thinking import ThinkingFilter

PIECES = [
    "<think>", "</think>", "<THINKING>", "</thinking>", "<unused94>", "thought\n", "<unused95>", "<unused7>",
    "<|channel|>",
    "analysis", "final", "commentary to=x ", "<|message|>", "<|end|>", "<|start|>", "assistant", "<|return|>",
    "<|im_start|>", "<|im_end|>", "user\n", "<start_of_turn>", "model\n", "<end_of_turn>", "<eos>", "</s>", "[INST]",
    "<|start_header_id|>", "<|end_header_id|>", "<|channel>", "<channel|>", "<", "[", "|", ">", "<5 mg", "2<3", "[1]",
    "Drink water. ", "\n", " ", "mo", "fin", "<|", "<th", "İ",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=14).map("".join)


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
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert in_pieces(pieces) == in_pieces(list(text)) == whole(text)


@given(st.text(alphabet="abc <5.,\n(!é", max_size=60))
def test_text_without_tags_comes_out_as_it_went_in(text: str):
    assert whole(text) == text


@pytest.mark.parametrize("text", ["<", "[", "<|", "<think>", "<unused94>a", "<|channel|>", "<|im_start|>", "<|a", " "])
def test_it_takes_linear_time_and_bounded_memory(text: str):
    thinking = ThinkingFilter()
    long = text * (200_000 // len(text))
    started = time.process_time()
    for start in range(0, len(long), 1000):
        thinking.feed(long[start : start + 1000])
        assert len(thinking._held) <= 100
    thinking.finish()
    assert time.process_time() - started < 1
