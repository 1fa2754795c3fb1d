"""MedQuAD: an XML for each page of a public body, with questions and answers made of it. An answer's question is its
heading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pipeline.loaders.outside import Item, Refused, document, one_line, paragraphs_of_plain
from pipeline.loaders.xml_records import records, text_of

ROOT = "Document"


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    found = False
    for page in records(stream, ROOT):
        found = True
        if isinstance(page, Refused):
            yield page
            continue
        parts = []
        for pair in page.iter("QAPair"):
            answer = paragraphs_of_plain(text_of(pair, "Answer"))
            if answer:
                parts.append(f"## {one_line(text_of(pair, 'Question'))}\n\n{answer}")
        source, number = page.get("source", ""), page.get("id", "")
        yield document(
            key=f"{source}_{number}" if number else name,
            title=text_of(page, "Focus"),
            body="\n\n".join(parts) or "",
            names=tuple("".join(e.itertext()) for e in page.iter("Synonym")),
            url=page.get("url", ""),
            publisher=source,
        )
    if not found:
        yield Refused("", "there is no document in it")
