from __future__ import annotations

from collections.abc import Iterable

import pytest

from pipeline.providers.streams import LINE_BYTES, Lines, LineTooLong, shown


def lines_of(pieces: Iterable[bytes]) -> list[bytes]:
    lines = Lines()
    return [*(line for piece in pieces for line in lines.feed(piece)), lines.rest()]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_however_they_arrive(size: int):
    body = "Tschüß 💊\r\n\nzweite\nRest".encode()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert lines_of(pieces) == ["Tschüß 💊\r".encode(), b"zweite", b"Rest"]


def test_a_line_of_the_greatest_length_is_taken():
    assert lines_of([b"x" * LINE_BYTES, b"\n"]) == [b"x" * LINE_BYTES, b""]


def test_a_longer_line_is_refused_before_its_end_comes():
    lines = Lines()
    assert lines.feed(b"x" * LINE_BYTES) == []
    with pytest.raises(LineTooLong):
        lines.feed(b"x")


def test_a_longer_line_is_refused_though_it_came_whole():
    lines = Lines()
    with pytest.raises(LineTooLong):
        lines.feed(b"x" * (LINE_BYTES + 1) + b"\n")


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("http://localhost:11434", "http://localhost:11434"),
        ("https://me:secret@host.example:443/ollama", "https://host.example:443/ollama"),
        ("http://[::1]:11434", "http://[::1]:11434"),
    ],
)
def test_a_password_in_an_address_is_not_shown(address: str, seen: str):
    assert shown(address) == seen
