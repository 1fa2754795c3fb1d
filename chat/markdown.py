"""Markdown as staff read it: no HTML of its own gets through, links go where they say, pictures are their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from django.utils.html import linebreaks
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from chat.marking import joined, marked
from chat.models import Message

_BEGIN, _END = "\ue000", "\ue001"
"""Stand in the text where a mark begins and ends; nobody writes them, and where somebody does they are left out."""
_PLACES = re.compile(f"([{_BEGIN}{_END}])")
_WEB = re.compile(r"https?://", re.IGNORECASE)


class _Renderer(RendererHTML):
    def text(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        """A mark that goes on beyond its element is begun again in the next."""
        parts = ["<mark>"] if env.get("marked") else []
        for part in _PLACES.split(tokens[place].content):
            if part not in (_BEGIN, _END):
                parts.append(escape(part))
            elif (part == _BEGIN) != env.get("marked", False):  # else its other end stood where nothing is marked
                env["marked"] = part == _BEGIN
                parts.append("<mark>" if env["marked"] else "</mark>")
        written = "".join(parts) + ("</mark>" if env.get("marked") else "")
        return written.replace("<mark></mark>", "")

    def image(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return _plain(tokens[place].content, env)

    def code_inline(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return f"<code>{_plain(tokens[place].content, env)}</code>"

    def fence(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return f"<pre><code>{_plain(tokens[place].content, env)}</code></pre>\n"

    def code_block(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return self.fence(tokens, place, options, env)

    def link_open(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        address = _plain(str(tokens[place].attrGet("href") or ""), env)
        return f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">'


def _plain(text: str, env: Any) -> str:
    """Marked in no part; a mark that begins in it goes on behind it."""
    if places := _PLACES.findall(text):
        env["marked"] = places[-1] == _BEGIN
    return escape(_PLACES.sub("", text))


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table").disable("reference")


def _is_web(url: str) -> bool:
    return bool(_WEB.match(url))


def _with_places_last(url: str) -> str:
    return normalizeLink(_PLACES.sub("", url)) + "".join(_PLACES.findall(url))


_markdown.validateLink = _is_web  # type: ignore[method-assign]
_markdown.normalizeLink = _with_places_last  # type: ignore[method-assign]


def as_html(text: str, spans: Iterable[Sequence[int]] = ()) -> SafeString:
    """`spans`: places to mark, in code points."""
    parts, end = [], 0
    text = _PLACES.sub("\ufffd", text)  # as long as before, so that the places fit
    for start, stop in joined(spans, len(text)):
        parts += [text[end:start], _BEGIN, text[start:stop], _END]
        end = stop
    return SafeString(_markdown.render("".join([*parts, text[end:]])))


def shown(message: Message, spans: Iterable[Sequence[int]] = ()) -> SafeString:
    """People write as they write; a model writes Markdown."""
    if message.sender == Message.Sender.ASSISTANT:
        return as_html(message.content, spans)
    return SafeString(linebreaks(marked(message.content, spans)))
