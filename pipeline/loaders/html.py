"""Web pages: the main text with its headings and lists. What a browser doesn't show isn't read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.loaders.outside import (
    Item,
    Refused,
    Unreadable,
    decoded,
    document,
    in_short_paragraphs,
    tidy,
    whole,
    without_links,
)
from pipeline.loaders.text import title_of_file

_NOT_READ = (
    "script, style, noscript, template, iframe, object, svg, nav, footer, aside, form, button, select, textarea, "
    "dialog, [hidden], [aria-hidden=true], [style*='display:none'], [style*='display: none'], "
    "[style*='visibility:hidden'], [style*='visibility: hidden'], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_BLOCKS = _HEADINGS | {
    "p", "li", "div", "section", "article", "main", "body", "blockquote", "pre", "td", "th", "tr", "table", "ul", "ol",
    "dl", "dt", "dd", "figure", "figcaption", "address", "header", "details", "summary", "br", "hr", "html", "caption",
}  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_DEEPEST = 200
"""Elements within one another; what stands deeper is nobody's page."""


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    try:
        data = whole(stream)
        said = _CHARSET.search(data[:4096])
        text = decoded(data, said[1].decode() if said else "")
    except Unreadable as error:
        yield Refused("", str(error))
        return
    page = LexborHTMLParser(text)
    title = _title(page)
    yield document(
        key=name,
        title=title or title_of_file(name),
        body=markdown_of(page, without=title),
        url=_attribute(page, "link[rel=canonical]", "href") or _attribute(page, "meta[property='og:url']", "content"),
        publisher=_attribute(page, "meta[property='og:site_name']", "content"),
    )


def markdown_of_fragment(html: str) -> str:
    return markdown_of(LexborHTMLParser(html))


def markdown_of(page: LexborHTMLParser, *, without: str = "") -> str:
    """`without`: a heading that is the document's title already."""
    for node in page.css(_NOT_READ):
        node.decompose()
    main = page.css_first("main, [role=main]") or page.css_first("article")
    if main is None:
        for node in page.css("header"):
            node.decompose()
        main = page.body
    blocks = _blocks(main) if main else []
    return in_short_paragraphs("\n\n".join(_joined(b for b in blocks if b != ("heading", without))))


def _title(page: LexborHTMLParser) -> str:
    for selector in ("main h1", "article h1", "h1", "title"):
        if (node := page.css_first(selector)) and (title := _words(node.text())):
            return title
    return ""


def _attribute(page: LexborHTMLParser, selector: str, name: str) -> str:
    node = page.css_first(selector)
    return (node.attributes.get(name) or "") if node else ""


def _blocks(main: LexborNode) -> list[tuple[str, str]]:
    """Kind and words of each block; a text belongs to the nearest element that makes one."""
    blocks: list[tuple[str, str]] = []
    last: object = None
    last_part: object = None
    for node in main.traverse(include_text=True):
        if node.tag == "br":
            last = None
        if node.tag != "-text":
            continue
        kind, block, part = _place_of(node)
        words = node.text(deep=False)
        if part != last_part:
            words = f" {words}"
        last_part = part
        if blocks and block == last:
            blocks[-1] = (kind, blocks[-1][1] + words)
        elif words.strip():
            blocks.append((kind, words))
            last = block
    return [(kind, text) for kind, words in blocks if (text := _words(words))]


def _place_of(node: LexborNode) -> tuple[str, object, object]:
    """Kind of block, the block, and the part of it.

    A paragraph within a list's entry belongs to the entry, a cell to its row.
    """
    block: object = None
    parent = node.parent
    for _ in range(_DEEPEST):
        if parent is None:
            break
        if parent.tag in _HEADINGS:
            return "heading", parent.mem_id, block
        if parent.tag in ("li", "dd"):
            return "entry", parent.mem_id, block
        if parent.tag == "tr":
            return "row", block or parent.mem_id, block
        if block is None and parent.tag in _BLOCKS:
            block = parent.mem_id
        if block is not None and parent.tag in ("body", "main", "article", "section"):
            break
        parent = parent.parent
    return "paragraph", block, block


def _joined(blocks: Iterator[tuple[str, str]]) -> Iterator[str]:
    """A list stays with the line that leads to it, and together."""
    before, gathered = "", ""
    for kind, text in blocks:
        in_list = kind == "entry" and (before == "entry" or (before == "paragraph" and gathered.endswith(":")))
        if in_list:
            gathered += f"\n- {text}"
        elif kind == "row" and before == "row":
            gathered += f"; {text}"
        else:
            yield gathered
            gathered = f"## {text}" if kind == "heading" else f"- {text}" if kind == "entry" else text
        before = kind
    yield gathered


def _words(text: str) -> str:
    """Nothing that Markdown would read as a heading or a list of its own."""
    return re.sub(r"^[#>*+\-\s]+", "", " ".join(without_links(tidy(text)).split()))
