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
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from accounts.tests.factories import UserFactory
from accounts.tokens import start_session
from chat import news
from chat.models import Conversation, Message
from chat.open_sockets import COME_BACK
from chat.tests.protocol_model import UNFINISHED, Asked, Book, Exchange, Tab, answers
from chat.tests.sockets import PATIENCE
from chat.tests.stepped import A_LOOK, Clock, Post, Process, Scripts, Threads, one_loop
from chat.threads import in_thread
from pipeline import wiring
from pipeline.errors import ProviderError

STEPS = int(os.environ.get("VEDA_MODEL_STEPS", "1000"))
STEPS_AT_A_TIME = 40
STEPS_ON_AVERAGE = 25
"""Hypothesis breaks some off before."""
ORDINARY = 1000

pytestmark = pytest.mark.timeout(120 + STEPS)

LOOKS_FOR_DEATH = 6
MOST_WAITING = 3
MOST_TABS = 6
PIECES = [
    "Rest", " in", " the dark.", "é", "e\u0301", "🌙", "👩‍⚕️", "🏳️‍🌈", " ", "  ", "\n", "\n\n", "\r\n", "\t",
    "\u00a0", "\u3000", "", " " * 30, "\n" * 25 + "x", "\x00", "\x07", "\x1b[31m", "\u202e", "\x85", "**bold** ",
]  # fmt: skip

Row = dict[str, Any]

some = st.integers(0, 11)
"""One of those that there are, whatever their number."""


def spelt(number: int) -> list[str]:
    """One drawn number makes up to four pieces: Hypothesis gives up on steps that draw much."""
    pieces = [PIECES[number % len(PIECES)]]
    return pieces + spelt(number // len(PIECES)) if number >= len(PIECES) else pieces


words = st.integers(0, len(PIECES) ** 4 - 1).map(spelt)


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
    post: Post
    limits: Any
    errors: list[str]
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.sound = True
        self.processes: list[Process] = []
        self.started: list[Process] = []
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
        self.limits.MAX_REPLIES_AT_ONCE, self.limits.MAX_REPLIES_PER_USER = at_once, per_patient
        self.post.holds, self.post.held = False, []
        self.errors.clear()
        self.book = Book(at_once, per_patient, MOST_WAITING)
        self.clock, self.asked = Clock(), 0
        Protocol.scripts = Scripts()
        # Names of channels are drawn by what Hypothesis has set: they come again, and so would what waits in them.
        await get_channel_layer().flush()
        people = await in_thread(_people)()
        self.conversations = [str(conversation.id) for conversation, _ in people]
        self.patients = {str(conversation.id): conversation.user_id for conversation, _ in people}
        self.tokens = {str(conversation.id): token for conversation, token in people}
        self.processes = [await self.start(), await self.start()]
        for process in self.processes:
            await self.open(self.conversations[0], process)
        await self.send_by(self.tabs[:1], self.new_exchange(self.conversations[0], "ordinary"))

    async def start(self) -> Process:
        process = Process(self.clock)
        self.started.append(process)
        await process.start()
        return process

    # Tabs

    @rule(conversation=some, process=some)
    @step
    async def open_a_tab(self, conversation, process):
        if len(self.tabs) == MOST_TABS:
            await self.tabs.pop(0).socket.leave()
        await self.open(one_of(self.conversations, conversation), one_of(self.processes, process))

    async def some_tab(self, number: int) -> Tab:
        """One is opened, where there is none."""
        return one_of(self.tabs, number) if self.tabs else await self.open(self.conversations[0], self.processes[0])

    async def open(self, conversation: str, process: Process) -> Tab:
        address = f"/ws/conversations/{conversation}?token={self.tokens[conversation]}"
        tab = Tab(process, conversation, self.book, await process.open(address))
        tab.reads_along()
        self.tabs.append(tab)
        await self.ping(tab)
        return tab

    @rule(tab=some, how=st.sampled_from(["goodbye", "cut", "unnoticed"]))
    @step
    async def close_a_tab(self, tab, how):
        gone = await self.some_tab(tab)
        self.tabs.remove(gone)
        if how == "goodbye":
            await gone.socket.leave()
        elif how == "cut":
            gone.socket.communicator.future.cancel()

    @rule(tab=some)
    @step
    async def a_tab_asks_whether_the_line_lives(self, tab):
        await self.ping(await self.some_tab(tab))

    async def ping(self, tab: Tab) -> None:
        """It hears what news may have been lost, of all that was sent since it opened."""
        await tab.socket.send("ping")
        before = tab.pongs
        await self.until(lambda: tab.pongs > before)
        tab.must_know |= {
            each for each in self.book.exchanges[tab.came_after :] if each.conversation == tab.conversation
        }

    @rule(
        tab=some,
        exchange=some,
        what=st.sampled_from(["reply", "reply", "question", "nothing", "unknown", "elsewhere"]),
        off_by=st.sampled_from([0, 0, -1, -3, 1, 50]),
    )
    @step
    async def a_tab_resumes(self, tab, exchange, what, off_by):
        resuming = await self.some_tab(tab)
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

    @rule(exchange=some, door=some, process=some)
    @step
    async def send_again(self, exchange, door, process):
        again = one_of(self.book.exchanges, exchange)
        await self.send_by([self.door(again.conversation, door, process)], again)

    def new_exchange(self, conversation: str, kind: str) -> Exchange:
        self.asked += 1
        ends = {("done", None)} if kind == "crisis" else set()
        return Exchange(self.asked, kind, self.patients[conversation], conversation, may_end=ends)

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
        assert results == ["ack"] * len(doors)
        if new and not self.post.holds:
            self.everybody_knows(exchange)

    async def send_one(self, door: Tab | Process, exchange: Exchange) -> str:
        key = exchange.client_message_id
        if isinstance(door, Process):
            return await self.send_by_rest(door, exchange)
        number = door.sent[key]
        door.sent[key] += 1
        await door.socket.send("message", client_message_id=key, content=exchange.question)
        await self.until(lambda: len(door.answers[key]) > number)
        return door.answers[key][number]

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
        return "ack"

    async def call(self, process: Process, conversation: str, method: str, address: str = "", body: Any = None) -> Any:
        token = self.tokens[conversation]
        return await process.call(token, method, f"/api/conversations/{conversation}{address}", body)

    def everybody_knows(self, exchange: Exchange) -> None:
        for tab in self.tabs:
            if tab.conversation == exchange.conversation:
                tab.must_know.add(exchange)

    # Writing and stopping

    @rule(which=some, pieces=words)
    @step
    async def a_model_says(self, which, pieces):
        if writing := await self.some_are_written():
            self.say(one_of(writing + self.taken(), which), pieces)

    async def some_are_written(self) -> list[Exchange]:
        """Somebody asks first, where nothing is."""
        if not self.written():
            await self.send_by([self.processes[0]], self.new_exchange(self.conversations[0], "ordinary"))
            await self.settle()
        return self.written()

    def written(self) -> list[Exchange]:
        return [each for each in self.book.exchanges if each.is_written]

    def taken(self) -> list[Exchange]:
        """Whose writers were taken for dead, and don't know."""
        return [each for each in self.book.exchanges if each.taken and each.writer.lives]

    def say(self, exchange: Exchange, pieces: list[str]) -> None:
        exchange.said += "".join(pieces)
        self.script_of(exchange).say(*pieces)

    def script_of(self, exchange: Exchange) -> Any:
        script = self.scripts.of(exchange.question)
        assert script
        return script

    @rule(which=some, pieces=words)
    @step
    async def a_reply_ends(self, which, pieces):
        if writing := await self.some_are_written():
            exchange = one_of(writing + self.taken(), which)
            self.say(exchange, pieces)
            await self.end(exchange)

    async def end(self, exchange: Exchange) -> None:
        self.script_of(exchange).end()
        if not exchange.taken:
            await self.until_over(exchange, "done", None)

    @rule(which=some, expected=st.booleans())
    @step
    async def a_model_fails(self, which, expected):
        if writing := await self.some_are_written():
            exchange = one_of(writing, which)
            error = ProviderError("The model host is away.", retryable=True) if expected else KeyError("x")
            self.script_of(exchange).fail(error)
            await self.until_over(exchange, "incomplete", "failed")

    @rule(tab=some, which=some)
    @step
    async def a_tab_stops_a_reply(self, tab, which):
        stopping = await self.some_tab(tab)
        here = self.book.of_conversation(stopping.conversation)
        # Unfinished ones first: nothing comes of stopping the others.
        here.sort(key=lambda each: each.over)
        if not here:
            return
        exchange = here[0] if which < 9 else one_of(here, which)
        was = exchange.status
        if was in UNFINISHED:
            exchange.may_end.add(("incomplete", "stopped"))
        await stopping.socket.send("stop", messageId=exchange.reply_id)
        await self.ping(stopping)
        if was == "queued":
            assert exchange.over
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

    @rule(tab=some, which=some)
    @step
    async def a_tab_stops_what_is_not_its_own(self, tab, which):
        stopping = await self.some_tab(tab)
        elsewhere = [each.reply_id for each in self.book.exchanges if each.conversation != stopping.conversation]
        await stopping.socket.send("stop", messageId=one_of([str(uuid.uuid4()), *elsewhere], which))
        await self.until(lambda: stopping.refused)
        assert stopping.refused.pop() == "not_found"

    # News

    @precondition(lambda self: not self.post.holds)
    @rule()
    @step
    async def news_are_held_back(self):
        self.post.holds = True

    @precondition(lambda self: self.post.holds)
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

    @rule(
        turns=st.sampled_from([1, 2, LOOKS_FOR_DEATH, LOOKS_FOR_DEATH]),
        stalled=st.sampled_from([None, None, "a writer", "any"]),
        which=some,
    )
    @step
    async def time_passes(self, turns, stalled, which):
        """A process that is stalled neither stores nor looks meanwhile; its replies are written on."""
        if stalled is None:
            await self.let_pass(turns)
        else:
            await self.let_pass(turns, await self.some_process(which, stalled))

    async def some_process(self, number: int, what: str) -> Process:
        writing = await self.some_are_written() if what == "a writer" else []
        return one_of(writing, number).writer if writing else one_of(self.processes, number)

    async def let_pass(self, turns: int, stalled: Process | None = None) -> None:
        awake = [process for process in self.processes if process is not stalled]
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
        which=some,
        what=st.sampled_from(["a writer", "a writer", "any"]),
        amid=st.sampled_from(["", "", "send", "say", "end", "store", "look"]),
        ticks=st.integers(0, 12),
        number=some,
    )
    @step
    async def a_process_is_killed(self, which, what, amid, ticks, number):
        process = await self.some_process(which, what)
        mine = [each for each in self.written() if each.writer is process]
        for each in mine:
            self.say(each, one_of([["Rest"], [" now, "], []], number))
        await self.settle()
        exchange: Exchange | None = None
        work: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        work.set_result(None)
        if amid == "send":
            exchange = self.new_exchange(one_of(self.conversations, number), "ordinary")
            self.book.exchanges.append(exchange)
            work = asyncio.create_task(self.send_by_rest(process, exchange))
        elif amid == "say" and mine:
            self.say(one_of(mine, number), PIECES)
        elif amid == "end" and mine:
            mine[0].may_end.add(("done", None))
            self.script_of(mine[0]).end()
        elif amid in {"store", "look"}:
            work = process.do(getattr(process.runner, amid)())
        for _ in range(ticks):
            await asyncio.sleep(0)
        await process.kill()
        await asyncio.gather(work, return_exceptions=True)
        await self.until(lambda: not self.threads.at_work)
        await self.replace(process)
        if exchange:
            await self.send_once_more(exchange)

    async def send_once_more(self, exchange: Exchange) -> None:
        """Its sender doesn't know whether it was taken, and says it again to another process."""
        stored = exchange.client_message_id in {row["client_message_id"] for row in self.rows}
        if not stored:
            self.book.exchanges.remove(exchange)
        await self.send_by([self.processes[0]], exchange)

    @rule(which=some)
    @step
    async def a_process_is_restarted(self, which):
        process = one_of(self.processes, which)
        mine = [each for each in self.written() if each.writer is process]
        for each in mine:
            each.may_end.add(("incomplete", "interrupted"))
        await process.stop()
        its_tabs = [tab for tab in self.tabs if tab.process is process]
        await self.until(lambda: all(each.over for each in mine) and all(tab.close_code for tab in its_tabs))
        for tab in its_tabs:
            assert tab.close_code == COME_BACK
            untold = [view.exchange for view in tab.views.values() if view.exchange in mine and not view.over]
            assert not untold, f"closed without a word on {untold}"
        await self.replace(process)

    async def replace(self, process: Process) -> None:
        await self.look_around()
        self.tabs = [tab for tab in self.tabs if tab.process is not process]
        self.processes[self.processes.index(process)] = await self.start()

    # What must be so

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self.look_around()

    async def until_over(self, exchange: Exchange, status: str, reason: str | None) -> None:
        exchange.may_end.add((status, reason))
        await self.until(lambda: exchange.over)
        assert (exchange.status, exchange.reason) == (status, reason)

    async def look_around(self) -> None:
        """What is told was stored before: so the tabs' queues are emptied first, and looked at last."""
        received = [tab.receive() for tab in self.tabs]
        await self.adopt()
        for tab, events in zip(self.tabs, received, strict=True):
            tab.take(events)
        await asyncio.sleep(0.001)

    async def adopt(self) -> None:
        """What happened in the database, where it may have."""
        self.rows, self.counts = await in_thread(_stored)(self.conversations)
        replies = {row["reply_to_id"]: row for row in self.rows if row["sender"] == "assistant"}
        for row in self.rows:
            if row["sender"] == "user":
                self.adopt_one(self.book.of_client_id(row["client_message_id"]), row, replies[row["id"]])

    def adopt_one(self, exchange: Exchange, question: Row, reply: Row) -> None:
        exchange.message_id = exchange.message_id or question["id"]
        exchange.reply_id = exchange.reply_id or reply["id"]
        assert (exchange.message_id, exchange.reply_id) == (question["id"], reply["id"])
        status, reason = reply["status"], reply["metadata"].get("reason")
        if exchange.status == "queued" and status != "queued" and reply["fence"] and reply["lease_holder"]:
            exchange.writer = next(each for each in self.started if each.runner.holder == reply["lease_holder"])
        if exchange.over:
            assert (status, reason, reply["content"]) == (exchange.status, exchange.reason, exchange.content)
        elif status in UNFINISHED:
            assert (exchange.status, status) != ("streaming", "queued")
            exchange.status = status
        else:
            exchange.end(status, reason, reply["content"])

    async def settle(self) -> None:
        started = time.monotonic()
        await self.look_around()
        while missing := self.missing():
            assert time.monotonic() < started + PATIENCE, f"nobody brought {missing}"
            if self.book.whose_turn_it_is():
                self.processes[0].runner.wake()
            await self.look_around()
        self.agree()

    def missing(self) -> list[str]:
        unclaimed = [f"a writer of {each}" for each in self.book.whose_turn_it_is()]
        behind = [f"the words of {each}" for each in self.written() if not self.has_published(each)]
        return unclaimed + behind + [f"{what} ({tab})" for tab in self.tabs for what in tab.missing()]

    def has_published(self, exchange: Exchange) -> bool:
        assert exchange.writer
        asked = self.scripts.of(exchange.question)
        return bool(asked) and exchange.writer.log.length(exchange.reply_id) == len(exchange.text)

    def agree(self) -> None:
        for conversation in self.conversations:
            here = [row for row in self.rows if row["conversation_id"] == conversation]
            asked = self.book.of_conversation(conversation)
            assert [row["position"] for row in here] == list(range(1, len(here) + 1))
            assert self.counts[conversation] == (len(here), len(here))
            ids = [id for each in asked for id in (each.message_id, each.reply_id)]
            assert [row["id"] for row in here] == ids
        self.book.keeps_its_limits()
        for tab in self.tabs:
            assert not tab.refused, tab.refused
            assert tab.close_code is None, tab.close_code
        assert not self.errors, self.errors

    # The end

    def teardown(self) -> None:
        try:
            if self.sound and self.processes:
                self.on_loop(self.finish())
        finally:
            self.loop.run_until_complete(self.leave())
            self.loop.close()

    async def finish(self) -> None:
        """Everything is let come to its end, and everybody has the same."""
        await self.let_news_come(set())
        await self.settle()
        while self.book.with_status(*UNFINISHED):
            for each in self.written():
                await self.end(each)
            await self.let_pass(LOOKS_FOR_DEATH)
            await self.settle()
        for tab in self.tabs:
            await self.ping(tab)
        await self.settle()
        for conversation in self.conversations:
            for process in self.processes:
                await self.open(conversation, process)
        for tab in self.tabs:
            tab.socket.frames.clear()
            await self.resume(tab, Asked(None, 0, None, holds_reply=False))
        await self.settle()
        for conversation in self.conversations:
            listed = (await self.call(self.processes[0], conversation, "get", "/messages?page_size=200")).json()
            for tab in self.tabs:
                if tab.conversation == conversation:
                    assert [frame["message"] for frame in tab.socket.of_type("done")] == listed["results"]

    async def leave(self) -> None:
        for process in self.started:
            await process.leave()
        await in_thread(Conversation.objects.all().delete)()
        await asyncio.get_running_loop().shutdown_default_executor()


def _people() -> list[tuple[Conversation, str]]:
    """Conversations, two of them of one patient, and who may read them."""
    owner, other = UserFactory(), UserFactory()
    tokens = {user: start_session(user=user, method="password").access for user in (owner, other)}
    return [(Conversation.objects.create(user=user), tokens[user]) for user in (owner, owner, other)]


def _stored(conversations: list[str]) -> tuple[list[Row], dict[str, tuple[int, int]]]:
    rows = Message.objects.filter(conversation_id__in=conversations).order_by("position").values(
        "id", "conversation_id", "position", "sender", "status", "content", "metadata", "client_message_id",
        "reply_to_id", "lease_holder", "fence",
    )  # fmt: skip
    counts = Conversation.objects.filter(id__in=conversations).values_list("id", "messages_count", "last_position")
    plain = [{key: str(value) if isinstance(value, uuid.UUID) else value for key, value in row.items()} for row in rows]
    return plain, {str(id): (count, last) for id, count, last in counts}


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What the product logs as an error, but for replies that the test lets fail."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name.startswith("chat.") and not record.msg.startswith("Reply %s failed"):
                lines.append(record.getMessage())

    handler = Kept(logging.ERROR)
    loggers = [
        logging.getLogger(name)
        for name, own in django_settings.LOGGING["loggers"].items()
        if not own.get("propagate", True)
    ]
    for logger in loggers:
        logger.addHandler(handler)
    yield lines
    for logger in loggers:
        logger.removeHandler(handler)


def test_the_protocol_is_its_model(transactional_db, monkeypatch, settings, errors):
    settings.RATES = {**settings.RATES, "message": ("", "")}
    settings.MAX_REPLIES_QUEUED = MOST_WAITING
    Protocol.errors, Protocol.post, Protocol.limits = errors, Post(), settings
    monkeypatch.setattr(wiring, "pipeline", lambda: Protocol.scripts.pipeline())
    monkeypatch.setattr(news, "get_channel_layer", lambda: Protocol.post)
    number = int(os.environ.get("VEDA_MODEL_SEED") or random.randrange(2**32))
    long = STEPS > ORDINARY
    if long:
        print(f"VEDA_MODEL_SEED={number}")  # noqa: T201  (to take the same steps again)
    with one_loop(monkeypatch) as Protocol.threads:
        run_state_machine_as_test(
            seed(number)(Protocol) if long else Protocol,
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
    print(f"{Protocol.steps} steps")  # noqa: T201
    assert Protocol.steps >= STEPS
