"""The steps of a reply at which a process may die: the one table of names that the product's functions have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Step:
    """`function` as `module:name` or `module:Class.name`; at its `call`-th call since the trap was set."""

    function: str
    moment: Literal["before", "after"]
    call: int = 1
    with_result: bool = False
    """Calls that give nothing aren't counted."""


STEPS = {
    "before the send is stored": Step("chat.services:store_send", "before"),
    "before the send commits": Step("chat.services:store_send", "after"),
    "after the send commits": Step("chat.runner:Runner.begin", "before"),
    "before the first chunk": Step("chat.generation:_publish", "before"),
    "after the first chunk": Step("chat.generation:_publish", "after"),
    "in the middle": Step("chat.generation:_publish", "after", call=8),
    "before its text is stored": Step("chat.runner:store_published", "before"),
    "after its text is stored": Step("chat.runner:store_published", "after"),
    "before its end is stored": Step("chat.generation:_write_end", "before"),
    "after its end is stored": Step("chat.generation:_write_end", "after"),
    "after its end is told": Step("chat.generation:_end", "after"),
    "before the next claim": Step("chat.queue:_claim", "before"),
    "before the next claim commits": Step("chat.queue:_claim", "after"),
    "after the next claim commits": Step("chat.queue:claim_replies", "after", with_result=True),
}
"""In the order in which a reply passes them, with another question waiting behind it."""

STEPS_BEHIND_A_DEAD_PROCESS = {
    "before its reply is ended": Step("chat.reaper:end_dead", "before"),
    "after its reply is ended": Step("chat.reaper:end_dead", "after", with_result=True),
}

ALL_STEPS = STEPS | STEPS_BEHIND_A_DEAD_PROCESS
