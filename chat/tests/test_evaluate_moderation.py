"""Figures of screening: over the sample in the repository, and over files that are broken."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from moderation.tests import SAMPLES

CRISIS = {"id": "a", "text": "I want to kill myself", "label": "crisis_self_harm", "source": "here"}
PLAIN = {"id": "b", "text": "What helps against a cold?", "label": "benign_health", "source": "here"}


def evaluate(*args):
    out = io.StringIO()
    call_command("evaluate_moderation", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.fixture
def write(tmp_path):
    def make(*rows, name="rows.jsonl"):
        path = tmp_path / name
        text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return make


def figures(*args):
    data = json.loads(evaluate("--json", *args))
    return {(one["label"], one["part"]): one for one in data["figures"]}, data["mistakes"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_each_message_gets_a_verdict_a_line(write, tmp_path, name):
    evaluate(write(CRISIS, PLAIN, name=name), "--verdicts-out", tmp_path / "out")
    crisis, plain = map(json.loads, (tmp_path / "out").read_text().splitlines())
    assert crisis.keys() == plain.keys() == {"id", "severity", "category", "emergency", "rule"}
    assert (crisis["id"], crisis["severity"], crisis["category"]) == ("a", "high", "self_harm_crisis")
    assert plain == {"id": "b", "severity": None, "category": None, "emergency": False, "rule": None}


def test_shares_have_wilson_intervals(write):
    counted, mistakes = figures(write(CRISIS, CRISIS | {"id": "c", "text": "hello"}))
    whole = counted["crisis_self_harm", "all"]
    assert (whole["n"], whole["raised"]["count"], whole["raised"]["share"]) == (2, 1, 0.5)
    assert whole["raised"]["interval"] == pytest.approx([0.0945, 0.9055], abs=1e-3)
    assert mistakes == {"crisis_self_harm": ["c"]}


def test_the_table_tells_tiers_and_missed_ids(write):
    said = evaluate(write(CRISIS, CRISIS | {"id": "missed-one", "text": "hello", "review": "implicit"}, PLAIN))
    assert "tier:core" in said
    assert "tier:implicit" in said
    assert "crisis_self_harm, missed (1): missed-one" in said


def test_in_a_conversation_each_message_is_seen_with_those_before_it(write):
    row = {"id": "t", "turns": ["I really want to", "kill", "myself"], "label": "crisis_self_harm"}
    counted, _ = figures(write(row))
    assert counted["crisis_self_harm (turns)", "all"]["raised"]["count"] == 1


def test_a_folder_stands_for_its_files(write, tmp_path):
    write(CRISIS)
    write(PLAIN, name="more.jsonl.gz")
    (tmp_path / "multiturn").mkdir()
    write({"id": "t", "turns": ["hello"], "label": "benign_tricky"}, name="multiturn/some.jsonl")
    counted, _ = figures(tmp_path)
    assert {label for label, _ in counted} == {"crisis_self_harm", "benign_health", "benign_tricky (turns)"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [([PLAIN, "{"], "rows.jsonl, line 2"), (["[]"], "line 1"), ([PLAIN, {"id": "x"}], "line 2"), ([], "no message"),
     ([{"id": 5, "text": "x"}], "line 1"), ([{"id": "x", "turns": [5]}], "line 1")],
)  # fmt: skip
def test_what_is_broken_is_named(write, rows, message):
    with pytest.raises(CommandError, match=message):
        evaluate(write(*rows))


@pytest.mark.parametrize("name", ["not-there.jsonl", "empty"])
def test_what_is_not_there_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match=name):
        evaluate(tmp_path / name)


def test_a_packed_file_that_is_none_is_named(tmp_path):
    (tmp_path / "x.jsonl.gz").write_bytes(b"not packed")
    with pytest.raises(CommandError, match=r"x\.jsonl\.gz"):
        evaluate(tmp_path / "x.jsonl.gz")


def test_figures_that_can_not_be_written_are_refused(write, tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        evaluate(write(PLAIN), "--verdicts-out", tmp_path / "nowhere" / "out")


def test_the_sample_is_what_was_promised():
    """Thirty emergencies and thirty near misses of each kind, written before the rules were looked at."""
    counted, _ = figures(Path(SAMPLES) / "emergencies.jsonl")
    groups = [one for (_, part), one in counted.items() if part.startswith("group:")]
    assert len(groups) == 24
    assert {one["n"] for one in groups} == {30}


def test_in_the_sample_emergencies_of_each_kind_are_heard_and_near_misses_left_alone():
    counted, _ = figures(Path(SAMPLES) / "emergencies.jsonl")
    for (label, part), one in counted.items():
        if part.startswith("group:") and label == "medical_emergency":
            assert one["raised"]["share"] >= 0.6, part
    assert counted["medical_emergency", "all"]["raised"]["share"] >= 0.75
    assert counted["benign_near_miss", "all"]["raised"]["share"] <= 0.04


def test_no_disguise_hides_a_crisis():
    _, mistakes = figures(Path(SAMPLES) / "disguised.jsonl")
    assert mistakes == {}
