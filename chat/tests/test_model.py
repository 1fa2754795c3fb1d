"""The protocol against a model of it: whatever is sent, stopped, cut, resumed, repeated and killed, in whatever order.

VEDA_MODEL_STEPS says how many steps are taken at least. A thousand are the same ones each time; of more, others are
taken each time, drawn from VEDA_MODEL_SEED or from a number that is told.
"""

from __future__ import annotations

import asyncio
import functools
import os
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chat.tests.protocol_model import Asked, Book, Exchange, Tab
from chat.tests.protocol_site import LOOKS_FOR_DEATH, Door, Site
from chat.tests.stepped import Parts, Process, one_loop
from pipeline.errors import ProviderError

ORDINARY = 1000
STEPS = int(os.environ.get("VEDA_MODEL_STEPS", ORDINARY))
STEPS_AT_A_TIME = 40
STEPS_ON_AVERAGE = 25
"""Hypothesis breaks some runs off."""

pytestmark = pytest.mark.timeout(120 + STEPS)

MOST_WAITING = 3
MOST_TABS = 6
PIECES = [
    "Rest", " in", " the dark.", "é", "e\u0301", "🌙", "👩‍⚕️", "🏳️‍🌈", " ", "  ", "\n", "\n\n", "\r\n", "\t",
    "\u00a0", "\u3000", "", " " * 30, "\n" * 25 + "x", "\x00", "\x07", "\x1b[31m", "\u202e", "\x85", "**bold** ",
]  # fmt: skip

T = TypeVar("T")

number = st.integers(0, 11)
"""Of one of those that there are, however many: what there is may differ from run to run, what is drawn may not."""


def spelt(drawn: int) -> list[str]:
    """Up to four pieces for one number: Hypothesis gives up on steps that draw much."""
    pieces = [PIECES[drawn % len(PIECES)]]
    return pieces + spelt(drawn // len(PIECES)) if drawn >= len(PIECES) else pieces


words = st.integers(0, len(PIECES) ** 4 - 1)


def one_of(them: Sequence[T], which: int) -> T:
    return them[which % len(them)]


def step(work: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs it on the machine's loop; afterwards everybody must have what is theirs."""

    @functools.wraps(work)
    def run(self: Protocol, **drawn: Any) -> None:
        async def take() -> None:
            await work(self, **drawn)
            await self.site.settle()

        self.do(take())
        Protocol.steps += 1

    return run


class Protocol(RuleBasedStateMachine):
    parts: Parts
    limits: Any
    """Django's settings."""
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.holds = self.failed = False
        self.site: Site

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self.loop.run_until_complete(work)
        except BaseException:
            self.failed = True
            raise

    @initialize(at_once=st.integers(1, 3), per_patient=st.integers(1, 2))
    @step
    async def begin(self, at_once, per_patient):
        self.limits.MAX_REPLIES_QUEUED = MOST_WAITING
        self.limits.MAX_REPLIES_AT_ONCE, self.limits.MAX_REPLIES_PER_USER = at_once, per_patient
        self.parts.renew()
        self.site = Site(self.parts, Book(at_once, per_patient, MOST_WAITING))
        await self.site.begin()

    def teardown(self) -> None:
        if hasattr(self, "site"):
            try:
                if not self.failed:
                    self.do(self.site.finish())
            finally:
                self.loop.run_until_complete(self.site.leave())
        self.loop.close()

    # Tabs

    async def some_tab(self, which: int) -> Tab:
        """One is opened, where there is none."""
        site = self.site
        return one_of(site.tabs, which) if site.tabs else await site.open(site.conversations[0], site.processes[0])

    @rule(conversation=number, process=number)
    @step
    async def open_a_tab(self, conversation, process):
        site = self.site
        if len(site.tabs) == MOST_TABS:
            await site.tabs.pop(0).socket.leave()
        await site.open(one_of(site.conversations, conversation), one_of(site.processes, process))

    @rule(tab=number, how=st.sampled_from(["goodbye", "cut", "unnoticed"]))
    @step
    async def close_a_tab(self, tab, how):
        gone = await self.some_tab(tab)
        self.site.tabs.remove(gone)
        if how == "goodbye":
            await gone.socket.leave()
        elif how == "cut":
            gone.socket.communicator.future.cancel()

    @rule(tab=number)
    @step
    async def a_tab_asks_whether_the_line_lives(self, tab):
        await self.site.ping(await self.some_tab(tab))

    @rule(
        tab=number,
        exchange=number,
        what=st.sampled_from(["reply", "reply", "question", "nothing", "unknown", "elsewhere"]),
        off_by=st.sampled_from([0, 0, -1, -3, 1, 50]),
    )
    @step
    async def a_tab_resumes(self, tab, exchange, what, off_by):
        resuming = await self.some_tab(tab)
        here = self.site.book.of_conversation(resuming.conversation)
        elsewhere = [each for each in self.site.book.exchanges if each not in here]
        if what == "reply" and here:
            held = one_of(here, exchange)
            offset = max(0, resuming.length_of(held) + off_by)
            asked = Asked(held.reply_id, offset, held, holds_reply=True)
        elif what == "question" and here:
            held = one_of(here, exchange)
            asked = Asked(held.message_id, 0, held, holds_reply=False)
        elif what == "elsewhere" and elsewhere:
            asked = Asked(one_of(elsewhere, exchange).reply_id, 3, None, holds_reply=False)
        else:
            asked = Asked(str(uuid.uuid4()) if what == "unknown" else None, 0, None, holds_reply=False)
        await self.site.resume(resuming, asked)

    # Sending

    def door(self, conversation: str, which: int, process: int) -> Door:
        """A tab of the conversation, or REST."""
        tabs = [tab for tab in self.site.tabs if tab.conversation == conversation]
        return one_of([*tabs, one_of(self.site.processes, process)], which)

    def new_exchange(self, conversation: int, kind: str = "ordinary") -> Exchange:
        return self.site.new_exchange(one_of(self.site.conversations, conversation), kind)

    @rule(
        conversation=number,
        door=number,
        process=number,
        kind=st.sampled_from(["ordinary", "ordinary", "ordinary", "ordinary", "emergency", "crisis"]),
    )
    @step
    async def send(self, conversation, door, process, kind):
        exchange = self.new_exchange(conversation, kind)
        await self.site.send([self.door(exchange.conversation, door, process)], exchange)

    @rule(conversation=number, doors=st.tuples(number, number), processes=st.tuples(number, number))
    @step
    async def send_twice_at_once(self, conversation, doors, processes):
        exchange = self.new_exchange(conversation)
        two = [self.door(exchange.conversation, *each) for each in zip(doors, processes, strict=True)]
        await self.site.send(two, exchange)

    @rule(exchange=number, door=number, process=number)
    @step
    async def send_again(self, exchange, door, process):
        again = one_of(self.site.book.exchanges, exchange)
        await self.site.send([self.door(again.conversation, door, process)], again)

    # Writing and stopping

    @rule(drawn=words)
    @step
    async def a_model_says(self, drawn):
        if writing := await self.site.some_are_written():
            self.site.say(one_of(writing + self.site.taken(), drawn), spelt(drawn))

    @rule(drawn=words)
    @step
    async def a_reply_ends(self, drawn):
        if writing := await self.site.some_are_written():
            exchange = one_of(writing + self.site.taken(), drawn)
            self.site.say(exchange, spelt(drawn))
            await self.site.end(exchange)

    @rule(which=number, expected=st.booleans())
    @step
    async def a_model_fails(self, which, expected):
        if writing := await self.site.some_are_written():
            error = ProviderError("The model host is away.", retryable=True) if expected else KeyError("x")
            await self.site.fail(one_of(writing, which), error)

    @rule(tab=number, which=number)
    @step
    async def a_tab_stops_a_reply(self, tab, which):
        stopping = await self.some_tab(tab)
        here = self.site.book.of_conversation(stopping.conversation)
        here.sort(key=lambda each: each.over)  # of those that are over, few: nothing comes of it
        if here:
            await self.site.stop(stopping, here[0] if which < 9 else one_of(here, which))

    @rule(tab=number, which=number)
    @step
    async def a_tab_stops_what_is_not_its_own(self, tab, which):
        stopping = await self.some_tab(tab)
        exchanges = self.site.book.exchanges
        elsewhere = [each.reply_id for each in exchanges if each.conversation != stopping.conversation]
        await stopping.socket.send("stop", messageId=one_of([str(uuid.uuid4()), *elsewhere], which))
        await self.site.until(lambda: stopping.refused)
        assert stopping.refused.pop() == "not_found"

    # News

    @precondition(lambda self: not self.holds)
    @rule()
    @step
    async def news_are_held_back(self):
        self.holds = self.site.post.holds = True

    @precondition(lambda self: self.holds)
    @rule(lost=st.sets(st.integers(0, 7)), backwards=st.booleans())
    @step
    async def news_come(self, lost, backwards):
        self.holds = False
        await self.site.let_news_come(lost, backwards=backwards)

    # Time, and processes

    async def some_process(self, what: str, which: int) -> Process:
        writing = await self.site.some_are_written() if what == "a writer" else []
        writers = [each.writer for each in writing if each.writer]
        return one_of(writers or self.site.processes, which)

    @rule(
        turns=st.sampled_from([1, 2, LOOKS_FOR_DEATH, LOOKS_FOR_DEATH]),
        stalled=st.sampled_from(["none", "none", "a writer", "any"]),
        which=number,
    )
    @step
    async def time_passes(self, turns, stalled, which):
        process = await self.some_process(stalled, which) if stalled != "none" else None
        await self.site.let_pass(turns, process)

    @rule(
        what=st.sampled_from(["a writer", "a writer", "any"]),
        which=number,
        amid=st.sampled_from(["nothing", "nothing", "send", "say", "end", "store", "look"]),
        ticks=st.integers(0, 12),
    )
    @step
    async def a_process_is_killed(self, what, which, amid, ticks):
        site = self.site
        process = await self.some_process(what, which)
        writing = site.written_by(process)
        for exchange in writing:
            site.say(exchange, ["Rest", " now, "])
        await site.settle()
        if amid == "send":
            await site.kill_amid_send(process, self.new_exchange(which), ticks)
            return
        if amid == "say" and writing:
            site.say(one_of(writing, which), PIECES)
        if amid == "end" and writing:
            site.begin_to_end(one_of(writing, which))
        work = {"store": process.runner.store, "look": process.runner.look}.get(amid)
        await site.kill(process, work() if work else None, ticks)

    @rule(which=number)
    @step
    async def a_process_is_restarted(self, which):
        await self.site.restart(one_of(self.site.processes, which))


def test_the_protocol_is_its_model(transactional_db, monkeypatch, settings, pytestconfig):
    settings.RATES = {**settings.RATES, "message": ("", "")}
    long = STEPS > ORDINARY
    drawn_from = int(os.environ.get("VEDA_MODEL_SEED") or random.randrange(2**32))
    started, terminal = time.monotonic(), pytestconfig.get_terminal_writer()
    if long:
        terminal.line(f"\nVEDA_MODEL_SEED={drawn_from}")
    Protocol.limits, Protocol.steps = settings, 0
    with one_loop(monkeypatch) as Protocol.parts:
        run_state_machine_as_test(
            seed(drawn_from)(Protocol) if long else Protocol,
            settings=hypothesis_settings(
                max_examples=STEPS // STEPS_ON_AVERAGE,
                stateful_step_count=STEPS_AT_A_TIME,
                derandomize=not long,
                database=None,
                deadline=None,
                phases=(Phase.generate,) if os.environ.get("NOSHRINK") else (Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=False,
            ),
        )
    if long:
        terminal.line(f"{Protocol.steps} steps in {time.monotonic() - started:.0f} s")
    assert Protocol.steps >= STEPS
