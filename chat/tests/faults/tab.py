"""An open tab: the socket of a conversation, which comes back when it loses the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

if TYPE_CHECKING:
    from chat.tests.faults.patient import Patient

PATIENCE = 40.0
"""Seconds that a test waits for what must come: long, because two slow cores are shared."""
RARE_WORD = "migraine"
QUESTION = f"What helps against a {RARE_WORD}?"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds of the back-off, of which a random part is taken. The page's own is ten times as long, and more."""
PING_SECONDS = 2.0
"""Between two pings, with whose answers a tab hears what else it missed. The page's own is ten times as long."""
REFUSED = range(4400, 4500)
"""Close codes after which no tab comes back."""

Frame = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A message that was acknowledged, and the reply that was promised."""

    message_id: str
    reply_id: str


@dataclass
class _Seen:
    """Of one connection."""

    caught_up: bool = False
    pings: int = 0
    pongs: int = 0
    began: set[str] = field(default_factory=set)
    """Replies whose first frame came when the tab was caught up: each gets exactly one end."""
    ended: set[str] = field(default_factory=set)


class Tab:
    """Keeps every frame, joins chunks by their offsets, and names what it holds when it comes back.

    What contradicts the contract (a gap, another text at the same place, a second end) fails whatever waits for the
    tab, and its `leave`.
    """

    def __init__(self, patient: Patient, conversation: str, *, at: int, comes_back: bool) -> None:
        self.patient = patient
        self.conversation = conversation
        self.frames: list[Frame] = []
        self.arrived: list[float] = []
        """By the monotonic clock, one for each frame."""
        self.texts: dict[str, str] = {}
        """What was shown of each reply, by its chunks."""
        self.ends: dict[str, dict[str, Any]] = {}
        """The message of each `done`."""
        self.refusals: list[Frame] = []
        self.closes: list[int] = []
        self._at = at
        self._comes_back = comes_back
        self._leaving = False
        self._socket: ClientConnection | None = None
        self._seen = _Seen()
        self._unacknowledged: dict[str, str] = {}
        self._order: list[str] = []
        self._news = asyncio.Event()
        self._trouble: Exception | None = None
        self._waiting: set[asyncio.Task[None]] = set()
        self._life = asyncio.create_task(self._live())

    # What a patient does

    async def ask(self, content: str = QUESTION, client_message_id: str | None = None) -> Asked:
        """Sent again until it is acknowledged: after a comeback, and where the server says that it may be."""
        return await self.until_acknowledged(await self.say(content, client_message_id))

    async def say(self, content: str = QUESTION, client_message_id: str | None = None) -> str:
        """As `ask`, without waiting."""
        given = client_message_id or str(uuid.uuid4())
        self._unacknowledged[given] = content
        await self._send(type="message", client_message_id=given, content=content)
        return given

    async def send_text(self, text: str) -> None:
        assert self._socket
        await self._socket.send(text)

    async def stop(self, reply_id: str) -> None:
        await self._send(type="stop", messageId=reply_id)

    async def ping(self) -> None:
        """Returns when the server has heard everything up to here."""
        seen = self._seen
        await self._send_ping()
        sent = seen.pings
        await self.until(lambda: seen.pongs >= sent)

    async def leave(self) -> None:
        """Closes the tab."""
        self._leaving = True
        if self._socket:
            await self._socket.close()
        for task in (self._life, *self._waiting):
            task.cancel()
        await asyncio.gather(self._life, *self._waiting, return_exceptions=True)
        self._fail_where_troubled()

    # What a test waits for

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """What the condition gives as soon as it holds. It is asked again whenever something came."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    self._fail_where_troubled()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"it didn't come to that in {seconds} s: {self}") from None
        self._fail_where_troubled()
        return value

    async def until_acknowledged(self, client_message_id: str) -> Asked:
        asked: Asked = await self.until(lambda: self.patient.asked.get(client_message_id))
        return asked

    async def until_words(self, reply_id: str, count: int) -> None:
        await self.until(lambda: len(self.texts.get(reply_id, "").split()) >= count)

    async def until_more_words(self, reply_id: str, count: int) -> None:
        await self.until_words(reply_id, len(self.texts[reply_id].split()) + count)

    async def until_end(self, reply_id: str, seconds: float = PATIENCE) -> dict[str, Any]:
        message: dict[str, Any] = await self.until(lambda: self.ends.get(reply_id), seconds)
        return message

    async def until_closed(self, seconds: float = PATIENCE) -> int:
        """The code of the first close that comes from now on."""
        count = len(self.closes)
        await self.until(lambda: len(self.closes) > count, seconds)
        return self.closes[count]

    @property
    def is_caught_up(self) -> bool:
        """Connected, and the server has answered what the tab holds."""
        return self._seen.caught_up

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def at(self) -> int:
        """At which of the servers it is, or was last."""
        return self._at % len(self.patient.place.addresses)

    def acks_of(self, client_message_id: str) -> list[Frame]:
        acks = (frame for frame in self.frames if frame["type"] == "ack")
        return [frame for frame in acks if frame["client_message_id"] == client_message_id]

    def chunks_since(self, reply_id: str, moment: float) -> list[float]:
        """When they arrived, by the monotonic clock."""
        arrived = zip(self.frames, self.arrived, strict=True)
        return [
            at for frame, at in arrived if at >= moment and frame["type"] == "chunk" and frame["messageId"] == reply_id
        ]

    def longest_silence(self, reply_id: str, since: float) -> float:
        """Seconds between two chunks, until now."""
        moments = [since, *self.chunks_since(reply_id, since), time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(moments))

    def told_of_the_end(self, reply_id: str) -> list[str]:
        """In this order: errors by their codes, and `done`."""
        told: list[str] = []
        for frame in self.frames:
            match frame:
                case {"type": "error", "messageId": about, "error": code} if about == reply_id:
                    told.append(code)
                case {"type": "done", "message": {"id": about}} if about == reply_id:
                    told.append("done")
        return told

    def __str__(self) -> str:
        kinds = [frame["type"] if frame["type"] != "error" else f"error {frame['error']}" for frame in self.frames]
        kinds = [kind for index, kind in enumerate(kinds) if not index or kind != kinds[index - 1]]
        shown = {reply_id: len(text) for reply_id, text in self.texts.items()}
        return f"tab at {self.at}: closed {self.closes}, frames {kinds}, shown {shown}, ended {list(self.ends)}"

    # Its life

    async def _live(self) -> None:
        pause = FIRST_PAUSE
        while not self._leaving:
            addresses = self.patient.place.addresses
            host = addresses[self.at].replace("http", "ws", 1)
            url = f"{host}/ws/conversations/{self.conversation}?token={self.patient.access}"
            code = 1006
            try:
                async with connect(url, compression=None, max_size=None, close_timeout=1, max_queue=None) as socket:
                    self._socket, self._seen = socket, _Seen()
                    await self._say_what_is_held()
                    self._later(partial(self._ping_on, self._seen), PING_SECONDS)
                    async for text in socket:
                        self._take(json.loads(text))
                        if self._seen.caught_up:
                            pause = FIRST_PAUSE
                code = socket.close_code or 1006
            except (OSError, TimeoutError, WebSocketException) as error:
                if isinstance(error, WebSocketException) and self._socket is not None:
                    code = self._socket.close_code or 1006
            except Exception as error:
                self._trouble = error
                self._leaving = True
            finally:
                was_open, self._socket, self._seen = self._socket is not None, None, _Seen()
            if was_open:
                self.closes.append(int(code))
            self._news.set()
            if self._leaving or code in REFUSED or not self._comes_back:
                return
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)
            self._at += 1

    async def _say_what_is_held(self) -> None:
        running = [held for held in self._order if held in self.texts and held not in self.ends]
        last = running[0] if running else self._order[-1] if self._order else None
        offset = len(self.texts.get(last, "")) if last else 0
        await self._send(type="resume", conversationId=self.conversation, lastMessageId=last, offset=offset)
        for client_message_id, content in list(self._unacknowledged.items()):
            await self._send(type="message", client_message_id=client_message_id, content=content)

    async def _ping_on(self, seen: _Seen) -> None:
        while self._seen is seen:
            await self._send_ping()
            await asyncio.sleep(PING_SECONDS)

    async def _send_ping(self) -> None:
        self._seen.pings += 1
        await self._send(type="ping")

    async def _send(self, **frame: Any) -> None:
        """Nothing happens where the server is away: what matters is said again at the comeback."""
        if self._socket:
            with contextlib.suppress(WebSocketException, OSError):
                await self._socket.send(json.dumps(frame))

    def _fail_where_troubled(self) -> None:
        if self._trouble:
            raise AssertionError(f"{self._trouble}; {self}") from self._trouble

    # What comes

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.arrived.append(time.monotonic())
        match frame["type"]:
            case "resume_ack":
                self._seen.caught_up = True
            case "pong":
                self._seen.pongs += 1
            case "ack":
                self._take_ack(frame)
            case "chunk":
                self._take_chunk(frame)
            case "done":
                self._take_end(frame["message"])
            case "error" if "client_message_id" in frame:
                self._take_refusal(frame)
            case "error" if frame["error"] == "unavailable" and not self._seen.caught_up:
                self._later(self._say_what_is_held, FIRST_PAUSE)
        self._news.set()

    def _take_ack(self, frame: Frame) -> None:
        self._hold(frame["message"]["id"])
        self._begin(frame["replyId"])
        if given := frame["client_message_id"]:
            if self._unacknowledged.pop(given, None):  # what it sent again is answered with the end again
                self._seen.ended.discard(frame["replyId"])
            self.patient.remember(given, Asked(frame["message"]["id"], frame["replyId"]))

    def _take_chunk(self, frame: Frame) -> None:
        reply_id, offset, data = frame["messageId"], frame["offset"], frame["data"]
        held = self.texts.get(reply_id, "")
        if offset > len(held) and not self._seen.caught_up:
            return  # of what runs while the tab hasn't yet been told what it lacks
        self._begin(reply_id)
        assert offset <= len(held), f"a gap of {reply_id}: {len(held)} are held, the chunk is at {offset}"
        assert reply_id not in self._seen.ended, f"a chunk of {reply_id} after its end"
        known = held[offset : offset + len(data)]
        assert data.startswith(known), f"another text of {reply_id} at {offset}: {known!r}, now {data!r}"
        self.texts[reply_id] = held + data[len(known) :]

    def _take_end(self, message: dict[str, Any]) -> None:
        self._hold(message["id"])
        if message["sender"] != "assistant":
            return
        shown = self.texts.setdefault(message["id"], "")
        assert message["status"] in {"done", "incomplete"}, message["status"]
        assert self.patient.was_kept(shown, message["content"]), f"the end of {message['id']} lacks what was shown"
        if message["id"] in self._seen.began:
            assert message["id"] not in self._seen.ended, f"a second end of {message['id']}"
        self._seen.ended.add(message["id"])
        self.ends[message["id"]] = message

    def _take_refusal(self, frame: Frame) -> None:
        self.refusals.append(frame)
        given = frame["client_message_id"]
        assert frame["retryable"], f"refused: {frame['error']}"
        if given in self._unacknowledged:
            self._later(partial(self._send_again, given), frame.get("retry_after", FIRST_PAUSE))

    def _later(self, send: Callable[[], Awaitable[None]], pause: float) -> None:
        async def wait() -> None:
            await asyncio.sleep(pause)
            await send()

        task = asyncio.create_task(wait())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _send_again(self, client_message_id: str) -> None:
        if content := self._unacknowledged.get(client_message_id):
            await self._send(type="message", client_message_id=client_message_id, content=content)

    def _hold(self, message_id: str) -> None:
        if message_id not in self._order:
            self._order.append(message_id)

    def _begin(self, reply_id: str) -> None:
        self._hold(reply_id)
        if reply_id not in self.texts:
            self.texts[reply_id] = ""
            if self._seen.caught_up:
                self._seen.began.add(reply_id)
