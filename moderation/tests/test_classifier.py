"""The classifier that ships, as whoever starts Veda meets it; and training, on sentences of the tests' own."""

import json
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest

from moderation import classifier, embedding
from moderation.classifier import ClassifierError, windows_of
from moderation.training import fitting, sentences
from moderation.training.figures import interval
from moderation.training.sentences import Pattern, TrainingError, expand

HELD_OUT = [json.loads(line) for line in (Path(__file__).parent / "sentences.jsonl").read_text("utf-8").splitlines()]


class Letters:
    """An embedder of 26 numbers: how often each letter comes."""

    name = "letters"
    dimension = 26

    def fingerprint(self):
        return "abc"

    def embed(self, texts):
        return np.array([[text.lower().count(letter) for letter in ascii_lowercase] for text in texts], float)


@pytest.fixture
def shipped():
    return embedding.make_ready()


@pytest.fixture
def small():
    return [
        Pattern("{help|please help}, the {ship|boat} is sinking", "sinking", "sea"),
        Pattern("water {comes|pours} in {everywhere|fast}, we are going down", "sinking", "sea"),
        Pattern("the boat is {lost|filling with water}", "sinking", "sea"),
        Pattern("{how|where} do I {buy|hire} a {boat|ship}", "none", "harbour"),
        Pattern("the {sea|weather} is {calm|fine} today", "none", "harbour"),
        Pattern("we had {fish|chips} {for lunch|on the pier}", "none", "harbour"),
    ]


@pytest.fixture
def trained(small):
    return train(small)


def train(patterns, **settings):
    return fitting.train(
        patterns, Letters(), Letters().embed, version="t", settings=fitting.Settings(steps=80, folds=2, **settings)
    )[0]


def heard(shipped, text):
    return [finding.label for finding in shipped.findings(text, embedding.embed())]


@pytest.mark.parametrize("label", ["self_harm_crisis", "medical_emergency"])
def test_most_sentences_that_it_never_saw_are_heard(shipped, label):
    texts = [row["text"] for row in HELD_OUT if row["label"] == label]
    assert len(texts) >= 15
    assert sum(label in heard(shipped, text) for text in texts) > 0.5 * len(texts)


def test_next_to_no_harmless_sentence_is_heard(shipped):
    texts = [row["text"] for row in HELD_OUT if row["label"] == "none"]
    assert len(texts) >= 30
    assert sum(bool(heard(shipped, text)) for text in texts) <= 1


@pytest.mark.parametrize(
    "text",
    ["I would like to end my gym subscription", "how do I kill an hour before my blood test", "half an hour ago",
     "I don't want to be stuck in this waiting room all day", "my old phone is about to die",
     "We saw a documentary on suicide"],
)  # fmt: skip
def test_turns_of_phrase_are_not_heard(shipped, text):
    assert heard(shipped, text) == []


def test_no_held_out_sentence_is_among_those_it_learned_from():
    learned = {text for pattern in sentences.read(sentences.FOLDER) for text in expand(pattern, 2_000, 1)}
    assert not learned & {row["text"] for row in HELD_OUT}


def test_one_sentence_of_danger_is_heard_in_a_page(shipped):
    page = "The garden was lovely in May. We had tea with my sister and talked about the roses. " * 12
    danger = "I am going to kill myself tonight, I have the pills here."
    (first, *_) = shipped.findings(page + danger + " " + page, embedding.embed())
    assert first.label == "self_harm_crisis"
    assert danger.split(",")[0] in (page + danger + " " + page)[first.start : first.end]


def test_curly_quotes_case_and_invisible_characters_change_nothing(shipped):
    plain = "I can't go on, I don't want to be alive anymore"
    dressed = "I can’t go on, I DON‘T want to be al\u200bive anymore"
    assert heard(shipped, plain) == heard(shipped, dressed.replace("\u200b", "")) == ["self_harm_crisis"]


@pytest.mark.parametrize("text", ["", "   \n", "?!…", "😀", "\x00", "a" * 10_000, "," * 10_000])
def test_whatever_is_written_is_read(shipped, text):
    assert heard(shipped, text) == []


def test_windows_cover_every_word_of_a_long_text():
    text = " ".join(f"word{number}" for number in range(900)) + ". End of it. " + "x" * 3_000
    windows = windows_of(text, Letters().embed)
    covered = set()
    for start, end in windows.spans:
        assert end - start <= 2 * classifier.WINDOW_CHARS
        covered.update(range(start, end))
    assert {place for place, letter in enumerate(text) if not letter.isspace()} <= covered


# Files of weights


def test_weights_come_back_as_they_were_saved(trained, tmp_path):
    classifier.save(trained, tmp_path / "w.npz")
    loaded = classifier.load(tmp_path / "w.npz")
    windows = windows_of("help, the ship is sinking", Letters().embed)
    np.testing.assert_allclose(loaded.scores(windows), trained.scores(windows), atol=1e-2)
    loaded.refuse_other(Letters())


@pytest.mark.parametrize(
    ("name", "value"), [("name", "others"), ("dimension", 27), ("fingerprint", lambda self: "abd")]
)
def test_weights_of_another_embedder_are_refused_in_one_line(trained, name, value):
    other = type("Other", (Letters,), {name: value})()
    with pytest.raises(ClassifierError, match="train_screening") as refusal:
        trained.refuse_other(other)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a zip", b"\x80\x04pickled", b"\x93NUMPY"])
def test_a_broken_file_is_named_in_one_line(tmp_path, content):
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(ClassifierError, match=r"w\.npz") as refusal:
        classifier.load(tmp_path / "w.npz")
    assert "\n" not in str(refusal.value)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ClassifierError, match=r"w\.npz is missing.*train_screening"):
        classifier.load(tmp_path / "w.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"bias": np.zeros(7, np.float32)},
        {"dense": np.zeros((3, 1), np.float32)},
        {"thresholds": np.array([np.nan], np.float32)},
    ],
)
def test_weights_that_do_not_fit_together_are_refused(trained, tmp_path, change):
    classifier.save(replace(trained, **change), tmp_path / "w.npz")
    with pytest.raises(ClassifierError, match=r"w\.npz"):
        classifier.load(tmp_path / "w.npz")


def test_pickled_objects_are_not_read(tmp_path):
    np.savez(tmp_path / "w.npz", version=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ClassifierError, match=r"w\.npz"):
        classifier.load(tmp_path / "w.npz")


# Training


def test_the_same_sentences_and_seed_make_the_same_file(small, tmp_path):
    for name in ("a", "b"):
        classifier.save(train(small), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    classifier.save(train(small, seed=7, variants=2), tmp_path / "c")
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_it_learns(trained):
    assert [one.label for one in trained.findings("please help, the boat is sinking", Letters().embed)] == ["sinking"]
    assert trained.findings("where do I hire a boat", Letters().embed) == []


def test_a_pattern_makes_each_of_its_sentences_once():
    made = expand(Pattern("I {love|like} {tea|} and {tea|milk}", "none", "x"), 100, 1)
    assert "I love and milk" in made
    assert len(made) == len(set(made)) == 8
    assert len(expand(Pattern("{a|b}{c|d}{e|f}", "none", "x"), 3, 1)) == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2"),
        ('{"text": "a", "label": "none"}', "line 2"),
        ('{"text": " ", "label": "none", "group": "x"}', "line 2"),
        ('{"text": "a {b", "label": "none", "group": "x"}', "line 2: braces"),
        ('{"text": "a", "label": "none", "group": "x"}', "at least one label"),
    ],
)
def test_a_bad_row_is_named(tmp_path, line, message):
    (tmp_path / "rows.jsonl").write_text('{"text": "fine", "label": "none", "group": "x"}\n' + line + "\n")
    with pytest.raises(TrainingError, match=message):
        sentences.read(tmp_path)


def test_intervals_hold_for_none_and_all():
    assert interval(0, 20)[0] == pytest.approx(0, abs=1e-9)
    assert interval(0, 20)[1] == pytest.approx(0.161, abs=0.01)
    assert interval(20, 20)[1] == pytest.approx(1)
