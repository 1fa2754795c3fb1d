"""The figures by hand, and the command on a small sample that was written for it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from pipeline.evaluation import Asked, figures_of, score

SAMPLE = Path(__file__).parent / "retrieval_sample"
FILES = {"corpus": SAMPLE / "corpus.jsonl", "queries": SAMPLE / "queries.jsonl", "qrels": SAMPLE / "qrels.tsv"}


def evaluate(*options: str, **files: Path) -> str:
    out = StringIO()
    given = {**FILES, **files}
    paths = [word for name, path in given.items() for word in (f"--{name}", str(path))]
    call_command("evaluate_retrieval", *paths, *options, "--verbosity", "0", stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_figures_are_those_that_one_works_out_by_hand():
    figures = figures_of(["x", "b", "a"], {"a": 3, "b": 1, "c": 2}, least=2)
    assert figures
    assert figures.ndcg10 == pytest.approx((1 / 1.58496 + 3 / 2) / (3 + 2 / 1.58496 + 1 / 2), abs=1e-4)
    assert figures.ndcg10_judged_only == pytest.approx((1 + 3 / 1.58496) / (3 + 2 / 1.58496 + 1 / 2), abs=1e-4)
    assert (figures.recall5, figures.hit5, figures.hit1, figures.judged_at_10) == (0.5, 1.0, 0.0, 0.2)
    assert figures.mrr10 == pytest.approx(1 / 3)


def test_a_question_without_a_relevant_document_counts_nowhere():
    queries = [Asked("1", "graded", "a"), Asked("2", "graded", "b"), Asked("3", "plain", "c")]
    relevance = {"1": {"a": 3}, "2": {"a": 1}, "3": {"a": 1}}
    scored = score(queries, relevance, {"1": ["a"], "2": ["a"]})
    assert {name: (n, figures.hit1) for name, (n, figures) in scored.items()} == {"graded": (1, 1.0), "plain": (1, 0.0)}


def test_the_sample_is_found(tmp_path: Path):
    told = json.loads(evaluate("--json", "--run-out", str(tmp_path / "run.jsonl")))
    assert told["index_built"]
    assert told["sets"]["short"]["hit5"] == 1.0
    assert told["sets"]["long"]["mrr10"] >= 0.75
    run = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [row["query_id"] for row in run] == [f"q{n}" for n in range(1, 9)]
    assert run[1]["doc_ids"][0] == "nose"
    assert len(set(run[1]["doc_ids"])) == len(run[1]["doc_ids"])


def test_the_second_time_nothing_is_built_and_other_documents_have_another_index(tmp_path: Path):
    first = json.loads(evaluate("--json"))
    second = json.loads(evaluate("--json"))
    assert (first["index_built"], second["index_built"]) == (True, False)
    assert second["sets"] == first["sets"]
    other = tmp_path / "other.jsonl"
    other.write_text(FILES["corpus"].read_text().splitlines()[0] + "\n")
    assert json.loads(evaluate("--json", corpus=other, qrels=FILES["qrels"]))["index_built"]
    assert len(list((tmp_path / "evaluation").iterdir())) == 2
    assert not (tmp_path / "index").exists()


def test_without_json_it_is_a_table():
    lines = evaluate().splitlines()
    assert lines[0].split() == ["set", "n", "nDCG@10", "rec@5", "MRR@10", "rec@50", "nDCG-j"]
    assert [line.split()[:2] for line in lines[1:3]] == [["long", "2"], ["short", "6"]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "corpus",
            '{"id": "a", "title": "A", "text": "x"}\n{"id": "a", "title": "A", "text": "x"}',
            "was there before",
        ),
        ("corpus", '{"id": "a", "title": "A", "text": "x"}\nno json', "line 2: no JSON object"),
        ("corpus", '{"id": "a", "title": "A"}', "line 1: no text"),
        ("corpus", "", "no documents"),
        ("queries", "", "no questions"),
        ("queries", "[]", "line 1: no JSON object"),
        ("qrels", "q1\tblister", "line 1: not question, document and grade"),
        ("qrels", "other\tblister\t1", "No question has a relevant document"),
    ],
)
def test_a_file_that_is_no_use_is_one_clear_line(tmp_path: Path, name: str, content: str, words: str):
    path = tmp_path / "broken"
    path.write_text(content)
    with pytest.raises(CommandError, match=words):
        evaluate(**{name: path})


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path):
    with pytest.raises(CommandError, match="can't be read: No such file"):
        evaluate(corpus=tmp_path / "nothing.jsonl")
    (tmp_path / "broken.gz").write_bytes(b"no gzip")
    with pytest.raises(CommandError, match="can't be read"):
        evaluate(corpus=tmp_path / "broken.gz")
