"""Markdown with front matter: the health topics that ship (title, lay names, sources, review), and files from outside,
whose front matter may have `title`, `names`, `url` and `publisher`, or be left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import frontmatter
import yaml

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
from pipeline.types import Reference


class InvalidTopic(ValueError):
    """The file isn't a health topic. The text names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Topic:
    slug: str
    title: str
    category: str
    names: tuple[str, ...]
    questions: tuple[str, ...]
    references: tuple[Reference, ...]
    status: str
    clinically_reviewed_by: str
    reviewed_on: date | None
    review_due: date | None
    body: str
    content_hash: str


def read_topic(path: Path) -> Topic:
    """Raises InvalidTopic."""
    try:
        raw = path.read_text(encoding="utf-8")
        post = frontmatter.loads(raw)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTopic(f"{path.name}: can't be read ({type(error).__name__})") from None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" in line {line + 2}" if line is not None else ""
        raise InvalidTopic(f"{path.name}: the front matter is no YAML{where}") from None
    data: dict[str, Any] = post.metadata
    missing = [key for key in ("title", "category", "names", "sources", "status") if not data.get(key)]
    if missing or not post.content.strip():
        raise InvalidTopic(f"{path.name}: lacks {', '.join(missing or ['a text'])}")
    try:
        references = tuple(
            Reference(source["title"], source["publisher"], source["url"], source.get("read"))
            for source in data["sources"]
        )
    except (TypeError, KeyError):
        raise InvalidTopic(f"{path.name}: each source wants title, publisher and url") from None
    return Topic(
        slug=path.stem,
        title=data["title"],
        category=data["category"],
        names=tuple(str(name) for name in data["names"]),
        questions=tuple(str(question) for question in data.get("questions", ())),
        references=references,
        status=data["status"],
        clinically_reviewed_by=data.get("clinically_reviewed_by") or "",
        reviewed_on=data.get("reviewed_on"),
        review_due=data.get("review_due"),
        body=post.content.strip(),
        content_hash=hashlib.sha256(raw.encode()).hexdigest(),
    )


# Files from outside

_FIRST_HEADING = re.compile(r"\A\s*#{1,2}[ \t]+([^\n]+)\n?")
_COMMENT_OR_FOOTNOTE = re.compile(r"<!--.*?(?:-->|\Z)|[ \t]*\[\^[^\]\n]{1,40}\](?!:)", re.DOTALL)


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    """One file, one document."""
    try:
        data, text = _front_matter(decoded(whole(stream)))
    except Unreadable as error:
        yield Refused("", str(error))
        return
    body = _COMMENT_OR_FOOTNOTE.sub("", tidy(text))
    title = _string(data, "title")
    if not title and (heading := _FIRST_HEADING.match(body)):
        title, body = heading[1], body[heading.end() :]
    names = data.get("names")
    yield document(
        key=name,
        title=title or title_of_file(name),
        body=in_short_paragraphs(without_links(body)),
        names=tuple(n for n in names if isinstance(n, str)) if isinstance(names, list) else (),
        url=_string(data, "url"),
        publisher=_string(data, "publisher"),
    )


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    try:
        post = frontmatter.loads(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):  # a date that there isn't, a key that is a list, …
        raise Unreadable("its front matter is no YAML") from None
    return post.metadata, post.content


def _string(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
