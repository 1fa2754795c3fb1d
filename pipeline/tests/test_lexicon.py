"""The lexicon that ships: its format, and that no name means two things."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline import concepts, uses, wiring

FOLDER = Path(concepts.__file__).parent / "lexicon"


def read(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


MEDICINES, CONDITIONS, ORDINARY = read("medicines"), read("conditions"), read("ordinary")
ENTRIES = [*MEDICINES["medicines"], *MEDICINES["classes"], *CONDITIONS["conditions"]]


def names_of(entry: dict[str, Any]) -> list[str]:
    return [entry["name"], *entry["names"], *entry.get("asked", ())]


def test_no_name_stands_in_two_entries():
    counts = Counter(name for entry in ENTRIES for name in names_of(entry))
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_name_is_lower_case_and_longer_than_a_letter():
    assert [
        name for entry in ENTRIES for name in names_of(entry) if name != name.lower() or len(name.strip()) < 2
    ] == []


@pytest.mark.parametrize("entries", [MEDICINES["medicines"], MEDICINES["classes"], CONDITIONS["conditions"]])
def test_entries_are_sorted_by_name(entries: list[dict[str, Any]]):
    names = [entry["name"] for entry in entries]
    assert names == sorted(names)


def test_every_class_that_is_used_is_there():
    known = {entry["name"] for entry in (*MEDICINES["classes"], *CONDITIONS["conditions"])}
    assert {name for entry in ENTRIES for name in entry.get("class", ())} <= known


def test_stems_are_long_enough_to_mean_something():
    assert [s for s in MEDICINES["stems"] if len(s["suffix"]) < 3 or s["minimum_letters"] < len(s["suffix"])] == []


def test_an_ordinary_word_is_no_name():
    names = {name for entry in ENTRIES for name in names_of(entry)}
    assert names.isdisjoint(ORDINARY["words"])


def test_every_medicine_and_illness_is_found_by_each_of_its_names():
    lexicon = wiring.lexicon()
    lost = [
        name
        for kind, entries in (
            ("medicine", ENTRIES[: -len(CONDITIONS["conditions"])]),
            ("condition", CONDITIONS["conditions"]),
        )
        for entry in entries
        for name in names_of(entry)
        if concepts.Concept(concepts.Kind(kind), entry["name"])
        not in {c for m in lexicon.mentions(name) for c in m.concepts}
    ]
    assert lost == []


def test_what_medicines_are_taken_for_is_in_the_lexicon():
    medicines = {entry["name"] for entry in (*MEDICINES["medicines"], *MEDICINES["classes"])}
    conditions = {entry["name"] for entry in CONDITIONS["conditions"]}
    assert uses.TAKEN_FOR.keys() <= medicines
    assert {illness for illnesses in uses.TAKEN_FOR.values() for illness in illnesses} <= conditions


def test_the_lexicon_is_read_quickly():
    started = time.process_time()
    concepts.load_lexicon(FOLDER)
    assert time.process_time() - started < 2  # about 0.1 s; the bar is 0.5 s
