"""Two processes of the product beside a model of their conversations: what is done to the one is done to the other.

Whatever was done, `settle` waits until everybody has what is theirs, and compares.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from channels.layers import channel_layers, get_channel_layer

from accounts.tests.factories import UserFactory
from accounts.tokens import start_session
from chat.models import Conversation, Message
from chat.open_sockets import COME_BACK
from chat.tests.protocol_model import UNFINISHED, Asked, Book, Exchange, Tab, answers
from chat.tests.scripted import Script
from chat.tests.sockets import PATIENCE
from chat.tests.stepped import A_LOOK, Clock, Parts, Process
from chat.threads import in_thread

LOOKS_FOR_DEATH = 6
"""After so many, a lease that nobody renewed has run out."""

Row = dict[str, Any]
Door = Tab | Process
"""By which a message is sent; of a process: by REST."""


class Site:
    def __init__(self, parts: Parts, book: Book) -> None:
        self.parts, self.post, self.book = parts, parts.post, book
        self.clock, self.asked = Clock(), 0
        self.processes: list[Process] = []
        self._started: list[Process] = []
        self.tabs: list[Tab] = []
        self.conversations: list[str] = []

    async def begin(self) -> None:
        """With a conversation that is open at both processes, and a question in it."""
        channel_layers.backends.clear()  # each run has a loop of its own, and closes no connection of another's
        # Hypothesis sets what names of channels are drawn by: they come again, and so would what waits in them.
        await get_channel_layer().flush()
        people = await in_thread(_people)()
        self.conversations = [str(conversation.id) for conversation, _ in people]
        self._patients = {str(conversation.id): conversation.user_id for conversation, _ in people}
        self._tokens = {str(conversation.id): token for conversation, token in people}
        self.processes = [await self._start(), await self._start()]
        for process in self.processes:
            await self.open(self.conversations[0], process)
        await self.send([self.tabs[0]], self.new_exchange(self.conversations[0]))

    async def _start(self) -> Process:
        process = Process(self.clock)
        self._started.append(process)
        await process.start()
        return process

    # Tabs

    async def open(self, conversation: str, process: Process) -> Tab:
        address = f"/ws/conversations/{conversation}?token={self._tokens[conversation]}"
        tab = Tab(process, conversation, self.book, await process.open(address))
        tab.reads_along()
        self.tabs.append(tab)
        await self.ping(tab)
        return tab

    async def ping(self, tab: Tab) -> None:
        """It hears what news may have been lost, of all that was sent since it opened."""
        before = tab.pongs
        await tab.socket.send("ping")
        await self.until(lambda: tab.pongs > before)
        since = self.book.exchanges[tab.came_after :]
        tab.must_know |= {each for each in since if each.conversation == tab.conversation}

    async def resume(self, tab: Tab, asked: Asked) -> None:
        tab.asked.append(asked)
        named = {"lastMessageId": asked.last_message_id, "offset": asked.offset}
        await tab.socket.send("resume", conversationId=tab.conversation, **named)

    # Sending

    def new_exchange(self, conversation: str, kind: str = "ordinary") -> Exchange:
        self.asked += 1
        return Exchange(self.asked, kind, self._patients[conversation], conversation)

    async def send(self, doors: list[Door], exchange: Exchange) -> None:
        """By all doors at once. All get the same, also where it was sent before."""
        new = exchange not in self.book.exchanges
        expected = self.book.answer_to(exchange) if new else "ack"
        if new and expected == "ack":
            self.book.exchanges.append(exchange)
        results = await asyncio.gather(*(self._send_by(door, exchange) for door in doors))
        assert results == [expected] * len(doors)
        if new and expected == "ack" and not self.post.holds:
            self._everybody_knows(exchange)

    async def _send_by(self, door: Door, exchange: Exchange) -> str:
        if isinstance(door, Process):
            return await self.send_by_rest(door, exchange)
        key = exchange.client_message_id
        number = door.sent[key]
        door.sent[key] += 1
        await door.socket.send("message", client_message_id=key, content=exchange.question)
        await self.until(lambda: len(door.answers[key]) > number)
        return door.answers[key][number]

    async def send_by_rest(self, process: Process, exchange: Exchange) -> str:
        """`ack`, or why it wasn't taken."""
        body = {"content": exchange.question, "client_message_id": exchange.client_message_id}
        answer = await self._call(process, exchange.conversation, "post", body)
        given = answer.json()
        match answer.status_code:
            case 201:
                reply_id = given.pop("replyId")
                given.pop("flag", None)
                answers(exchange, given, reply_id)
            case 422:
                assert (given["error"]["code"], exchange.kind) == ("unsafe", "crisis")
                answers(exchange, None, given["replyId"], message_id=given["id"])
            case status:
                assert status == {"busy": 503, "too_many_requests": 429}[given["error"]["code"]]
                return str(given["error"]["code"])
        return "ack"

    async def _call(self, process: Process, conversation: str, method: str, body: Any = None) -> Any:
        address = f"/api/conversations/{conversation}/messages" + ("?page_size=200" if method == "get" else "")
        return await process.call(self._tokens[conversation], method, address, body)

    def _everybody_knows(self, exchange: Exchange) -> None:
        for tab in self.tabs:
            if tab.conversation == exchange.conversation:
                tab.must_know.add(exchange)

    # Writing and stopping

    def written(self) -> list[Exchange]:
        return [each for each in self.book.exchanges if each.is_written]

    def written_by(self, process: Process) -> list[Exchange]:
        return [each for each in self.written() if each.writer is process]

    async def some_are_written(self) -> list[Exchange]:
        """Somebody asks first, where nothing is. Still nothing: a dead process has the only place."""
        if not self.written():
            await self.send([self.processes[0]], self.new_exchange(self.conversations[0]))
            await self.settle()
        return self.written()

    def taken(self) -> list[Exchange]:
        """Whose writers were taken for dead, and don't know it."""
        return [each for each in self.book.exchanges if each.written_on and each.writer and each.writer.lives]

    def say(self, exchange: Exchange, pieces: list[str]) -> None:
        exchange.said += "".join(pieces)
        self._script_of(exchange).say(*pieces)

    async def end(self, exchange: Exchange) -> None:
        self.begin_to_end(exchange)
        if not exchange.taken:
            await self._until_over(exchange)

    def begin_to_end(self, exchange: Exchange) -> None:
        if not exchange.taken:
            exchange.may_end.add(("done", None))
        self._script_of(exchange).end()

    async def fail(self, exchange: Exchange, error: Exception) -> None:
        exchange.may_end.add(("incomplete", "failed"))
        self._script_of(exchange).fail(error)
        await self._until_over(exchange)

    async def stop(self, tab: Tab, exchange: Exchange) -> None:
        was_queued = exchange.status == "queued"
        if not exchange.over:
            exchange.stop_wanted = True
            exchange.may_end.add(("incomplete", "stopped"))
        await tab.socket.send("stop", messageId=exchange.reply_id)
        await self.ping(tab)  # by then it was taken
        if was_queued:
            assert exchange.over
        if self.post.holds:
            return
        if was_queued:
            self._everybody_hears_the_end_of(exchange)
        elif exchange.is_written:
            await self._until_over(exchange)

    def _everybody_hears_the_end_of(self, exchange: Exchange) -> None:
        for tab in self.tabs:
            if view := tab.views.get(exchange.reply_id):
                view.due = True

    def _script_of(self, exchange: Exchange) -> Script:
        script = self.parts.scripts.of(exchange.question)
        assert script
        return script

    # News

    async def let_news_come(self, lost: set[int], *, backwards: bool = False) -> None:
        """Of those that were held back; some never do."""
        held = self.post.release()
        for number, (group, event) in enumerate(held[::-1] if backwards else held):
            if number not in lost:
                await self.post.group_send(group, event)
                await self._hear(event)

    async def _hear(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "message.sent":
                self._everybody_knows(self.book.of_message(event["message_id"]))
            case "reply.ended":
                self._everybody_hears_the_end_of(self.book.of_reply(event["reply_id"]))
            case "forget":
                self._everybody_hears_the_end_of(self.book.of_reply(event["reply_ids"][0]))
            case "stop":
                exchange = self.book.of_reply(event["reply_ids"][0])
                if exchange.is_written:
                    await self._until_over(exchange)

    # Time, and processes

    async def let_pass(self, turns: int, stalled: Process | None = None) -> None:
        """A process that is stalled neither stores nor looks meanwhile; its replies are written on."""
        awake = [process for process in self.processes if process is not stalled]
        for _ in range(turns):
            self.clock.seconds += A_LOOK
            for each in self.book.with_status("streaming"):
                each.unrenewed += A_LOOK
            for process in awake:
                await self._store(process)
            for process in awake:
                await process.do(process.runner.look())
            await self._adopt()
        for process in awake:  # what the last one ended, the others have seen
            await process.do(process.runner.look())
        if turns >= LOOKS_FOR_DEATH:
            forgotten = [each for each in self.book.with_status("streaming") if each.writer not in awake]
            assert not forgotten, f"written for ever: {forgotten}"
        for view in (view for tab in self.tabs if tab.process in awake for view in tab.views.values()):
            view.due = view.exchange.over
            if view.exchange.writer in awake:
                view.floor = len(view.exchange.text)

    async def _store(self, process: Process) -> None:
        unaware = [each for each in self.taken() if each.writer is process]
        await process.do(process.runner.store())
        for each in unaware:
            each.written_on = False
        for each in self.written_by(process):
            each.unrenewed = 0.0
            if each.stop_wanted:
                await self._until_over(each)

    async def kill(self, process: Process, amid: Coroutine[Any, Any, Any] | None, ticks: int) -> None:
        """So many turns of the loop after that work was begun, of which some is done."""
        work = process.do(amid) if amid else None
        for _ in range(ticks):
            await asyncio.sleep(0)
        await process.kill()
        if work:
            await asyncio.gather(work, return_exceptions=True)
        await self.until(lambda: not self.parts.threads.at_work)
        await self._replace(process)

    async def kill_amid_send(self, process: Process, exchange: Exchange, ticks: int) -> None:
        """Its sender doesn't know whether it was taken, and says it again elsewhere."""
        self.book.exchanges.append(exchange)
        await self.kill(process, self.send_by_rest(process, exchange), ticks)
        if exchange.client_message_id not in {row["client_message_id"] for row in self._rows}:
            self.book.exchanges.remove(exchange)
        await self.send([self.processes[0]], exchange)

    async def restart(self, process: Process) -> None:
        """What it writes breaks off, and its tabs are told so before they are sent away."""
        mine = self.written_by(process)
        for each in mine:
            each.may_end.add(("incomplete", "interrupted"))
        await process.stop()
        tabs = [tab for tab in self.tabs if tab.process is process]
        await self.until(lambda: all(each.over for each in mine) and all(tab.close_code for tab in tabs), of_rows=True)
        for tab in tabs:
            assert tab.close_code == COME_BACK
            untold = [view.exchange for view in tab.views.values() if view.exchange in mine and not view.over]
            assert not untold, f"closed without a word on {untold}"
        await self._replace(process)

    async def _replace(self, process: Process) -> None:
        await self._look_around()
        self.tabs = [tab for tab in self.tabs if tab.process is not process]
        self.processes[self.processes.index(process)] = await self._start()

    # What must be so

    async def until(self, condition: Callable[[], Any], *, of_rows: bool = False) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self._look_around(at_rows=of_rows)

    async def _until_over(self, exchange: Exchange) -> None:
        await self.until(lambda: exchange.over, of_rows=True)

    async def _look_around(self, *, at_rows: bool = True) -> None:
        """What is told was stored before: so the tabs' frames are gathered first, and looked at last."""
        received = [tab.receive() for tab in self.tabs]
        if at_rows or any(received):
            await self._adopt()
        for tab, events in zip(self.tabs, received, strict=True):
            tab.take(events)
        await asyncio.sleep(0.001)

    async def _adopt(self) -> None:
        """What happened in the database, where it may have."""
        self._rows, self._counts = await in_thread(_stored)(self.conversations)
        replies = {row["reply_to_id"]: row for row in self._rows if row["sender"] == "assistant"}
        for row in self._rows:
            if row["sender"] == "user":
                self._adopt_one(self.book.of_client_id(row["client_message_id"]), row, replies[row["id"]])

    def _adopt_one(self, exchange: Exchange, question: Row, reply: Row) -> None:
        answers(exchange, None, reply["id"], message_id=question["id"])
        if exchange.status == "queued" and reply["lease_holder"]:
            exchange.writer = next(each for each in self._started if each.runner.holder == reply["lease_holder"])
        exchange.becomes(reply["status"], reply["metadata"].get("reason"), reply["content"])

    async def settle(self) -> None:
        """Raises AssertionError."""
        started = time.monotonic()
        await self._look_around()
        while missing := self._missing():
            assert time.monotonic() < started + PATIENCE, f"nobody brought {missing}"
            if self.book.whose_turn_it_is():
                self.processes[0].runner.wake()
            await self._look_around()
        self._compare()

    def _missing(self) -> list[str]:
        unclaimed = [f"a writer of {each}" for each in self.book.whose_turn_it_is()]
        behind = [f"the words of {each}" for each in self.written() if not self._has_published(each)]
        return unclaimed + behind + [f"{what} ({tab})" for tab in self.tabs for what in tab.missing()]

    def _has_published(self, exchange: Exchange) -> bool:
        assert exchange.writer
        asked = self.parts.scripts.of(exchange.question)
        return asked is not None and exchange.writer.log.length(exchange.reply_id) == len(exchange.text)

    def _compare(self) -> None:
        for conversation in self.conversations:
            here = [row for row in self._rows if row["conversation_id"] == conversation]
            pairs = [(each.message_id, each.reply_id) for each in self.book.of_conversation(conversation)]
            assert [row["id"] for row in here] == [message_id for pair in pairs for message_id in pair]
            assert [row["position"] for row in here] == list(range(1, len(here) + 1))
            assert self._counts[conversation] == (len(here), len(here))
        self.book.keeps_its_limits()
        for tab in self.tabs:
            assert not tab.refused, tab.refused
            assert tab.close_code is None, tab.close_code
        assert not self.parts.errors, self.parts.errors
        for each in self.book.exchanges:
            each.settled = each.over

    # The end

    async def finish(self) -> None:
        """Everything is let come to its end; then everybody has the same."""
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
            listed = (await self._call(self.processes[0], conversation, "get")).json()["results"]
            for tab in self.tabs:
                if tab.conversation == conversation:
                    assert [frame["message"] for frame in tab.socket.of_type("done")] == listed

    async def leave(self) -> None:
        for process in self._started:
            await process.leave()
        await in_thread(Conversation.objects.all().delete)()
        await asyncio.get_running_loop().shutdown_default_executor()


def _people() -> list[tuple[Conversation, str]]:
    """Conversations, two of them of one patient, and who may read them."""
    one, other = UserFactory(), UserFactory()
    tokens = {user: start_session(user=user, method="password").access for user in (one, other)}
    return [(Conversation.objects.create(user=user), tokens[user]) for user in (one, one, other)]


def _stored(conversations: list[str]) -> tuple[list[Row], dict[str, tuple[int, int]]]:
    """The messages, and by conversation their count and the last one's position."""
    fields = "id conversation_id position sender status content metadata client_message_id reply_to_id lease_holder"
    rows = Message.objects.filter(conversation_id__in=conversations).order_by("position").values(*fields.split())
    counts = Conversation.objects.filter(id__in=conversations).values_list("id", "messages_count", "last_position")
    plain = [{key: str(value) if isinstance(value, uuid.UUID) else value for key, value in row.items()} for row in rows]
    return plain, {str(id): (count, last) for id, count, last in counts}
