"""Every flood limit as a client meets it: the last call that is allowed, the first that isn't, and who isn't held."""

from __future__ import annotations

import uuid

import pytest
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from chat.models import Conversation, HelpRequest, Message
from chat.tests.uploads import picture, store_under
from moderation.models import Decision

pytestmark = pytest.mark.django_db

HERE, THERE = "198.51.100.7", "203.0.113.9"
CRISIS, EMERGENCY, PLAIN = "I want to kill myself", "I have crushing chest pain", "What helps against a cough?"


class Caller:
    """A person at an address, behind one proxy."""

    def __init__(self, user: User, address: str) -> None:
        self.user = user
        self.client = APIClient()
        self.client.credentials(HTTP_X_FORWARDED_FOR=f"1.1.1.1, {address}")

    def signed_in(self):
        access = tokens.start_session(user=self.user, method="password").access
        self.client.credentials(**{**self.client._credentials, "HTTP_AUTHORIZATION": f"Bearer {access}"})
        return self.client

    def post(self, path, body, signed_in=False, **more):
        client = self.signed_in() if signed_in else self.client
        return client.post(path, body, **{"format": "json", **more})

    @property
    def conversation(self):
        return Conversation.objects.get_or_create(user=self.user)[0]

    def sign_in(self):
        return self.post("/api/auth/login", {"email": self.user.email, "password": "not the password"})

    def refresh(self):
        return self.post("/api/auth/refresh", {"refresh": "not a token"})

    def ticket(self):
        return self.post("/api/auth/ws-ticket", {"conversation": str(self.conversation.id)}, signed_in=True)

    def register(self):
        email = f"{uuid.uuid4().hex}@veda.example"
        return self.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "New"})

    def reset(self):
        return self.post("/api/auth/password/reset", {"email": self.user.email})

    def message(self):
        return self.post(f"/api/conversations/{self.conversation.id}/messages", {"content": PLAIN}, signed_in=True)

    def upload(self):
        path = f"/api/conversations/{self.conversation.id}/attachments"
        return self.post(path, {"file": picture()}, signed_in=True, format="multipart")

    def feedback(self):
        reply, _ = Message.objects.get_or_create(
            conversation=self.conversation, position=1, sender="assistant", status="done"
        )
        path = f"/api/conversations/{self.conversation.id}/messages/{reply.id}/feedback"
        return self.signed_in().put(path, {"rating": 1}, format="json")

    def help(self):
        HelpRequest.objects.all().delete()
        return self.post(f"/api/conversations/{self.conversation.id}/help", {}, signed_in=True)

    def export(self):
        return self.post("/api/account/export", {"password": PASSWORD}, signed_in=True)


@pytest.fixture
def caller(settings, tmp_path):
    settings.TRUSTED_PROXIES = 1
    store_under(settings, tmp_path)
    return lambda address, user=None: Caller(user or UserFactory(), address)


@pytest.fixture
def allow(settings):
    """Twice, by account or by address, and never by the other."""

    def twice(name, by):
        settings.RATES = {**settings.RATES, name: ("2/day", "") if by == "account" else ("", "2/day")}

    return twice


def held(answer, error_of, *, with_help=False):
    if answer.status_code != 429:
        return False
    assert error_of(answer) == "too_many_requests"
    assert set(answer.json()) == {"error", "retry_after", *(["emergency"] if with_help else [])}
    assert 1 <= int(answer["Retry-After"]) == answer.json()["retry_after"] <= 86_400
    return True


BY_ACCOUNT = ["sign_in", "ticket", "reset", "message", "upload", "export", "feedback", "help"]
BY_ADDRESS = ["sign_in", "refresh", "ticket", "register", "reset", "message", "upload"]


@pytest.mark.parametrize("name", BY_ACCOUNT)
def test_an_account_is_held_wherever_it_calls_from_and_no_other(caller, allow, error_of, name):
    allow(name, "account")
    anna = UserFactory()
    for address in (HERE, THERE):
        assert not held(getattr(caller(address, anna), name)(), error_of)
    for address in (HERE, "192.0.2.1"):
        assert held(getattr(caller(address, anna), name)(), error_of, with_help=name == "help")
    assert not held(getattr(caller(HERE), name)(), error_of)


@pytest.mark.parametrize("name", BY_ADDRESS)
def test_an_address_is_held_whoever_calls_from_it_and_no_other(caller, allow, error_of, name):
    allow(name, "address")
    for _ in range(2):
        assert not held(getattr(caller(HERE), name)(), error_of)
    assert held(getattr(caller(HERE), name)(), error_of)
    assert not held(getattr(caller(THERE), name)(), error_of)


def test_who_signs_in_rightly_is_never_counted(caller, allow, error_of):
    allow("sign_in", "address")
    for _ in range(5):
        someone = caller(HERE)
        answer = someone.post("/api/auth/login", {"email": someone.user.email, "password": PASSWORD})
        assert answer.status_code == 200


def test_who_refreshes_rightly_is_never_counted(caller, allow):
    allow("refresh", "address")
    for _ in range(5):
        someone = caller(HERE)
        pair = tokens.start_session(user=someone.user, method="password")
        assert someone.post("/api/auth/refresh", {"refresh": pair.refresh}).status_code == 200


# Messages


@pytest.mark.parametrize(("content", "status"), [(CRISIS, 422), (EMERGENCY, 201)])
def test_who_is_in_danger_is_never_held(caller, allow, error_of, content, status):
    allow("message", "account")
    someone = caller(HERE)
    path = f"/api/conversations/{someone.conversation.id}/messages"
    for _ in range(2):
        someone.message()
    assert held(someone.message(), error_of)
    for _ in range(3):
        assert someone.post(path, {"content": content}, signed_in=True).status_code == status
    assert Decision.objects.count() == 3
    assert held(someone.message(), error_of)


def test_a_picture_with_words_of_danger_is_never_held(caller, allow, settings, error_of):
    settings.RATES = {**settings.RATES, "upload": ("1/day", ""), "message": ("1/day", "")}
    someone = caller(HERE)
    path = f"/api/conversations/{someone.conversation.id}/messages"

    def send(content):
        body = {"type": "image", "file": picture(), "content": content}
        return someone.post(path, body, signed_in=True, format="multipart")

    assert send("What is this?").status_code == 201
    assert held(send("And this?"), error_of)
    assert send(CRISIS).status_code == 422


def test_the_same_send_again_is_not_counted(caller, allow, error_of):
    allow("message", "account")
    someone = caller(HERE)
    path = f"/api/conversations/{someone.conversation.id}/messages"
    body = {"content": PLAIN, "client_message_id": str(uuid.uuid4())}
    for _ in range(6):
        assert someone.post(path, body, signed_in=True).status_code == 201
    assert not held(someone.message(), error_of)
    assert held(someone.message(), error_of)
    assert someone.post(path, body, signed_in=True).status_code == 201


def test_what_was_refused_is_not_stored(caller, allow, error_of):
    allow("message", "account")
    someone = caller(HERE)
    for _ in range(5):
        someone.message()
    assert Message.objects.filter(sender="user").count() == 2


async def test_a_socket_is_told_too_stays_open_and_shares_the_count_with_rest(
    running, allow, owner, conversation, connect, rest
):
    allow("message", "account")
    path = f"/api/conversations/{conversation.id}/messages"
    assert (await rest(owner, "post", path, {"content": PLAIN})).status_code == 201
    socket = await connect(owner, conversation)
    await socket.ask(PLAIN)
    refused = str(uuid.uuid4())
    await socket.send("message", client_message_id=refused, content=PLAIN)
    error = await socket.until("error")
    assert (error["error"], error["client_message_id"]) == ("too_many_requests", refused)
    assert error["retryable"] is True
    assert 1 <= error["retry_after"] <= 86_400
    await socket.ask(CRISIS)
    assert (await rest(owner, "post", path, {"content": PLAIN})).status_code == 429
