"""The protocol against a model of it: whatever is sent, stopped, cut, resumed, repeated and killed, in whatever order.

VEDA_MODEL_STEPS says how many steps are taken at least. A thousand are the same ones each time; of more, others are
taken each time, drawn from VEDA_MODEL_SEED or from a number that is told.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
import uuid
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chat import queue, screening
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
MOST_WAITING_OF_A_PATIENT = 2
MOST_TABS = 6
PIECES = [
    "Rest", " in", " the dark.", "é", "e\u0301", "🌙", "👩‍⚕️", "🏳️‍🌈", " ", "  ", "\n", "\n\n", "\r\n", "\t",
    "\u00a0", "\u3000", "", " " * 30, "\n" * 25 + "x", "\x00", "\x07", "\x1b[31m", "\u202e", "\x85", "**bold** ",
]  # fmt: skip

T = TypeVar("T")

number = st.integers(0, 59)
"""Of one of those that there are, however many: what there is may differ from run to run, what is drawn may not."""


def one_of(them: Sequence[T], which: int) -> T:
    return them[which % len(them)]


def spelt(which: int) -> list[str]:
    """Up to four pieces for one number."""
    pieces = [one_of(PIECES, which)]
    return pieces + spelt(which // len(PIECES)) if which >= len(PIECES) else pieces


class Protocol(RuleBasedStateMachine):
    """Draws one deed and three numbers at each step: rules of their own Hypothesis would leave out by turns."""

    parts: Parts
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.failed = False
        self.site: Site

    @initialize(at_once=st.integers(1, 3), per_patient=st.integers(1, 2))
    def begin(self, at_once, per_patient):
        # On what the test's fixture has laid over them, which goes with it. By the fixture itself each value would be a
        # layer of its own: after seven hundred runs they were too deep to be looked through.
        django_settings.MAX_REPLIES_QUEUED = MOST_WAITING
        django_settings.MAX_REPLIES_AT_ONCE, django_settings.MAX_REPLIES_PER_USER = at_once, per_patient
        self.parts.renew()
        self.site = Site(self.parts, Book(at_once, per_patient, MOST_WAITING, MOST_WAITING_OF_A_PATIENT))
        self.do(self.site.begin())

    @rule(deed=st.deferred(lambda: st.sampled_from(DEEDS)), a=number, b=number, c=number)
    def happens(self, deed, a, b, c):
        self.do(getattr(self, deed)(a, b, c))
        Protocol.steps += 1

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """On the machine's loop; afterwards everybody must have what is theirs."""

        async def settled() -> None:
            await work
            await self.site.settle()

        try:
            self.loop.run_until_complete(settled())
        except BaseException:
            self.failed = True
            raise

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

    async def a_tab_opens(self, conversation, process, _):
        site = self.site
        if len(site.tabs) == MOST_TABS:
            await site.tabs.pop(0).socket.leave()
        await site.open(one_of(site.conversations, conversation), one_of(site.processes, process))

    async def a_tab_goes(self, tab, how, _):
        gone = await self.some_tab(tab)
        self.site.tabs.remove(gone)
        match one_of(["with a goodbye", "cut off", "unnoticed"], how):
            case "with a goodbye":
                await gone.socket.leave()
            case "cut off":
                gone.socket.communicator.future.cancel()

    async def a_tab_asks_whether_the_line_lives(self, tab, *_):
        await self.site.ping(await self.some_tab(tab))

    async def a_tab_resumes(self, tab, which, off_by):
        """From what it holds of a reply, or from a little less or more, as far as it tells the truth."""
        resuming = await self.some_tab(tab)
        held = one_of(self.site.book.of_conversation(resuming.conversation) or [None], which)
        if held:
            offset = max(0, resuming.length_of(held) + one_of([0, 0, 0, -1, -3, -50, 1, 50], off_by))
            await self.site.resume(resuming, Asked(held.reply_id, offset, held, holds_reply=True))

    async def a_tab_resumes_from_elsewhere(self, tab, what, which):
        """From a question; or the server knows nothing of what it holds, and must give it all."""
        resuming = await self.some_tab(tab)
        here = self.site.book.of_conversation(resuming.conversation)
        foreign = [each.reply_id for each in self.site.book.exchanges if each not in here]
        unknown = one_of([None, str(uuid.uuid4()), *foreign], which)
        asked = Asked(unknown, 3 if unknown else 0, None, holds_reply=False)
        if what % 2 and here:
            held = one_of(here, which)
            asked = Asked(held.message_id, 0, held, holds_reply=False)
        await self.site.resume(resuming, asked)

    # Sending

    def new_exchange(self, conversation: int, kind: str = "ordinary") -> Exchange:
        return self.site.new_exchange(one_of(self.site.conversations, conversation), kind)

    def door(self, conversation: str, which: int) -> Door:
        """A tab of the conversation, or REST at one of the processes."""
        tabs = [tab for tab in self.site.tabs if tab.conversation == conversation]
        return one_of([*tabs, *self.site.processes], which)

    async def somebody_asks(self, conversation, door, kind):
        exchange = self.new_exchange(conversation, one_of(["ordinary"] * 4 + ["emergency", "crisis"], kind))
        await self.site.send([self.door(exchange.conversation, door)], exchange)

    async def somebody_asks_twice_at_once(self, conversation, one, other):
        exchange = self.new_exchange(conversation)
        doors = [self.door(exchange.conversation, door) for door in (one, other)]
        await self.site.send(doors, exchange)

    async def somebody_asks_again(self, which, door, _):
        exchange = one_of(self.site.book.exchanges, which)
        await self.site.send([self.door(exchange.conversation, door)], exchange)

    # Writing and stopping

    async def some_reply(self, which: int) -> Exchange | None:
        """One that is written; or whose writer was taken for dead, and writes on."""
        writing = await self.site.some_are_written()
        taken = self.site.taken()
        them = taken if taken and which % 2 else writing
        return one_of(them, which // 2) if them else None

    async def a_model_says(self, which, a, b):
        if exchange := await self.some_reply(which):
            self.site.say(exchange, spelt(a + 60 * b + 3600 * which))

    async def a_reply_ends(self, which, a, b):
        if exchange := await self.some_reply(which):
            self.site.say(exchange, spelt(a + 60 * b))
            await self.site.end(exchange)

    async def a_model_fails(self, which, how, _):
        if writing := await self.site.some_are_written():
            error = one_of([ProviderError("The model host is away.", retryable=True), KeyError("x")], how)
            await self.site.fail(one_of(writing, which), error)

    async def a_tab_stops_a_reply(self, tab, which, how):
        stopping = await self.some_tab(tab)
        here = self.site.book.of_conversation(stopping.conversation)
        unfinished = [each for each in here if not each.over]
        if how % 3 == 1:
            self.site.post.holds = True
        if here:
            await self.site.stop(stopping, one_of(here if how % 6 == 0 else unfinished or here, which))

    async def a_tab_stops_what_is_not_its_own(self, tab, which, _):
        stopping = await self.some_tab(tab)
        exchanges = self.site.book.exchanges
        foreign = [each.reply_id for each in exchanges if each.conversation != stopping.conversation]
        await stopping.socket.send("stop", messageId=one_of([str(uuid.uuid4()), *foreign], which))
        await self.site.until(lambda: stopping.refused)
        assert stopping.refused.pop() == "not_found"

    # News

    async def news_are_held_back_or_come(self, a, b, backwards):
        """Some of those that were held back are lost."""
        if self.site.post.holds:
            lost = {place for place in range(12) if (a + 60 * b) >> place & 1}
            await self.site.let_news_come(lost, backwards=backwards % 2 == 1)
        self.site.post.holds = not self.site.post.holds

    # Time, and processes

    async def some_process(self, which: int) -> Process:
        """One that writes, more often than not."""
        writing = await self.site.some_are_written() if which % 3 else []
        writers = [each.writer for each in writing if each.writer]
        return one_of(writers or self.site.processes, which // 3)

    async def time_passes(self, turns, stalled, which):
        process = await self.some_process(which) if stalled % 2 else None
        await self.site.let_pass(one_of([1, 2, LOOKS_FOR_DEATH, LOOKS_FOR_DEATH], turns), process)

    async def a_process_is_killed(self, which, amid, ticks):
        site = self.site
        process = await self.some_process(which)
        writing = site.written_by(process)
        for exchange in writing:
            site.say(exchange, ["Rest", " now, "])
        await site.settle()
        ticks %= 12
        match one_of(["nothing", "nothing", "send", "say", "end", "store", "look"], amid):
            case "send":
                await site.kill_amid_send(process, self.new_exchange(which), ticks)
            case "store":
                await site.kill(process, process.runner.store(), ticks)
            case "look":
                await site.kill(process, process.runner.look(), ticks)
            case what:
                if writing and what == "say":
                    site.say(one_of(writing, which), PIECES)
                if writing and what == "end":
                    site.begin_to_end(one_of(writing, which))
                await site.kill(process, None, ticks)

    async def a_process_is_restarted(self, which, *_):
        await self.site.restart(one_of(self.site.processes, which))


DEEDS = [
    "a_model_says", "a_model_says", "a_model_says", "somebody_asks", "somebody_asks", "somebody_asks_twice_at_once",
    "somebody_asks_again", "somebody_asks_again", "a_tab_opens", "a_tab_resumes", "a_tab_resumes_from_elsewhere",
    "a_tab_asks_whether_the_line_lives", "a_tab_goes", "a_reply_ends", "a_model_fails", "a_tab_stops_a_reply",
    "a_tab_stops_a_reply", "a_tab_stops_what_is_not_its_own", "news_are_held_back_or_come", "time_passes",
    "time_passes", "a_process_is_killed", "a_process_is_killed", "a_process_is_restarted",
]  # fmt: skip


def test_the_protocol_is_its_model(transactional_db, monkeypatch, settings, pytestconfig):
    settings.RATES = {**settings.RATES, "message": ("", "")}
    long = STEPS > ORDINARY
    drawn_from = int(os.environ.get("VEDA_MODEL_SEED") or random.randrange(2**32))
    started, terminal = time.monotonic(), pytestconfig.get_terminal_writer()
    if long:
        terminal.line(f"\nVEDA_MODEL_SEED={drawn_from}")
    monkeypatch.setattr(queue, "WAITING_PER_PATIENT", MOST_WAITING_OF_A_PATIENT)
    monkeypatch.setattr(screening, "LASTING", frozenset())  # what concerns do to later replies isn't of the protocol
    Protocol.steps = 0
    with one_loop(monkeypatch) as Protocol.parts:
        run_state_machine_as_test(
            seed(drawn_from)(Protocol) if long else Protocol,
            settings=hypothesis_settings(
                max_examples=STEPS // STEPS_ON_AVERAGE,
                stateful_step_count=STEPS_AT_A_TIME,
                derandomize=not long,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=False,
            ),
        )
    if long:
        terminal.line(f"{Protocol.steps} steps in {time.monotonic() - started:.0f} s")
    assert Protocol.steps >= STEPS
