"""Marks in a text what screening found in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def marked(text: str, spans: Iterable[Sequence[int]]) -> SafeString:
    """As HTML. Places that overlap are one; what lies outside the text is left out."""
    parts: list[SafeString] = []
    end = 0
    for start, stop in joined(spans, len(text)):
        parts += [format_html("{}", text[end:start]), format_html("<mark>{}</mark>", text[start:stop])]
        end = stop
    return format_html_join("", "{}", ((part,) for part in [*parts, format_html("{}", text[end:])]))


def joined(spans: Iterable[Sequence[int]], length: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted((max(0, span[0]), min(length, span[1])) for span in spans):
        if start >= stop:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
