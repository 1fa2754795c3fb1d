"""Reads health topics: Markdown with front matter (title, lay names, sources, review)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import frontmatter
import yaml

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
