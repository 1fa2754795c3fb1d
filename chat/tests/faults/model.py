"""A model host that speaks as steadily, and as long, as a test wants it to."""

from __future__ import annotations

from pipeline.tests.model_server import ModelServer

WORDS = 1000
SECONDS_A_WORD = 0.05
RARE_WORD = "chamomile"
"""In every word of an answer: where it stands in a log, an answer was logged."""


def words(count: int) -> list[str]:
    return [f"{' ' if number else ''}{RARE_WORD}{number}" for number in range(count)]


class SteadyModel(ModelServer):
    def speaks(self, count: int = WORDS, seconds_a_word: float = SECONDS_A_WORD) -> str:
        """So many words, from now on; gives the whole answer."""
        said = words(count)
        self.says(*said)
        self.pace = seconds_a_word
        return "".join(said)

    def hurries(self) -> None:
        """What is being said is said to its end at once."""
        self.pace = 0
