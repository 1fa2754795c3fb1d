"""Three people for every test of access (the owner, a colleague from staff, an outsider), and the parts that run."""

from __future__ import annotations

import logging
import math
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest
from channels.layers import channel_layers
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connection, connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.operations import DatabaseOperations
from rest_framework.test import APIClient

from accounts import mail, rates
from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.tokens import TokenPair, start_session
from chat.models import Conversation
from chat.runner import Runner, runner
from moderation import services as moderation
from pipeline import index_keeper, ingest, wiring
from pipeline.index_keeper import IndexKeeper
from pipeline.loaders.markdown import read_topic
from pipeline.providers import index_building
from pipeline.tests.model_server import ModelServer
from pipeline.tests.pinecone_server import PineconeServer
from veda.tests.serving import manage

hypothesis.settings.register_profile("veda", deadline=None)  # how long an example takes says how busy a machine is
hypothesis.settings.load_profile("veda")


def pytest_sessionfinish() -> None:
    """A worker is killed ten seconds after its last test, and a busy machine takes longer to write what it measured."""
    if measured := coverage.Coverage.current():
        measured.save()


@pytest.fixture(scope="session")
def shipped_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the topics that ship, built without a database."""
    folder = tmp_path_factory.mktemp("index")
    files = sorted(file for file in wiring.KNOWLEDGE_FOLDER.glob("*.md") if file.name != "README.md")
    passages = (passage for file in files for passage in ingest.passages_of(read_topic(file)))
    undated = (replace(passage, review_due=None) for passage in passages)  # whatever day it is
    index_building.build(folder, undated, embedder=wiring.packaged_embedder())
    return folder


@pytest.fixture
def threads_that_change_often() -> Iterator[None]:
    """So that what two of them may do to each other, they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="session")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Fills a folder of data with a database and an index, as `make run` leaves it: made once, then copied."""
    made = tmp_path_factory.mktemp("prepared")
    for command in ("migrate", "seed_vector_index"):
        done = manage(made, command, "--verbosity", "0")
        assert done.returncode == 0, done.stderr
    return partial(shutil.copytree, made, dirs_exist_ok=True)


_WAKE = IndexKeeper.wake


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A test with transactions of its own empties every table. What migrations put into them comes back as it was:
    to have each app fill its own anew takes a hundred times as long. PostgreSQL makes new files for a table that is
    truncated, and waits for the disk with each commit: its rows are deleted, and nothing here need outlive the machine.
    """
    filled = (ContentType, Permission, Group, Group.permissions.through)
    with django_db_blocker.unblock():
        rows = [(model, list(model._default_manager.all())) for model in filled]
        if connection.vendor == "postgresql":
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit TO off")
            connection.close()  # it holds from the next on

    def put_back(verbosity: int, interactive: bool, db: str, **_: Any) -> None:
        with transaction.atomic(using=db):
            for model, kept in rows:
                model._default_manager.using(db).bulk_create(kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", put_back)
        patch.setattr(DatabaseOperations, "sql_flush", _deletes)
        yield


def _deletes(operations: BaseDatabaseOperations, style: object, tables: Iterable[str], **_: object) -> list[str]:
    return [f"DELETE FROM {operations.quote_name(table)}" for table in tables]  # foreign keys are looked at in the end


@pytest.fixture(autouse=True)
def _fresh_parts(shipped_index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins with an empty cache and parts that follow its settings."""
    monkeypatch.setattr(wiring, "index_folder", lambda: shipped_index)
    monkeypatch.setattr(channel_layers, "backends", {})  # one that was broken off holds a lock of a loop that is over
    parts = (
        wiring.embedded_index,
        wiring.vector_store,
        wiring.embedder,
        wiring.ollama_watch,
        wiring.local_watch,
        wiring.transcriber,
        rates.limiter_of_process,
    )
    for part in parts:
        part.cache_clear()
    cache.clear()
    without_versions = moderation.StoredRules()
    without_versions.looked_at = math.inf  # never: not every test has a database
    monkeypatch.setattr(moderation, "stored", without_versions)
    monkeypatch.setattr(index_keeper, "keeper", index_keeper.IndexKeeper())
    monkeypatch.setattr(index_keeper.IndexKeeper, "wake", lambda *_, **__: None)  # but where a test names `keeper`
    yield
    mail.drain()
    for part in parts:
        part.cache_clear()


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[IndexKeeper]:
    """It builds, into a folder of the test's own."""
    folder = tmp_path / "index"
    monkeypatch.setattr(wiring, "index_folder", lambda: folder)
    monkeypatch.setattr(IndexKeeper, "wake", _WAKE)
    yield index_keeper.keeper
    index_keeper.keeper.wait()


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def pinecone(monkeypatch: pytest.MonkeyPatch) -> Iterator[PineconeServer]:
    """A server in Pinecone's place, which nobody uses yet; and a client that doesn't wait before it tries again."""
    pytest.importorskip("needledb", reason="needledb isn't installed: on Macs of Intel there is none")
    monkeypatch.setattr("pinecone._internal.http_client._retry_sleep", lambda _: None)
    monkeypatch.setattr("pipeline.providers.pinecone_host.RETRY_AFTER", (0.0, 0.0, 0.0))
    with PineconeServer() as server:
        yield server


@pytest.fixture
def ollama(model_server: ModelServer, settings: Any) -> ModelServer:
    """A model host that Veda is set to use, where it answers. Name it before `running`, which looks for it."""
    settings.OLLAMA_URL = settings.STT_URL = model_server.url
    return model_server


@pytest.fixture
def owner(db: None) -> User:
    return UserFactory(name="Olga Owner")


@pytest.fixture
def colleague(db: None) -> User:
    return UserFactory(name="Colin Colleague", role=User.Role.MODERATOR)


@pytest.fixture
def outsider(db: None) -> User:
    return UserFactory(name="Otto Outsider")


@pytest.fixture
def conversation(owner: User) -> Conversation:
    return Conversation.objects.create(user=owner)


@pytest.fixture
def tokens_of() -> Callable[[User], TokenPair]:
    return lambda user: start_session(user=user, method="password")


@pytest.fixture
def client_of(tokens_of: Callable[[User], TokenPair]) -> Callable[[User | None], APIClient]:
    """An API client that is signed in as somebody, or as nobody."""

    def make(user: User | None) -> APIClient:
        client = APIClient()
        if user:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens_of(user).access}")
        return client

    return make


@pytest.fixture
async def running(transactional_db: None) -> AsyncIterator[Runner]:
    """A runner on the test's event loop."""
    await runner.start()
    yield runner
    await runner.stop(drain_seconds=0)


@pytest.fixture
def at_once(transactional_db: None) -> Callable[[Callable[[], Any], int], list[Any]]:
    """Calls a function in so many threads at the same moment, each with a database connection of its own."""

    def call(function: Callable[[], Any], count: int) -> list[Any]:
        start = threading.Barrier(count)

        def one() -> Any:
            start.wait(timeout=20)
            try:
                return function()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(count) as threads:
            return [future.result() for future in [threads.submit(one) for _ in range(count)]]

    return call


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """Every line that the product writes to its log, as it is written there."""
    written = settings.LOGGING["loggers"].items()
    loggers = [logging.getLogger(name) for name, own in written if not own.get("propagate", True)]
    for logger in loggers:
        logger.addHandler(caplog.handler)
    caplog.handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    yield lambda: [caplog.handler.format(record) for record in caplog.records]
    for logger in loggers:
        logger.removeHandler(caplog.handler)


@pytest.fixture
def error_of() -> Callable[[Any], str]:
    """The code of an error answer, having checked that it has the one shape."""

    def code(response: Any) -> str:
        body = response.json()
        assert set(body["error"]) <= {"code", "message", "fields"}, body
        assert body["error"]["message"]
        assert settings.SECRET_KEY not in response.content.decode()
        return body["error"]["code"]

    return code
