"""MedlinePlus health topics, as the National Library of Medicine gives them out: one XML of all topics.

Topics in other languages than English are left out: Veda reads questions in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pipeline.loaders.html import markdown_of_fragment
from pipeline.loaders.outside import Item, Refused, document
from pipeline.loaders.xml_records import records, text_of

ROOT = "health-topics"
PUBLISHER = "MedlinePlus, National Library of Medicine"


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    foreign = 0
    for topic in records(stream, "health-topic"):
        if isinstance(topic, Refused):
            yield topic
            continue
        if topic.get("language", "English") != "English":
            foreign += 1
            continue
        key, title = topic.get("id", ""), topic.get("title", "")
        yield document(
            key=key,
            title=title,
            body=markdown_of_fragment(text_of(topic, "full-summary")),
            names=tuple("".join(e.itertext()) for tag in ("also-called", "see-reference") for e in topic.iter(tag)),
            url=topic.get("url", ""),
            publisher=PUBLISHER,
            where=f"topic {key or title or '?'}",
        )
    if foreign:
        yield Refused("", f"{foreign:,} topics in other languages than English are left out", on_purpose=True)
