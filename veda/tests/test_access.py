"""Every route × everybody: what each is answered, and that nothing of the owner's comes with it.

A route that isn't in the table fails the test that looks for it.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from accounts import audit, tokens
from accounts.agreement import agreement_version
from accounts.models import AuditEvent, Invitation, RefreshFamily, User
from accounts.tests.factories import PASSWORD, UserFactory
from chat.attachments import store_picture
from chat.models import Attachment, Conversation, DayCounts, Feedback, HelpRequest, Message
from chat.routing import websocket_urlpatterns
from moderation.models import Alert, Concern, Decision, RuleBook
from moderation.services import shipped_text
from pipeline.models import Document
from veda.asgi import application

ACTORS = ("nobody", "owner", "other", "moderator", "administrator", "disabled")
MARK = "7319zq"
"""In everything that is the owner's alone."""

_SAME = "{0} {0} {0} {0} {0} {0}".format
_PUBLIC = _SAME(200)
_SIGNED_IN = "401 200 200 200 200 403"
_SIGNED_IN_204 = "401 204 204 204 204 403"
_OWNERS = "401 200 404 404 404 403"
_OWNERS_204 = "401 204 404 404 404 403"
_OWNERS_201 = "401 201 404 404 404 403"


@dataclass(frozen=True, slots=True)
class Row:
    """`answers`: a status for each of `ACTORS`. `body` may name what is the owner's: `{conversation}` …"""

    answers: str
    body: Any = None
    file: bool = False
    headers: dict[str, str] = field(default_factory=dict)


_WEB = {"X-Veda-Client": "web"}

TABLE: dict[str, Row] = {
    # Pages
    "GET /health": Row(_PUBLIC),
    "GET /health/ready": Row(_PUBLIC),
    "GET /metrics": Row(_SAME(404)),  # off, as it comes; on: veda/tests/test_metrics.py
    "GET /emergency": Row(_PUBLIC),
    "GET /service-worker.js": Row(_PUBLIC),
    "GET /favicon.ico": Row(_SAME(302)),
    "GET /": Row(_PUBLIC),
    "GET /…": Row(_SAME(404)),
    "GET /uploads/…": Row(_SAME(404)),
    "GET /api/schema": Row(_PUBLIC),
    "GET /api/docs": Row(_PUBLIC),
    "GET /api/config": Row(_PUBLIC),
    # Signing in
    "POST /api/auth/register": Row(_SAME(201), {"email": "new@veda.example", "password": PASSWORD, "name": "New"}),
    "POST /api/auth/login": Row(_SAME(401), {"email": "{email}", "password": "not the password"}),
    "POST /api/auth/refresh": Row(_SAME(401), {"refresh": "no token"}),
    "POST /api/auth/logout": Row(_SAME(204), {"refresh": "no token"}),
    "POST /api/auth/ws-ticket": Row(_SIGNED_IN, {"conversation": "{conversation}"}),
    "GET /api/auth/google/login": Row(_SAME(302)),
    "GET /api/auth/google/callback": Row(_SAME(302)),
    "POST /api/auth/google/second-factor": Row(_SAME(401), {"code": "123456"}, headers=_WEB),
    # One's own account
    "GET /api/auth/me": Row(_SIGNED_IN),
    "PATCH /api/auth/me": Row(_SIGNED_IN, {"name": "Another"}),
    "POST /api/auth/password": Row(_SIGNED_IN, {"current_password": PASSWORD, "new_password": "a cow and nine pins"}),
    "POST /api/auth/password/reset": Row(_SAME(204), {"email": "{email}"}),
    "POST /api/auth/password/reset/confirm": Row(_SAME(400), {"token": "no-token", "password": "a cow and nine pins"}),
    "POST /api/auth/email/confirmation": Row(_SIGNED_IN_204),
    "POST /api/auth/email/confirm": Row(_SAME(400), {"token": "no-token"}),
    "GET /api/auth/devices": Row(_SIGNED_IN),
    "DELETE /api/auth/devices": Row(_SIGNED_IN_204),
    "DELETE /api/auth/devices/{device}": Row(_OWNERS_204),
    "GET /api/auth/consents": Row(_SIGNED_IN),
    "POST /api/auth/consent": Row(_SIGNED_IN_204, {"version": "{version}"}),
    "DELETE /api/auth/consents/{purpose}": Row(_SIGNED_IN_204),
    "POST /api/account/export": Row(_SIGNED_IN, {"password": PASSWORD}),
    "DELETE /api/account": Row("401 204 204 204 400 403", {"password": PASSWORD}),  # the last administrator stays
    "GET /api/account/health-profile": Row(_SIGNED_IN),
    "PUT /api/account/health-profile": Row(_SIGNED_IN, {"age_band": "18_to_64"}),
    "DELETE /api/account/health-profile": Row(_SIGNED_IN_204),
    # Conversations
    "GET /api/conversations": Row(_SIGNED_IN),
    "POST /api/conversations": Row("401 201 201 201 201 403", {}),
    "GET /api/conversations/{conversation}": Row(_OWNERS),
    "PATCH /api/conversations/{conversation}": Row(_OWNERS, {"title": "Another"}),
    "DELETE /api/conversations/{conversation}": Row(_OWNERS_204),
    "GET /api/conversations/{conversation}/messages": Row(_OWNERS),
    "POST /api/conversations/{conversation}/messages": Row(_OWNERS_201, {"content": "What helps?"}),
    "PUT /api/conversations/{conversation}/messages/{reply}/feedback": Row(_OWNERS, {"rating": 1}),
    "DELETE /api/conversations/{conversation}/messages/{reply}/feedback": Row(_OWNERS_204),
    "GET /api/conversations/{conversation}/health-profile": Row(_OWNERS),
    "PUT /api/conversations/{conversation}/health-profile": Row(_OWNERS, {"age_band": "2_to_11"}),
    "DELETE /api/conversations/{conversation}/health-profile": Row(_OWNERS_204),
    "POST /api/conversations/{conversation}/help": Row(_OWNERS_201),
    "DELETE /api/conversations/{conversation}/help": Row(_OWNERS_204),
    "POST /api/conversations/{conversation}/attachments": Row(_OWNERS_201, file=True),
    "POST /api/conversations/{conversation}/transcriptions": Row("401 400 404 404 404 403", file=True),
    "GET /uploads/{conversation}/{file}": Row("404 200 404 404 404 404"),
    # Staff
    "GET /admin": Row(_SAME(302)),
    "GET /api/admin/stats": Row("401 403 403 200 200 403"),
    "GET /api/admin/metrics": Row("401 403 403 200 200 403"),
}

SOCKETS = {
    "ws/conversations/{conversation}": "4401 open 4404 4404 4404 4423",
    "ws/…": "4404 4404 4404 4404 4404 4404",
}
"""What each is closed with, if so."""


# What there is


def routes() -> Iterator[tuple[str, str, Any]]:
    """Each method and address that the URL configuration has, with what answers there."""
    for path, callback in _walk(get_resolver(), "/"):
        for method in _methods(callback):
            yield method, path, callback


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, entry.callback
        else:
            yield from _walk(entry, path)


def _methods(callback: Any) -> list[str]:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None or not hasattr(view, "authentication_classes"):
        return ["GET"]
    return [name.upper() for name in view.http_method_names if hasattr(view, name) and name not in ("options", "head")]


_PARAMETERS = {
    "conversation_id": "{conversation}", "file_name": "{file}", "device_id": "{device}", "purpose": "{purpose}",
    "message_id": "{reply}",
}  # fmt: skip


def as_in_table(path: str) -> str:
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: _PARAMETERS.get(found[1], f"{{{found[1]}}}"), path)
    if path.startswith("/^(?:"):
        return "/"
    if path.startswith("/^uploads"):
        return "/uploads/…"
    if path.startswith("/admin/^("):
        return "/admin/{app}/"
    return path + "…" if path == "/" else path.replace("(?P{url}.*)$", "…")


ADMIN: dict[str, str] = {
    "sign-in": "200 200 200 302 302 200",
    "sign-in/code": "302 302",
    "sign-in/again": "200 200",
    "sign-in/again/code": "302 302",
    "second-factor": "200 200",
    "second-factor/set-up": "200 200",
    "second-factor/remove": "404 404",
    "second-factor/recovery-codes": "404 404",
    "second-factor/recovery-codes/new": "200 200",
    "": "200 200",
    "system/": "403 200",
    "login/": "302 302",
    "logout/": "405 405",
    "password_change/": "200 200",
    "password_change/done/": "200 200",
    "autocomplete/": "403 403",
    "jsi18n/": "200 200",
    "auth/group/": "403 403",
    "auth/group/add/": "403 403",
    "auth/group/{object_id}/history/": "403 403",
    "auth/group/{object_id}/delete/": "403 403",
    "auth/group/{object_id}/change/": "403 403",
    "auth/group/{object_id}/": "302 302",
    "accounts/user/{id}/password/": "403 403",
    "accounts/user/": "403 200",
    "accounts/user/add/": "403 200",
    "accounts/user/{object_id}/history/": "403 200",
    "accounts/user/{object_id}/delete/": "403 403",
    "accounts/user/{object_id}/change/": "403 200",
    "accounts/user/{object_id}/": "302 302",
    "accounts/invitation/": "403 200",
    "accounts/invitation/add/": "403 200",
    "accounts/invitation/{object_id}/history/": "403 200",
    "accounts/invitation/{object_id}/delete/": "403 200",
    "accounts/invitation/{object_id}/change/": "403 200",
    "accounts/invitation/{object_id}/": "302 302",
    "accounts/auditevent/": "403 200",
    "accounts/auditevent/add/": "403 403",
    "accounts/auditevent/{object_id}/history/": "403 200",
    "accounts/auditevent/{object_id}/delete/": "403 403",
    "accounts/auditevent/{object_id}/change/": "403 200",
    "accounts/auditevent/{object_id}/": "302 302",
    "accounts/refreshfamily/": "403 200",
    "accounts/refreshfamily/add/": "403 403",
    "accounts/refreshfamily/{object_id}/history/": "403 200",
    "accounts/refreshfamily/{object_id}/delete/": "403 403",
    "accounts/refreshfamily/{object_id}/change/": "403 200",
    "accounts/refreshfamily/{object_id}/": "302 302",
    "moderation/decision/": "200 200",
    "moderation/decision/add/": "403 403",
    "moderation/decision/{object_id}/history/": "200 200",
    "moderation/decision/{object_id}/delete/": "403 403",
    "moderation/decision/{object_id}/change/": "200 200",
    "moderation/decision/{object_id}/": "302 302",
    "pipeline/document/": "200 200",
    "pipeline/document/{id}/sign-off/": "403 403",
    "pipeline/document/{id}/edit/": "403 200",
    "pipeline/document/{id}/retire/": "403 200",
    "pipeline/document/reindex/": "405 405",
    "pipeline/document/unanswered/": "200 200",
    "pipeline/document/add/": "403 200",
    "pipeline/document/{object_id}/history/": "200 200",
    "pipeline/document/{object_id}/delete/": "403 403",
    "pipeline/document/{object_id}/change/": "200 200",
    "pipeline/document/{object_id}/": "302 302",
    "chat/conversation/{conversation}/read/": "403 403",
    "chat/conversation/{conversation}/join/": "405 405",
    "chat/conversation/{conversation}/leave/": "405 405",
    "chat/conversation/{conversation}/write/": "405 405",
    "chat/conversation/{conversation}/typing/": "405 405",
    "chat/conversation/{conversation}/pause/": "200 200",
    "chat/conversation/": "200 200",
    "chat/conversation/add/": "403 403",
    "chat/conversation/{object_id}/history/": "200 200",
    "chat/conversation/{object_id}/delete/": "403 403",
    "chat/conversation/{object_id}/change/": "200 200",
    "chat/conversation/{object_id}/": "302 302",
    "chat/attachment/": "200 200",
    "chat/attachment/add/": "403 403",
    "chat/attachment/{object_id}/history/": "200 200",
    "chat/attachment/{object_id}/delete/": "403 403",
    "chat/attachment/{object_id}/change/": "200 200",
    "chat/attachment/{object_id}/": "302 302",
    "chat/daycounts/csv/": "200 200",
    "chat/daycounts/": "200 200",
    "chat/daycounts/add/": "403 403",
    "chat/daycounts/{object_id}/history/": "200 200",
    "chat/daycounts/{object_id}/delete/": "403 403",
    "chat/daycounts/{object_id}/change/": "200 200",
    "chat/daycounts/{object_id}/": "302 302",
    "chat/feedback/": "200 200",
    "chat/feedback/add/": "403 403",
    "chat/feedback/{object_id}/history/": "200 200",
    "chat/feedback/{object_id}/delete/": "403 403",
    "chat/feedback/{object_id}/change/": "200 200",
    "chat/feedback/{object_id}/": "302 302",
    "chat/helprequest/": "200 200",
    "chat/helprequest/add/": "403 403",
    "chat/helprequest/{object_id}/history/": "200 200",
    "chat/helprequest/{object_id}/delete/": "403 403",
    "chat/helprequest/{object_id}/change/": "200 200",
    "chat/helprequest/{object_id}/": "302 302",
    "moderation/concern/": "200 200",
    "moderation/concern/add/": "403 403",
    "moderation/concern/{object_id}/history/": "200 200",
    "moderation/concern/{object_id}/delete/": "403 403",
    "moderation/concern/{object_id}/change/": "200 200",
    "moderation/concern/{object_id}/": "302 302",
    "moderation/alert/": "403 200",
    "moderation/alert/add/": "403 403",
    "moderation/alert/{object_id}/history/": "403 200",
    "moderation/alert/{object_id}/delete/": "403 403",
    "moderation/alert/{object_id}/change/": "403 200",
    "moderation/alert/{object_id}/": "302 302",
    "moderation/rulebook/": "200 200",
    "moderation/rulebook/in-force/": "200 200",
    "moderation/rulebook/{number}/restore": "405 405",
    "moderation/rulebook/add/": "403 200",
    "moderation/rulebook/{object_id}/history/": "200 200",
    "moderation/rulebook/{object_id}/delete/": "403 403",
    "moderation/rulebook/{object_id}/change/": "200 200",
    "moderation/rulebook/{object_id}/": "302 302",
    "{app}/": "404 200",
    "…": "404 404",
}
"""Below the admin's path: a moderator's and an administrator's answers; everybody else is led to the sign-in."""


def test_every_route_is_in_the_table():
    known = set(TABLE) | {f"GET /admin/{path}" for path in ADMIN}
    found = {f"{method} {as_in_table(path)}" for method, path, _ in routes()}
    assert found - known == set(), "say in the table who gets what there"
    assert known - found == set(), "gone: take them from the table"


# Who asks


@dataclass(slots=True)
class World:
    """What is there of the owner's, and everybody's way in."""

    people: dict[str, User]
    names: dict[str, str]

    def client(self, actor: str) -> APIClient:
        """With an access token and a session of the admin's, as far as there is somebody."""
        client = APIClient(raise_request_exception=False)
        if actor != "nobody":
            client.force_login(self.people[actor], backend="django.contrib.auth.backends.ModelBackend")
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.names[f'access of {actor}']}")
        return client

    def fill(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        return re.sub(r"\{(.+?)\}", lambda found: self.names[found[1]], value) if isinstance(value, str) else value

    def secrets(self) -> list[str]:
        return [MARK, self.names["conversation"], self.names["device"], self.names["owner"]]


@pytest.fixture
def world(db: None) -> World:
    people = {
        "owner": UserFactory(name=f"Olga {MARK}", email=f"olga-{MARK}@veda.example", year_of_birth=1970),
        "other": UserFactory(name="Otto"),
        "moderator": UserFactory(name="Mo", role=User.Role.MODERATOR),
        "administrator": UserFactory(name="Ada", role=User.Role.ADMIN),
        "disabled": UserFactory(name="Dan"),
    }
    pairs = {
        name: tokens.start_session(user=user, method=RefreshFamily.Method.PASSWORD) for name, user in people.items()
    }
    owner = people["owner"]
    RefreshFamily.objects.filter(user=owner).update(browser=f"Browser {MARK}")
    conversation = Conversation.objects.create(
        user=owner, title=f"Title {MARK}", summary=f"Summary {MARK}", last_position=2
    )
    question = Message.objects.create(
        conversation=conversation, position=1, sender="user", status="sent", type="image", content=f"Question {MARK}"
    )
    reply = Message.objects.create(
        conversation=conversation, position=2, sender="assistant", status="done", content=f"Answer {MARK}",
        reply_to=question,
    )  # fmt: skip
    Feedback.objects.create(message=reply, rating=-1, comment=f"Comment {MARK}")
    attachment = store_picture(conversation, _picture(), name=f"{MARK}.png", metadata={})
    attachment.message = question
    attachment.save()
    Decision.objects.create(
        patient_id=owner.id, conversation_id=conversation.id, message_id=question.id, severity="medium",
        category="test", action=Decision.Action.FLAGGED,
    )  # fmt: skip
    people["disabled"].is_active = False
    people["disabled"].save()
    names = {
        "owner": str(owner.id), "email": owner.email, "conversation": str(conversation.id),
        "device": str(RefreshFamily.objects.get(user=owner).id), "file": attachment.path.rsplit("/", 1)[1],
        "purpose": "terms", "version": agreement_version(), "reply": str(reply.id),
    }  # fmt: skip
    return World(people, names | {f"access of {name}": pair.access for name, pair in pairs.items()})


def _picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "PNG")
    return data.getvalue()


def _ask(world: World, actor: str, route: str, row: Row) -> Any:
    method, path = route.split(" ")
    address = world.fill(path.replace("…", "no-such-page"))
    body = {"file": SimpleUploadedFile("x.png", _picture(), "image/png")} if row.file else world.fill(row.body)
    send = getattr(world.client(actor), method.lower())
    if body is None:
        return send(address, headers=row.headers)
    return send(address, body, format="multipart" if row.file else "json", headers=row.headers)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("route", TABLE)
def test_everybody_gets_what_the_table_says(world: World, route: str, actor: str) -> None:
    answer = _ask(world, actor, route, TABLE[route])
    text = _text(answer)
    assert answer.status_code == int(TABLE[route].answers.split()[ACTORS.index(actor)]), text[:400]
    if answer.status_code >= 400 and answer["Content-Type"].startswith("application/json"):
        assert set(json.loads(answer.content)["error"]) <= {"code", "message", "fields"}
    if actor != "owner":
        assert [secret for secret in world.secrets() if secret in text] == []


def _text(answer: Any) -> str:
    """The export is made while it is sent, by threads outside this transaction: it has tests of its own."""
    if answer.streaming and answer.is_async:
        return str(answer.headers)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(answer.headers) + body.decode(errors="replace")


@pytest.fixture
def rows(world: World) -> dict[str, Any]:
    """One row of each model in the admin; the owner's, where it is somebody's."""
    owner, conversation = world.people["owner"], Conversation.objects.get()
    return {
        "accounts/user": owner.pk,
        "accounts/invitation": Invitation.objects.create(expires_at=timezone.now(), email=f"{MARK}@veda.example").pk,
        "accounts/auditevent": audit.record(AuditEvent.Action.REGISTERED, subject_id=owner.pk).pk,
        "accounts/refreshfamily": world.names["device"],
        "auth/group": Group.objects.get(name="Moderator").pk,
        "chat/attachment": Attachment.objects.get().pk,
        "chat/conversation": conversation.pk,
        "chat/daycounts": DayCounts.objects.create(day=date(2026, 3, 10)).pk,
        "chat/feedback": world.names["reply"],
        "chat/helprequest": HelpRequest.objects.create(conversation=conversation, closed_at=timezone.now()).pk,
        "moderation/alert": Alert.objects.create(about="decision", object_id=uuid.uuid4(), call=1, channel="mail").pk,
        "moderation/concern": Concern.objects.create(
            patient_id=owner.pk, category="test", raised_at=timezone.now(), until=timezone.now()
        ).pk,
        "moderation/decision": Decision.objects.get().pk,
        "moderation/rulebook": RuleBook.objects.create(text=shipped_text(), note="As they ship.").pk,
        "pipeline/document": Document.objects.create(title="A topic", slug="a-topic", body="…").pk,
    }


@pytest.mark.parametrize("path", ADMIN)
def test_the_admin_shows_each_what_the_table_says(world: World, rows: dict[str, Any], path: str) -> None:
    model = "/".join(path.split("/")[:2])
    address = re.sub(r"\{(object_id|id|number)\}", str(rows.get(model, 1)), path)
    address = world.fill(address.replace("{app}", "accounts").replace("…", "nothing"))
    secrets = [secret for secret in world.secrets() if secret not in address]  # who is led to the sign-in is led back
    expected = ADMIN[path].split()
    if len(expected) == 2:
        expected = ["302", "302", "302", *expected, "302"]
    for actor, status in zip(ACTORS, map(int, expected), strict=True):
        client = world.client(actor)
        answer, posted = client.get(f"/admin/{address}"), client.post(f"/admin/{address}", {})
        assert answer.status_code == status, actor
        if status in (302, 403):
            assert posted.status_code in (302, 403, 405), actor
        text = _text(answer) + _text(posted)
        assert not re.search(rf"(Title|Summary|Question|Answer|Comment) {MARK}", text), (
            "what patients write is read on purpose"
        )
        if actor == "moderator":
            assert MARK not in text, "moderators need no names"
        elif actor not in ("owner", "administrator"):
            assert [secret for secret in secrets if secret in text] == [], actor


def test_every_socket_is_in_the_table() -> None:
    found = {str(entry.pattern) for entry in websocket_urlpatterns}
    assert found == {r"^ws/conversations/(?P<conversation_id>[^/]+)$", ""}, "say in SOCKETS who gets what there"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("path", SOCKETS)
async def test_a_socket_opens_for_whom_the_table_says(world: World, path: str, actor: str) -> None:
    token = world.names.get(f"access of {actor}", "")
    address = world.fill(path.replace("…", "no-such-socket"))
    socket = WebsocketCommunicator(application, f"/{address}?token={token}")
    assert (await socket.connect(timeout=15))[0], "a refusal is told by the code, which only an open socket has"
    await socket.send_json_to({"type": "ping"})
    event = await socket.receive_output(timeout=15)
    await socket.disconnect()
    answered = "open" if event["type"] == "websocket.send" else str(event["code"])
    assert answered == SOCKETS[path].split()[ACTORS.index(actor)]
    assert MARK not in str(event)
