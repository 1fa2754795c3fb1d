"""A model host that speaks as steadily, and as long, as a test wants it to."""

from __future__ import annotations

from pipeline.tests.model_server import ModelServer

WORDS = 400
SECONDS_A_WORD = 0.05
RARE_WORD = "chamomile"
"""In every word of an answer: where it stands in a log, an answer was logged."""


class SteadyModel(ModelServer):
    def speaks(self, words: int = WORDS, seconds_a_word: float = SECONDS_A_WORD, padding: str = "") -> str:
        """From now on; gives the whole answer. `padding` makes words longer."""
        said = [f"{' ' if n else ''}{RARE_WORD}{padding}{n}" for n in range(words)]
        self.says(*said)
        self.pace = seconds_a_word
        return "".join(said)

    def hurries(self) -> None:
        """What is being said is said to its end at once."""
        self.pace = 0
