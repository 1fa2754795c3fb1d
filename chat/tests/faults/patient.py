"""A patient as the server sees one: signed in, with REST calls and open tabs."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from chat.tests.faults.tab import FIRST_PAUSE, PATIENCE, QUESTION, Asked, Tab


class Place(Protocol):
    """Where the servers are."""

    @property
    def addresses(self) -> list[str]: ...


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> str | None:
        """The code, where it is an error; one that hasn't the one shape fails the test."""
        if self.status < 400:
            return None
        assert isinstance(self.body, dict), str(self.body)[:300]
        assert {"code", "message"} <= set(self.body["error"]) <= {"code", "message", "fields"}, self.body
        return str(self.body["error"]["code"])


class Patient:
    def __init__(self, place: Place, account: Mapping[str, str], may_lack: int) -> None:
        """`may_lack`: code points at the end of what was shown that a killed process may take with it."""
        self.place = place
        self.account = account
        self.access = account["access"]
        self.conversations: list[str] = []
        self.asked: dict[str, Asked] = {}
        """By client message id, whichever way it was sent."""
        self.tabs: list[Tab] = []
        self._may_lack = may_lack

    def was_kept(self, shown: str, content: str) -> bool:
        """Whether a reply has what was shown of it."""
        shown = shown.rstrip()
        return content.startswith(shown) or (shown.startswith(content) and len(shown) - len(content) <= self._may_lack)

    async def call(
        self, method: str, path: str, body: Any = None, *, at: int = 0, form: aiohttp.FormData | None = None
    ) -> Answer:
        """`at`: which of the servers. Raises aiohttp.ClientError where it is away."""
        async with aiohttp.request(
            method,
            self.place.addresses[at] + path,
            json=body,
            data=form,
            headers={"Authorization": f"Bearer {self.access}"},
            timeout=aiohttp.ClientTimeout(PATIENCE),
        ) as answer:
            is_json = answer.content_type == "application/json"
            body = await answer.json() if is_json else await answer.text()
            return Answer(answer.status, body, dict(answer.headers))

    async def insist(self, method: str, path: str, body: Any = None, *, at: int = 0) -> Answer:
        """As `call`, again and again where the server is said to be unavailable."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.call(method, path, body, at=at)
                if answer.error != "unavailable":
                    return answer
                await asyncio.sleep(FIRST_PAUSE)

    async def sign_in(self, *, at: int = 0) -> None:
        account = {name: self.account[name] for name in ("email", "password")}
        answer = await self.call("POST", "/api/auth/login", account, at=at)
        assert answer.status == 200, answer
        self.access = answer.body["access"]

    async def new_conversation(self, *, at: int = 0) -> str:
        answer = await self.insist("POST", "/api/conversations", {}, at=at)
        assert answer.status == 201, answer
        self.conversations.append(answer.body["id"])
        return self.conversations[-1]

    async def send(
        self, conversation: str, *, at: int = 0, client_message_id: str | None = None, insist: bool = False
    ) -> Answer:
        """A message over REST."""
        given = client_message_id or str(uuid.uuid4())
        body = {"content": QUESTION, "client_message_id": given}
        call = self.insist if insist else self.call
        answer = await call("POST", f"/api/conversations/{conversation}/messages", body, at=at)
        if answer.status == 201:
            self.remember(given, Asked(answer.body["id"], answer.body["replyId"]))
        return answer

    def remember(self, client_message_id: str, asked: Asked) -> None:
        known = self.asked.setdefault(client_message_id, asked)
        assert known == asked, f"the same send got {known}, then {asked}"

    async def messages(self, conversation: str, *, at: int = 0) -> list[dict[str, Any]]:
        answer = await self.insist("GET", f"/api/conversations/{conversation}/messages?page_size=200", at=at)
        assert answer.status == 200, answer
        assert answer.body["next"] is None, "more messages than a page has"
        results: list[dict[str, Any]] = answer.body["results"]
        return results

    async def open(self, conversation: str, *, at: int = 0, comes_back: bool = True) -> Tab:
        tab = Tab(self, conversation, at=at, comes_back=comes_back)
        self.tabs.append(tab)
        await tab.until(lambda: tab.is_caught_up)
        return tab

    async def reads_on_all(self, *, asked_at: int = 0) -> tuple[list[Tab], str]:
        """A tab on each server, in one conversation, in the middle of a reply that was asked for `asked_at` one."""
        conversation = await self.new_conversation(at=asked_at)
        tabs = [await self.open(conversation, at=at) for at in range(len(self.place.addresses))]
        reply = (await tabs[asked_at].ask()).reply_id
        for tab in tabs:
            await tab.until_words(reply, 5)
        return tabs, reply

    async def leave(self) -> None:
        for tab in self.tabs:
            await tab.leave()
