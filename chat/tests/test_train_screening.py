"""`manage.py train_screening`, as whoever adds sentences uses it."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from moderation import classifier
from pipeline import wiring

ROWS = [
    ("{help|please help}, the {ship|boat} is sinking", "sinking"),
    ("water {comes|pours} in {everywhere|fast}, we are going down", "sinking"),
    ("the boat is {lost|filling with water}", "sinking"),
    ("{how|where} do I {buy|hire} a {boat|ship}", "none"),
    ("the {sea|weather} is {calm|fine} today", "none"),
    ("we had {fish|chips} {for lunch|on the pier}", "none"),
]


@pytest.fixture
def folder(tmp_path):
    rows = [{"text": text, "label": label, "group": "sea"} for text, label in ROWS]
    (tmp_path / "sentences.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def train(folder, out, *options):
    printed = io.StringIO()
    call_command("train_screening", "--training", folder, "--out", out, "--steps", "60", *options, stdout=printed)
    return printed.getvalue()


def test_it_writes_weights_that_hear_and_figures(folder):
    printed = train(folder, folder / "w.npz")
    weights, embedder = classifier.load(folder / "w.npz"), wiring.packaged_embedder()
    weights.refuse_other(embedder)
    assert [one.label for one in weights.findings("help, our boat is sinking", embedder.embed)] == ["sinking"]
    assert weights.findings("the weather is calm", embedder.embed) == []
    assert "| **sinking** | all | 10 |" in printed
    assert "| **none** | all | 16 |" in printed


def test_twice_the_same_file_and_another_for_other_sentences(folder):
    for name in ("a.npz", "b.npz"):
        train(folder, folder / name)
    assert (folder / "a.npz").read_bytes() == (folder / "b.npz").read_bytes()
    with (folder / "sentences.jsonl").open("a") as file:
        file.write('{"text": "a shark in the water", "label": "sinking", "group": "sea"}\n')
    train(folder, folder / "c.npz")
    assert classifier.load(folder / "a.npz").version != classifier.load(folder / "c.npz").version


def test_the_card_beside_the_weights_gets_the_figures_and_keeps_its_words(folder):
    card = folder / "CARD.md"
    card.write_text("What it is.\n<!-- figures -->\nold\n<!-- end of figures -->\nLimits.\n")
    train(folder, folder / "w.npz")
    text = card.read_text()
    assert text.startswith("What it is.\n")
    assert text.endswith("Limits.\n")
    assert "**sinking**" in text
    assert "old" not in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--steps", "0"], "--steps"),
        (["--false-alarms", "1"], "--false-alarms"),
        (["--out", "/no/such/folder/w.npz"], "no folder"),
        (["--training", "/no/such/folder"], "at least one label"),
    ],
)
def test_what_cannot_be_is_one_clear_line(folder, options, message):
    with pytest.raises(CommandError, match=message):
        train(folder, folder / "w.npz", *options)
    assert not (folder / "w.npz").exists()
