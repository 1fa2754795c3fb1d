"""The protocol against a model of it: whatever is sent, stopped, cut, resumed, repeated and killed, in whatever order.

VEDA_MODEL_STEPS says how many steps are taken. A thousand are the same in each run; more are others each time, from
VEDA_MODEL_SEED or from a number that is printed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from accounts.tests.factories import UserFactory
from accounts.tokens import start_session
from chat import news
from chat.models import Conversation, Message
from chat.tests.protocol_model import UNFINISHED, Asked, Book, Exchange, Tab, answers
from chat.tests.sockets import PATIENCE
from chat.tests.stepped import A_LOOK, Clock, Post, Process, Scripts, Threads, one_loop
from chat.threads import in_thread
from pipeline import wiring
from pipeline.errors import ProviderError

STEPS = int(os.environ.get("VEDA_MODEL_STEPS", "1000"))
STEPS_AT_A_TIME = 40
ORDINARY = 1000

pytestmark = pytest.mark.timeout(120 + STEPS)

LOOKS_FOR_DEATH = 6
MOST_WAITING = 3
MOST_TABS = 6
PIECES = [
    "Rest", " in", " the dark.", "é", "e\u0301", "🌙", "👩‍⚕️", "🏳️‍🌈", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000",
    "", " " * 30, "\n" * 25 + "x", "\x00", "\x07", "\x1b[31m", "\u202e", "\x85", "**bold** ",
]  # fmt: skip

some = st.integers(0, 11)
"""One of those that there are, whatever their number."""


def step(work: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs it on the machine's loop; afterwards everybody must have what is theirs."""

    @functools.wraps(work)
    def run(self: Protocol, **drawn: Any) -> None:
        self.on_loop(self.take_step(work(self, **drawn)))

    return run


def one_of(them: list[Any], number: int) -> Any:
    return them[number % len(them)]


class Protocol(RuleBasedStateMachine):
    threads: Threads
    scripts: Scripts
    errors: list[str]
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.sound = True
        self.processes: list[Process] = []
        self.tabs: list[Tab] = []

    def on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        self.sound, sound = False, self.sound
        self.loop.run_until_complete(work)
        self.sound = sound

    async def take_step(self, work: Coroutine[Any, Any, None]) -> None:
        Protocol.steps += 1
        await work
        await self.settle()

    @initialize(at_once=st.integers(1, 3), per_patient=st.integers(1, 2))
    @step
    async def begin(self, at_once: int, per_patient: int) -> None:
        django_settings.MAX_REPLIES_AT_ONCE, django_settings.MAX_REPLIES_PER_USER = at_once, per_patient
        self.book = Book(at_once, per_patient, MOST_WAITING)
        self.clock, self.post = Clock(), Post()
        news.get_channel_layer = lambda: self.post
        self.asked = 0
        self.errors.clear()
        people = await in_thread(_people)()
        self.conversations = [str(conversation.id) for conversation, _ in people]
        self.patients = {str(conversation.id): conversation.user_id for conversation, _ in people}
        self.tokens = {str(conversation.id): token for conversation, token in people}
        self.processes = [await self.start(), await self.start()]

    async def start(self) -> Process:
        process = Process(self.clock)
        await process.start()
        return process

    # Tabs

    @precondition(lambda self: len(self.tabs) < MOST_TABS)
    @rule(conversation=some, process=some)
    @step
    async def open_a_tab(self, conversation, process):
        await self.open(one_of(self.conversations, conversation), one_of(self.processes, process))

    async def open(self, conversation: str, process: Process) -> Tab:
        address = f"/ws/conversations/{conversation}?token={self.tokens[conversation]}"
        tab = Tab(process, conversation, self.book, await process.open(address))
        tab.reads_along()
        self.tabs.append(tab)
        await self.ping(tab)
        return tab

    @precondition(lambda self: self.tabs)
    @rule(tab=some, how=st.sampled_from(["goodbye", "cut", "unnoticed"]))
    @step
    async def close_a_tab(self, tab, how):
        gone = self.tabs.pop(tab % len(self.tabs))
        if how == "goodbye":
            await gone.socket.leave()
        elif how == "cut":
            gone.socket.communicator.future.cancel()

    @precondition(lambda self: self.tabs)
    @rule(tab=some)
    @step
    async def a_tab_asks_whether_the_line_lives(self, tab):
        await self.ping(one_of(self.tabs, tab))

    async def ping(self, tab: Tab) -> None:
        """It hears what news may have been lost, of all that was sent since it opened."""
        await tab.socket.send("ping")
        before = tab.pongs
        await self.until(lambda: tab.pongs > before)
        tab.must_know |= {each for each in self.book.exchanges[tab.came_after :] if each.conversation == tab.conversation}

    @precondition(lambda self: self.tabs and self.book.exchanges)
    @rule(
        tab=some,
        exchange=some,
        what=st.sampled_from(["reply", "reply", "question", "nothing", "unknown", "elsewhere"]),
        off_by=st.sampled_from([0, 0, -1, -3, 1, 50]),
    )
    @step
    async def a_tab_resumes(self, tab, exchange, what, off_by):
        resuming = one_of(self.tabs, tab)
        here = self.book.of_conversation(resuming.conversation)
        elsewhere = [each for each in self.book.exchanges if each.conversation != resuming.conversation]
        if what in {"reply", "question"} and here:
            held = one_of(here, exchange)
            message_id = held.reply_id if what == "reply" else held.message_id
            view = resuming.views.get(held.reply_id)
            offset = max(0, (view.end if view else len(held.text)) + off_by) if what == "reply" else 0
            await self.resume(resuming, Asked(message_id, offset, held, holds_reply=what == "reply"))
        elif what == "elsewhere" and elsewhere:
            await self.resume(resuming, Asked(one_of(elsewhere, exchange).reply_id, 3, None, holds_reply=True))
        else:
            unknown = str(uuid.uuid4()) if what == "unknown" else None
            await self.resume(resuming, Asked(unknown, 0, None, holds_reply=False))

    async def resume(self, tab: Tab, asked: Asked) -> None:
        tab.asked.append(asked)
        await tab.socket.send(
            "resume",
            conversationId=tab.conversation,
            lastMessageId=asked.last_message_id,
            offset=asked.offset,
        )

    # Sending

    @rule(tab=some, conversation=some, process=some, kind=st.sampled_from(["ordinary"] * 4 + ["emergency", "crisis"]))
    @step
    async def send(self, tab, conversation, process, kind):
        """Over a tab of the conversation, or by REST where it has none there."""
        exchange = self.new_exchange(one_of(self.conversations, conversation), kind)
        await self.send_by([self.door(exchange.conversation, tab, process)], exchange)

    @rule(conversation=some, doors=st.tuples(some, some), processes=st.tuples(some, some))
    @step
    async def send_twice_at_once(self, conversation, doors, processes):
        exchange = self.new_exchange(one_of(self.conversations, conversation), "ordinary")
        two = [self.door(exchange.conversation, *given) for given in zip(doors, processes, strict=True)]
        await self.send_by(two, exchange)

    @precondition(lambda self: self.book.exchanges)
    @rule(exchange=some, door=some, process=some)
    @step
    async def send_again(self, exchange, door, process):
        again = one_of(self.book.exchanges, exchange)
        await self.send_by([self.door(again.conversation, door, process)], again)

    def new_exchange(self, conversation: str, kind: str) -> Exchange:
        self.asked += 1
        return Exchange(self.asked, kind, self.patients[conversation], conversation)

    def door(self, conversation: str, number: int, process: int) -> Tab | Process:
        doors = [tab for tab in self.tabs if tab.conversation == conversation]
        return one_of([*doors, one_of(self.processes, process)], number)

    async def send_by(self, doors: list[Tab | Process], exchange: Exchange) -> None:
        new = exchange not in self.book.exchanges
        taken = not new or self.book.takes(exchange)
        if new and taken:
            self.book.exchanges.append(exchange)
        results = await asyncio.gather(*(self.send_one(door, exchange) for door in doors))
        if not taken:
            assert results == ["busy"] * len(doors)
            return
        assert results == ["taken"] * len(doors)
        if new and not self.post.holds:
            self.everybody_knows(exchange)

    async def send_one(self, door: Tab | Process, exchange: Exchange) -> str:
        key = exchange.client_message_id
        if isinstance(door, Process):
            return await self.send_by_rest(door, exchange)
        door.sent[key] += 1
        await door.socket.send("message", client_message_id=key, content=exchange.question)
        await self.until(lambda: not door.sent[key] or key in door.refused)
        if key not in door.refused:
            return "taken"
        door.sent[key] = 0
        return str(door.refused.pop(key)["error"])

    async def send_by_rest(self, process: Process, exchange: Exchange) -> str:
        body = {"content": exchange.question, "client_message_id": exchange.client_message_id}
        answer = await self.call(process, exchange.conversation, "post", "/messages", body)
        given = answer.json()
        match answer.status_code:
            case 201:
                answers(exchange, {key: value for key, value in given.items() if key != "replyId"}, given["replyId"])
            case 422:
                assert (given["error"]["code"], exchange.kind) == ("unsafe", "crisis")
                exchange.message_id, exchange.reply_id = given["id"], given["replyId"]
            case 503:
                return str(given["error"]["code"])
            case other:
                raise AssertionError(other)
        return "taken"

    async def call(self, process: Process, conversation: str, method: str, address: str = "", body: Any = None) -> Any:
        token = self.tokens[conversation]
        return await process.call(token, method, f"/api/conversations/{conversation}{address}", body)

    def everybody_knows(self, exchange: Exchange) -> None:
        for tab in self.tabs:
            if tab.conversation == exchange.conversation:
                tab.must_know.add(exchange)

    # Writing and stopping

    @rule(which=some, pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
    @step
    async def a_model_says(self, which, pieces):
        self.say(which, pieces)

    @rule(which=some, pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
    @step
    async def a_model_goes_on(self, which, pieces):
        self.say(which, pieces)

    def say(self, which: int, pieces: list[str]) -> None:
        if written := self.written():
            exchange = one_of(written, which)
            exchange.said += "".join(pieces)
            self.script_of(exchange).say(*pieces)

    def written(self) -> list[Exchange]:
        return [each for each in self.book.exchanges if each.is_written]

    def script_of(self, exchange: Exchange) -> Any:
        script = self.scripts.of(exchange.question)
        assert script
        return script

    @rule(which=some, pieces=st.lists(st.sampled_from(PIECES), max_size=4))
    @step
    async def a_reply_ends(self, which, pieces):
        self.say(which, pieces)
        if written := self.written():
            await self.end(one_of(written, which))

    async def end(self, exchange: Exchange) -> None:
        self.script_of(exchange).end()
        await self.until_over(exchange, "done", None)

    @rule(which=some, error=st.sampled_from([ProviderError("The model host is away.", retryable=True), KeyError("x")]))
    @step
    async def a_model_fails(self, which, error):
        if written := self.written():
            exchange = one_of(written, which)
            self.script_of(exchange).fail(error)
            await self.until_over(exchange, "incomplete", "failed")

    @precondition(lambda self: self.tabs and self.book.exchanges)
    @rule(tab=some, which=some)
    @step
    async def a_tab_stops_a_reply(self, tab, which):
        stopping = one_of(self.tabs, tab)
        here = self.book.of_conversation(stopping.conversation)
        # Unfinished ones first: nothing comes of stopping the others.
        here.sort(key=lambda each: each.over)
        if not here:
            return
        exchange = here[0] if which < 9 else one_of(here, which)
        was = exchange.status
        await stopping.socket.send("stop", messageId=exchange.reply_id)
        await self.ping(stopping)
        if was == "queued":
            await self.until_over(exchange, "incomplete", "stopped")
            if not self.post.holds:
                self.everybody_hears_the_end_of(exchange)
        elif was == "streaming":
            exchange.stop_wanted = True
            if exchange.is_written and not self.post.holds:
                await self.until_over(exchange, "incomplete", "stopped")

    def everybody_hears_the_end_of(self, exchange: Exchange) -> None:
        for tab in self.tabs:
            if view := tab.views.get(exchange.reply_id):
                view.due = True

    @precondition(lambda self: self.tabs)
    @rule(tab=some, which=some)
    @step
    async def a_tab_stops_what_is_not_its_own(self, tab, which):
        stopping = one_of(self.tabs, tab)
        elsewhere = [each.reply_id for each in self.book.exchanges if each.conversation != stopping.conversation]
        await stopping.socket.send("stop", messageId=one_of([str(uuid.uuid4()), *elsewhere], which))
        await self.until(lambda: None in stopping.refused)
        assert stopping.refused.pop(None)["error"] == "not_found"

    # News

    @rule()
    @step
    async def news_are_held_back(self):
        self.post.holds = True

    @rule(lost=st.sets(st.integers(0, 7)), backwards=st.booleans())
    @step
    async def news_come(self, lost, backwards):
        await self.let_news_come(lost, backwards=backwards)

    async def let_news_come(self, lost: set[int], *, backwards: bool = False) -> None:
        """Some of those that were held back never do."""
        self.post.holds = False
        held, self.post.held = self.post.held, []
        for number, (group, event) in enumerate(held[::-1] if backwards else held):
            if number in lost:
                continue
            await self.post.group_send(group, event)
            match event["type"]:
                case "message.sent":
                    self.everybody_knows(self.book.of_message(event["message_id"]))
                case "reply.ended":
                    self.everybody_hears_the_end_of(self.book.of_reply(event["reply_id"]))
                case "stop":
                    exchange = self.book.of_reply(event["reply_ids"][0])
                    if exchange.is_written:
                        await self.until_over(exchange, "incomplete", "stopped")

    # Time, and processes

    @rule(turns=st.sampled_from([1, 1, 2, LOOKS_FOR_DEATH]), stalled=st.sampled_from([None, None, 0, 1]))
    @step
    async def time_passes(self, turns, stalled):
        await self.let_pass(turns, stalled)

    async def let_pass(self, turns: int, stalled: int | None = None) -> None:
        """A process that is stalled neither stores nor looks meanwhile; its replies are written on."""
        awake = [process for number, process in enumerate(self.processes) if number != stalled]
        for _ in range(turns):
            self.clock.seconds += A_LOOK
            for each in self.book.with_status("streaming"):
                each.unrenewed += A_LOOK
            for process in awake:
                await process.do(process.runner.store())
                for each in self.written():
                    if each.writer is process:
                        each.unrenewed = 0.0
                        if each.stop_wanted:
                            await self.until_over(each, "incomplete", "stopped")
            for process in awake:
                await process.do(process.runner.look())
            await self.adopt()
        for process in awake:
            await process.do(process.runner.look())
        if turns >= LOOKS_FOR_DEATH:
            forgotten = [each for each in self.book.with_status("streaming") if each.writer not in awake]
            assert not forgotten, f"written for ever: {forgotten}"
        for tab in self.tabs:
            for view in tab.views.values():
                if tab.process in awake:
                    view.due = view.exchange.over
                    if view.exchange.writer in awake:
                        view.floor = len(view.exchange.text)

    @rule(
        which=st.integers(0, 1),
        amid=st.sampled_from(["", "", "send", "say", "end", "stop", "store", "look"]),
        ticks=st.integers(0, 12),
        number=some,
    )
    @step
    async def a_process_is_killed(self, which, amid, ticks, number):
        process = self.processes[which]
        mine = [each for each in self.written() if each.writer is process]
        work: asyncio.Task[Any] | None = None
        exchange = self.new_exchange(one_of(self.conversations, number), "ordinary") if amid == "send" else None
        if exchange:
            self.book.exchanges.append(exchange)
            body = {"content": exchange.question, "client_message_id": exchange.client_message_id}
            work = asyncio.create_task(self.call(process, exchange.conversation, "post", "/messages", body))
        elif amid == "say":
            self.say(self.written().index(mine[0]), PIECES) if mine else None
        elif amid == "end" and mine:
            self.script_of(one_of(mine, number)).end()
        elif amid in {"store", "look"}:
            work = process.do(getattr(process.runner, amid)())
        for _ in range(ticks):
            await asyncio.sleep(0)
        await process.kill()
        for tab in self.tabs:
            tab.take(tab.receive())
        self.tabs = [tab for tab in self.tabs if tab.process is not process]
        if work:
            await asyncio.gather(work, return_exceptions=True)
        await self.until(lambda: not self.threads.at_work)
        self.processes[which] = await self.start()
        if exchange:
            self.book.exchanges.remove(exchange)
            stored = exchange.client_message_id in {row["client_message_id"] for row in await in_thread(_rows)([exchange.conversation])}
            await self.send_by_its_client(exchange, stored)

    # What must be so

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self.look_around()

    async def look_around(self) -> None:
        received = [tab.receive() for tab in self.tabs]
        await self.adopt()
        for tab, events in zip(self.tabs, received, strict=True):
            tab.take(events)
        await asyncio.sleep(0.001)
