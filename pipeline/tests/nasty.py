"""Pieces of model text that filters stumble over, and ways of cutting a text up."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.types import Passage, Reference, Source

PAGES = ("https://example.org/asthma", "https://example.org/ear_(infection)", "http://example.org")
MARKS = [
    "[", "]", "(", ")", "](", "][", "]:", "<", ">", "!", "![", "[1]", "[2", "7]", "[7]", "[^1]", "1", ", ", "-",
    "Source ",
    "source", "(Source 1)", "(", "【", "】", "†", "[a]", "(b)", "http", "https", "://", "//", ":", "/", "www", ".",
    "www.e.com",
    "http://evil.com", "https://evil.com/x_(y)", "javascript:", "alert(1)", "data:", "mailto:", "script", "@",
    "a@b.c", "<b>",
    "</b>", "<a href='", "<img src=x>", "=", "'", '"', "`", "\\", "\n", "\n\n", " ", "  ", "*", "> ", "- ", "h", "ht",
    "w",
    "Rest", "é", "x", *PAGES, "(https://example.org/asthma)", "<https://example.org/asthma>", "(//evil)", "(/evil)",
    "&", ";", "\xa0", "\x1d",
]  # fmt: skip
MARKERS = [
    "<think>", "</think>", "<THINKING>", "</thinking>", "<unused94>", "thought\n", "<unused95>", "<unused7>",
    "<|channel|>",
    "analysis", "final", "commentary to=x ", "<|message|>", "<|end|>", "<|start|>", "assistant", "<|return|>",
    "<|im_start|>", "<|im_end|>", "user\n", "<start_of_turn>", "model\n", "<end_of_turn>", "<eos>", "</s>", "[INST]",
    "<|start_header_id|>", "<|end_header_id|>", "<|channel>", "<channel|>", "<", "[", "|", ">", "<5 mg", "2<3", "[1]",
    "Drink water. ", "\n", " ", "mo", "fin", "<|", "<th", "İ",
]  # fmt: skip


def make_source(n: int, url: str) -> Source:
    return Source(n, Passage(str(n), "asthma", "Asthma", "", "Rest.", references=(Reference("A", "B", url),)), 1.0)


SOURCES = [make_source(n, url) for n, url in enumerate(PAGES, 1)]


def texts(pieces: list[str], size: int = 16) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces) | st.text(max_size=3), max_size=size).map("".join)


@st.composite
def cut_up(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
