"""Small health topics and a small lexicon, made by hand, so that a test shows all that it stands on."""

from __future__ import annotations

from pathlib import Path

from pipeline import ingest, wiring
from pipeline.concepts import CHILDHOOD, PREGNANCY, Concept, Kind, Lexicon
from pipeline.loaders.markdown import read_topic
from pipeline.providers import index_building
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.types import Hit, Passage

IBUPROFEN = Concept(Kind.MEDICINE, "ibuprofen")
WARFARIN = Concept(Kind.MEDICINE, "warfarin")
PAINKILLER = Concept(Kind.MEDICINE, "painkiller")
MIGRAINE = Concept(Kind.CONDITION, "migraine")
ASTHMA = Concept(Kind.CONDITION, "asthma")
KIDNEY_DISEASE = Concept(Kind.CONDITION, "kidney disease")

HEADER = """---
title: {title}
category: {category}
names: [{names}]
questions: []
sources:
  - title: A page about it
    publisher: A public body
    url: https://example.org/{slug}
    read: 2026-11-01
status: drafted
clinically_reviewed_by:
reviewed_on:
---
"""
MIGRAINE_TEXT = """A migraine is a bad headache, often on one side. [^1]

## What helps

To ease a migraine:
- Lie down in a dark room. [^1]
- Drink some water. [^1]

## What sets it off

Stress and too little sleep can set off a migraine. [^1]

## Medicines

Ibuprofen can ease a migraine in adults. Do not take more than the label says. [^1]

If you are pregnant, do not take ibuprofen for a migraine unless your doctor says so. [^1]

## Get help now if

With a migraine, call your emergency number if:
- You can't drink water, or can't speak clearly. [^1]
"""
ASTHMA_TEXT = """Asthma makes the airways narrow. [^1]

## What helps

Use the blue inhaler when asthma makes you wheeze. [^1]

## With other medicines

Ibuprofen and asthma: ibuprofen can set off asthma in some people. Ask a pharmacist first. [^1]

## Get help now if

Call your emergency number when the inhaler for asthma does not help. [^1]
"""


def write_topic(folder: Path, slug: str, text: str, *, title: str, names: str, category: str = "illness") -> Path:
    path = folder / f"{slug}.md"
    path.write_text(HEADER.format(title=title, category=category, names=names, slug=slug) + text, encoding="utf-8")
    return path


def write_two_topics(folder: Path) -> list[Path]:
    return [
        write_topic(folder, "asthma", ASTHMA_TEXT, title="Asthma", names="asthma, wheezing"),
        write_topic(folder, "migraine", MIGRAINE_TEXT, title="Migraine", names="migraine, migrane, sick headache"),
    ]


def make_lexicon() -> Lexicon:
    return Lexicon(
        {
            "ibuprofen": [IBUPROFEN],
            "nurofen": [IBUPROFEN],
            "warfarin": [WARFARIN],
            "painkiller": [PAINKILLER],
            "pain killer": [PAINKILLER],
            "migraine": [MIGRAINE],
            "asthma": [ASTHMA],
            "kidney disease": [KIDNEY_DISEASE],
            "kidneys": [KIDNEY_DISEASE],
            "pregnant": [PREGNANCY],
            "pregnancy": [PREGNANCY],
            "child": [CHILDHOOD],
            "children": [CHILDHOOD],
            "ors": [Concept(Kind.MEDICINE, "oral rehydration salts")],
        },
        {"pril": (7, frozenset({"aprilpril"}))},
        members={PAINKILLER: frozenset({IBUPROFEN})},
        complaints={MIGRAINE},
        asked_only={"kidneys"},
        ordinary={"mirages"},
    )


def make_index(folder: Path, lexicon: Lexicon | None = None) -> EmbeddedIndex:
    topics = folder / "topics"
    topics.mkdir()
    read = [read_topic(path) for path in write_two_topics(topics)]
    embedder = wiring.packaged_embedder()
    passages = [passage for topic in read for passage in ingest.passages_of(topic)]
    lexicon = lexicon or make_lexicon()
    index_building.build(folder / "index", passages, embedder=embedder, lexicon=lexicon)
    return EmbeddedIndex(folder / "index", lexicon, embedder)


def make_passage(text: str, **fields: object) -> Passage:
    known = {"id": "topic#0", "document": "topic", "title": "Topic", "heading": "", "text": text}
    return Passage(**{**known, **fields})  # type: ignore[arg-type]


def make_hit(
    text: str, *, score: float = 1.0, coverage: float = 1.0, named: bool = False, said: float = 1.0, **fields: object
) -> Hit:
    return Hit(make_passage(text, **fields), score, coverage, named, said)
