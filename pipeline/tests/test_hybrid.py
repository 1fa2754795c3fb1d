"""Ranking by words and meaning, on vectors made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.hybrid import Asked, Meaning, rank, search_terms, unit
from pipeline.postings import Postings, PostingsBuilder
from pipeline.query import Query
from pipeline.words import stems


def make_words(*texts: str) -> PostingsBuilder:
    builder = PostingsBuilder()
    for text in texts:
        builder.add([(1.0, stems(text))])
    return builder


def test_a_rare_word_counts_more_and_a_repeated_one_less_each_time():
    words = make_words("pain pain pain", "pain gout", "pain knee", "knee rest").by_frequency()
    pain, gout = words.scores({"pain"}), words.scores({"gout"})
    assert gout[1] > pain[1] > 0
    assert pain[1] < pain[0] < 3 * pain[1]
    assert not words.scores({"unknown"}).any()


def test_a_title_that_is_named_whole_counts_one():
    titles = make_words("gout", "gout in children").by_share()
    whole, part = titles.scores(search_terms("what helps against gout?"))
    assert whole == pytest.approx(1.0)
    assert 0 < part < 0.6


def test_postings_come_back_from_their_files(tmp_path):
    words = make_words("pain gout", "knee pain").by_frequency()
    words.save(tmp_path / "words")
    again = Postings.load(tmp_path / "words")
    np.testing.assert_array_equal(again.scores({"pain", "knee"}), words.scores({"pain", "knee"}))
    assert again.rows_with("pain") == 2


def test_an_empty_index_finds_nothing():
    words = PostingsBuilder().by_frequency()
    asked = Asked.of(Query("gout", ("gout",), frozenset()))
    places, _ = rank(asked, words, words, np.zeros(0, dtype=np.int32), None, None)
    assert len(places) == 0


class HandMade:
    """Vectors of which all are near."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def compare(self, asked: np.ndarray, also: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.arange(len(self.rows)), self.rows @ asked

    def check(self) -> None:
        """They are there."""


def test_words_and_meaning_both_find():
    texts = ["gout", "podagra", "knee"]
    near = unit(np.array([[1, 0.1], [1, 0], [0, 1]], dtype=np.float32))
    meaning = Meaning(HandMade(near), near)
    words, titles = make_words(*texts).by_frequency(), make_words(*texts).by_share()
    asked = Asked.of(Query("gout", ("gout",), frozenset()))
    title_of = np.arange(3)
    by_words, _ = rank(asked, words, titles, title_of, None, None)
    assert list(by_words) == [0]
    both, scores = rank(asked, words, titles, title_of, meaning, np.array([[1, 0], [1, 0]], dtype=np.float32))
    assert list(both) == [0, 1, 2]
    assert list(scores) == sorted(scores, reverse=True)


def test_of_a_story_the_asking_sentences_are_looked_for_by_themselves():
    text = "Gout in the toe. My dog ran away on Tuesday. Which tablets help?"
    whole, asking = Asked.of(Query(text, (), frozenset())).terms
    assert "dog" in whole
    assert asking == search_terms("gout toe which tablets help")
