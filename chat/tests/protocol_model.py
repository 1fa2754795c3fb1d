"""The conversations as they should be, in memory: what was asked, what was published, and what each tab may be shown.

A tab is a client as `docs/api-contract.md` describes it. It drops what lies below what it holds, and a gap is a fault.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from chat.protocol import schema
from chat.queue import LEASE
from chat.tests.sockets import Frame, Socket
from chat.tests.stepped import Process
from moderation import services as moderation
from moderation.types import MEDICAL_EMERGENCY, SELF_HARM_CRISIS

QUESTIONS = {
    "ordinary": "What helps against a headache? ({})",
    "emergency": "I have crushing chest pain and can't breathe ({})",
    "crisis": "I want to kill myself ({})",
}
UNFINISHED = ("queued", "streaming")
MOST_BLANKS = 24

_contract = Draft202012Validator(schema())
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def published(said: str) -> str:
    """What may be shown of a text so far.

    No control characters, no blanks before it and none behind it but one that ends a word, no long run of them within.
    """
    text = _HIDDEN.sub("", said).lstrip()
    words = text.rstrip()
    if text[len(words) :].startswith(" "):
        words += " "
    return re.sub(rf"(\s{{{MOST_BLANKS}}})\s+", r"\1", words)


@dataclass(eq=False)
class Exchange:
    """A question and its reply."""

    number: int
    kind: str
    patient: Any
    conversation: str
    client_message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    message: dict[str, Any] | None = None
    """The question, as the first answer to its sender had it."""
    message_id: str = ""
    """Empty: not known yet; as is the reply's."""
    reply_id: str = ""
    status: str = "queued"
    reason: str | None = None
    content: str = ""
    """Of a reply that is over."""
    said: str = ""
    """By the script: all of it, whether or not it may be shown."""
    writer: Process | None = None
    unrenewed: float = 0.0
    """Seconds of the clock since its writer stored last."""
    taken: bool = False
    """Its writer was taken for dead, and another process ended it."""
    written_on: bool = False
    """The writer doesn't know that yet, if it lives."""
    stop_wanted: bool = False
    settled: bool = False
    """It was over when everybody last had what is theirs: whoever reads its row from then on reads its end."""
    may_end: set[tuple[str, str | None]] = field(default_factory=set)
    """Status and reason, as far as somebody has brought them about."""
    shown: int = 0
    """Code points that somebody was shown while it was written."""

    def __post_init__(self) -> None:
        if self.kind == "crisis":
            self.may_end.add(("done", None))

    @property
    def question(self) -> str:
        return QUESTIONS[self.kind].format(self.number)

    @property
    def text(self) -> str:
        if self.kind == "crisis":
            return moderation.safe_reply(SELF_HARM_CRISIS)
        opening = moderation.safe_reply(MEDICAL_EMERGENCY) + "\n\n" if self.kind == "emergency" else ""
        return published(opening + self.said)

    def becomes(self, status: str, reason: str | None, content: str) -> None:
        """As its row has it. Raises AssertionError where nothing brought that about."""
        if self.over:
            assert (status, reason, content) == (self.status, self.reason, self.content), f"{self} was changed"
        elif status in UNFINISHED:
            assert (self.status, status) != ("streaming", "queued"), f"{self} waits again"
        elif (status, reason) in self.may_end:
            assert content == self.text
        else:
            assert (status, reason) == ("incomplete", "interrupted"), f"{self} is {status}: {reason}"
            assert self.unrenewed >= LEASE.total_seconds(), f"{self} was taken for dead"
            self.taken = self.written_on = True
            assert self.text.startswith(content)
            assert len(content) >= self.shown, f"{content!r} is left of {self}, of which {self.shown} were shown"
        self.status, self.reason, self.content = status, reason, content if status not in UNFINISHED else ""

    @property
    def over(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def is_written(self) -> bool:
        """By a process that lives."""
        return self.status == "streaming" and self.writer is not None and self.writer.lives

    def __repr__(self) -> str:
        return f"<{self.number}: {self.status} {self.reason or ''} {self.text!r}>"


class Book:
    """All exchanges, in the order of asking."""

    def __init__(self, at_once: int, at_once_of_a_patient: int, waiting: int, waiting_of_a_patient: int) -> None:
        self.exchanges: list[Exchange] = []
        self.at_once, self.per_patient = at_once, at_once_of_a_patient
        self.most_waiting, self.most_of_a_patient = waiting, waiting_of_a_patient

    def of_conversation(self, conversation: str) -> list[Exchange]:
        return [each for each in self.exchanges if each.conversation == conversation]

    def with_status(self, *statuses: str) -> list[Exchange]:
        return [each for each in self.exchanges if each.status in statuses]

    def of_reply(self, reply_id: str) -> Exchange:
        return next(each for each in self.exchanges if each.reply_id == reply_id)

    def of_message(self, message_id: str) -> Exchange:
        return next(each for each in self.exchanges if each.message_id == message_id)

    def of_client_id(self, client_message_id: str) -> Exchange:
        return next(each for each in self.exchanges if each.client_message_id == client_message_id)

    def answer_to(self, exchange: Exchange) -> str:
        """`ack`, or why a new one is refused. No full queue keeps out who is in danger."""
        waiting = self.with_status("queued")
        theirs = [each for each in waiting if each.patient is exchange.patient]
        if exchange.kind != "ordinary" or (not waiting and self._has_room_for(exchange)):
            return "ack"
        if len(waiting) >= self.most_waiting:
            return "busy"
        return "too_many_requests" if len(theirs) >= self.most_of_a_patient else "ack"

    def whose_turn_it_is(self) -> list[Exchange]:
        """Of those that wait: none may, once somebody looked."""
        waiting = self.with_status("queued")
        firsts = [each for each in waiting if not any(self._is_before(other, each) for other in waiting)]
        return [each for each in firsts if self._has_room_for(each)]

    def _is_before(self, one: Exchange, other: Exchange) -> bool:
        return one.conversation == other.conversation and one.number < other.number

    def _has_room_for(self, exchange: Exchange) -> bool:
        writing = self.with_status("streaming")
        of_patient = [each for each in writing if each.patient is exchange.patient]
        return (
            len(writing) < self.at_once
            and len(of_patient) < self.per_patient
            and not any(each.conversation == exchange.conversation for each in writing)
        )

    def keeps_its_limits(self) -> None:
        writing = self.with_status("streaming")
        assert len(writing) <= self.at_once
        assert max(Counter(each.patient for each in writing).values(), default=0) <= self.per_patient
        assert max(Counter(each.conversation for each in writing).values(), default=0) <= 1
        for waiting in self.with_status("queued"):
            overtaken = [each for each in writing if self._is_before(waiting, each)]
            assert not overtaken, f"{waiting} was overtaken by {overtaken}"


@dataclass(eq=False)
class View:
    """What a tab holds of a reply: its code points from `start` on, up to `end`."""

    exchange: Exchange
    start: int | None
    """None: it takes what comes from now on."""
    end: int
    floor: int = 0
    """So much it must hold by now."""
    over: bool = False
    due: bool = False
    """Where it is over, it must have been told by now."""
    interrupted: bool = False
    whole: bool = False
    """It was over when it was asked for, and may come whole in `done`."""

    def take(self, data: str, offset: int) -> None:
        assert not self.over, "text behind done"
        assert data
        if self.start is None:
            assert offset <= self.end, f"what was published since is missing: from {offset}, not {self.end}"
            self.start = self.end = offset
        assert offset <= self.end, f"a gap: from {offset}, and {self.end} are held"
        text = self.exchange.text
        assert text[offset : offset + len(data)] == data, f"{data!r} at {offset} is no part of {text!r}"
        self.end = max(self.end, offset + len(data))
        if not self.exchange.over:
            self.exchange.shown = max(self.exchange.shown, self.end)

    def finish(self, message: dict[str, Any], process: Process) -> None:
        """`done` came."""
        assert not self.over, f"done twice: {self.exchange}"
        self.over = True
        exchange = self.exchange
        assert exchange.over, f"done, but not over: {exchange}"
        shown = message["status"], message["content"], message["metadata"].get("reason")
        assert shown == (exchange.status, exchange.content, exchange.reason)
        if self.whole:
            return
        if exchange.writer is process and not exchange.taken:
            claimed = self.start or 0  # by a client that may have said that it holds more than there was
            assert self.end == max(claimed, len(exchange.content)), f"of {exchange} only {self.end} were shown"
        assert self.interrupted == (exchange.status == "incomplete" and exchange.reason != "stopped")

    def missing(self, process: Process) -> str:
        """At a tab of this process."""
        exchange = self.exchange
        same = exchange.writer is process and not exchange.taken
        if exchange.over:
            return "" if self.over or not (self.due or same) else f"the end of {exchange}"
        floor = len(exchange.text) if same else self.floor
        return f"text of {exchange} from {self.end} to {floor}" if self.end < floor else ""


@dataclass
class Asked:
    """A `resume`, and what it named."""

    last_message_id: str | None
    offset: int
    held: Exchange | None
    holds_reply: bool


class Tab:
    def __init__(self, process: Process, conversation: str, book: Book, socket: Socket) -> None:
        self.process, self.conversation, self.book, self.socket = process, conversation, book, socket
        self.views: dict[str, View] = {}
        self.acks: dict[str, Frame] = {}
        self.told: set[str] = set()
        """Ids of questions that came in `done`."""
        self.must_know: set[Exchange] = set()
        self.sent: Counter[str] = Counter()
        """Sends, by `client_message_id`."""
        self.answers: defaultdict[str, list[str]] = defaultdict(list)
        """To each send: `ack`, or why it was refused."""
        self.refused: list[str] = []
        """Why other frames were."""
        self.asked: list[Asked] = []
        self.pongs = 0
        self.accepted = False
        self.close_code: int | None = None
        self.came_after = len(book.exchanges)

    def knows(self, exchange: Exchange) -> bool:
        return exchange.client_message_id in self.acks or exchange.message_id in self.told

    def length_of(self, exchange: Exchange) -> int:
        """What it holds of a reply; of one that it doesn't know, what it was given by REST."""
        view = self.views.get(exchange.reply_id)
        return view.end if view else len(exchange.text)

    def reads_along(self) -> None:
        """It has opened: what is unfinished comes from now on."""
        for each in self.book.of_conversation(self.conversation):
            if not each.over:
                self.views[each.reply_id] = View(each, None, len(each.text))

    # What comes

    def receive(self) -> list[Any]:
        """All that has come since, for `take`. Raises what the product's side of the socket failed of, if it did."""
        side = self.socket.communicator.future
        if side.done() and not side.cancelled():
            side.result()
        queue = self.socket.communicator.output_queue
        return [queue.get_nowait() for _ in range(queue.qsize())]

    def take(self, events: list[Any]) -> None:
        for event in events:
            if event["type"] == "websocket.accept":
                self.accepted = True
            elif event["type"] == "websocket.close":
                self.close_code = event.get("code", 1000)
            else:
                assert self.close_code is None, "words behind the end"
                self._take(json.loads(event["text"]))

    def _take(self, frame: Frame) -> None:
        _contract.validate({"server": frame})
        self.socket.frames.append(frame)
        match frame["type"]:
            case "chunk":
                self._view_of(frame["messageId"]).take(frame["data"], frame["offset"])
            case "done":
                self._finish(frame["message"])
            case "ack":
                self._acknowledge(frame)
            case "resume_ack":
                self._resumed(frame)
            case "error" if frame["error"] == "stream interrupted":
                self._view_of(frame["messageId"]).interrupted = True
            case "error" if frame["error"] == "unsafe":
                assert self._exchange_of(frame["messageId"]).kind == "crisis"
            case "error" if "client_message_id" in frame:
                self.answers[frame["client_message_id"]].append(frame["error"])
            case "error":
                self.refused.append(frame["error"])
            case "stage" | "sources" | "flag":
                self._exchange_of(frame["messageId"])
            case "pong":
                self.pongs += 1
            case other:
                raise AssertionError(f"nobody asked for {other}")

    def _exchange_of(self, reply_id: str) -> Exchange:
        exchange = self.book.of_reply(reply_id)
        assert exchange.conversation == self.conversation, "of another conversation"
        return exchange

    def _view_of(self, reply_id: str) -> View:
        self._exchange_of(reply_id)
        return self.views[reply_id]

    def _acknowledge(self, frame: Frame) -> None:
        exchange = self.book.of_client_id(frame["client_message_id"])
        assert exchange.conversation == self.conversation
        answers(exchange, frame["message"], frame["replyId"])
        key = exchange.client_message_id
        if len(self.answers[key]) < self.sent[key]:
            self.answers[key].append("ack")
        else:
            assert key not in self.acks, "an ack that nobody waits for"
        self.acks[key] = frame
        view = self.views.get(exchange.reply_id)
        if view is None or view.start is None or view.over:
            view = self.views[exchange.reply_id] = View(exchange, 0, 0)
        view.whole = exchange.over
        view.due = exchange.settled or exchange.kind == "crisis"

    def _finish(self, message: dict[str, Any]) -> None:
        assert message["conversation"] == self.conversation
        if message["sender"] == "user":
            exchange = self.book.of_message(message["id"])
            answers(exchange, message, exchange.reply_id)
            self.told.add(message["id"])
        else:
            self._view_of(message["id"]).finish(message, self.process)

    def _resumed(self, frame: Frame) -> None:
        asked = self.asked.pop(0)
        held = asked.held
        expected = ("unknown", 0)
        if held and not asked.holds_reply:
            expected = ("done", len(held.question))
        elif held and not held.over:
            expected = ("streaming", asked.offset)
        elif held:
            expected = ("incomplete" if held.status == "incomplete" else "done", len(held.content))
        assert (frame["messageId"], frame["status"], frame["offset"]) == (asked.last_message_id, *expected)
        for each in self.book.of_conversation(self.conversation):
            if held is None or each.number >= held.number:
                offset = asked.offset if each is held and asked.holds_reply else 0
                self.views[each.reply_id] = View(each, offset, offset, due=each.over, whole=each.over)
                self.must_know.add(each)
                if each is held:
                    self.told.add(each.message_id)
            else:  # whoever holds a message says that they hold all before it
                self.told.add(each.message_id)

    # What it still must get

    def missing(self) -> list[str]:
        if not self.accepted:
            return ["its opening"]
        unknown = [f"the ack of {each}" for each in self.must_know if not self.knows(each)]
        unanswered = [f"the answer to {key}" for key in self.sent if len(self.answers[key]) < self.sent[key]]
        resumes = ["resume_ack"] * len(self.asked)
        unseen = [view.missing(self.process) for view in self.views.values()]
        return unknown + unanswered + resumes + [each for each in unseen if each]


def answers(exchange: Exchange, message: dict[str, Any] | None, reply_id: str, message_id: str = "") -> None:
    """The same send gets the same answer, over every door. `message_id`: where the message itself isn't given."""
    if message and exchange.message is None:
        exchange.message = message
        assert (message["content"], message["sender"], message["status"]) == (exchange.question, "user", "sent")
        assert message["client_message_id"] == exchange.client_message_id
        assert message["conversation"] == exchange.conversation
    given = message["id"] if message else message_id
    exchange.message_id, exchange.reply_id = exchange.message_id or given, exchange.reply_id or reply_id
    assert (message or exchange.message, given, reply_id) == (exchange.message, exchange.message_id, exchange.reply_id)
