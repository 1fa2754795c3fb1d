"""Looks at every part that Veda stands on and says how to mend what is amiss: what `manage.py doctor` prints."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.api.google_flow import CALLBACK
from chat import screening
from pipeline import ingest, wiring
from pipeline.errors import ProviderError
from pipeline.providers.ollama import ModelDetails
from pipeline.types import HostState, with_tag

Severity = Literal["ok", "note", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    state: Severity
    """`note`: Veda serves without it, and the page says so."""
    seen: str
    mend: str = ""


def findings() -> Iterator[Finding]:
    """One by one, as they are found: some wait for a host."""
    for part, check in CHECKS.items():
        try:
            yield from check()
        except Exception as error:  # whatever a part does, the others are looked at
            yield Finding(part, "failed", f"{type(error).__name__}: {error}")


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
            version = cursor.fetchone()[0]
    except Exception as error:
        line = str(error).strip().splitlines()[0]
        yield Finding("database", "failed", line, "check DATABASE_URL or POSTGRES_*, and that it runs")
        return
    missing = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    if missing:
        yield Finding("database", "failed", f"{len(missing)} migrations aren't applied", "manage.py migrate")
        return
    yield Finding("database", "ok", f"{connection.vendor} {version}, all migrations applied")


def _channel_layer() -> Iterator[Finding]:
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)("doctor", {"type": "doctor"})
    except Exception as error:
        yield Finding("channel layer", "failed", type(error).__name__, "check REDIS_URL, and that Redis runs")
        return
    seen = "Redis" if settings.REDIS_URL else "in memory: for one process"
    yield Finding("channel layer", "ok", seen)


def _secrets() -> Iterator[Finding]:
    """Off DEBUG the settings refuse placeholders and short ones: what is left to say is whether it is for patients."""
    if settings.DEBUG:
        yield Finding(
            "secrets", "note", "DEBUG is on: made here, for this machine", "off DEBUG, set SECRET_KEY and JWT_SECRET"
        )
    elif settings.SECRET_KEY == settings.JWT_SECRET:
        yield Finding("secrets", "failed", "SECRET_KEY and JWT_SECRET are the same", "openssl rand -hex 32, for each")
    else:
        yield Finding("secrets", "ok", "SECRET_KEY and JWT_SECRET are set")


def _hosts() -> Iterator[Finding]:
    hosts = ", ".join(settings.ALLOWED_HOSTS)
    if settings.DEBUG and not set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]"}:
        yield Finding("hosts", "failed", f"DEBUG is on, and Veda answers for {hosts}", "DEBUG=false where others come")
    elif not settings.DEBUG and not settings.TRUSTED_PROXIES:
        seen = "off DEBUG all is sent to HTTPS, and without a proxy Veda can't see what came by it"
        yield Finding("hosts", "failed", seen, "put a proxy in front of Veda, TRUSTED_PROXIES=1")
    else:
        count = settings.TRUSTED_PROXIES
        proxies = f", behind {count} {'proxy' if count == 1 else 'proxies'}" if count else ""
        yield Finding("hosts", "ok", f"answers for {hosts}{proxies}")


def _operator() -> Iterator[Finding]:
    """Who answers for this Veda: the page names them before the chat and where patients agree."""
    given = {what: settings.OPERATOR[what] for what in ("name", "contact")}
    missing = [what for what, value in given.items() if not value]
    if missing:
        seen = f"patients see no {' and no '.join(missing)} of whoever runs Veda"
        yield Finding("operator", "note", seen, f"set {' and '.join(f'OPERATOR_{what.upper()}' for what in missing)}")
    else:
        yield Finding("operator", "ok", ", ".join(given.values()))


def _google() -> Iterator[Finding]:
    if not settings.GOOGLE_CLIENT_ID:
        yield Finding("Google sign-in", "ok", "off (GOOGLE_CLIENT_ID is not set)")
        return
    try:
        httpx.get(f"{settings.GOOGLE_ISSUER}/.well-known/openid-configuration", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        seen = f"{settings.GOOGLE_ISSUER}: {type(error).__name__}"
        yield Finding("Google sign-in", "failed", seen, "let Veda reach it, or check GOOGLE_ISSUER")
        return
    callback = settings.GOOGLE_OAUTH_REDIRECT_URI or f"{settings.PUBLIC_URL or 'the host'}{CALLBACK}"
    yield Finding("Google sign-in", "ok", f"on; it comes back to {callback}")


def _page() -> Iterator[Finding]:
    if (settings.FRONTEND_DIST / "index.html").exists():
        yield Finding("page", "ok", "built")
    else:
        yield Finding("page", "failed", "not built", "make run, or: cd frontend && npm ci && npm run build")


def _screening() -> Iterator[Finding]:
    try:
        classifier = screening.make_ready()
    except ImproperlyConfigured as error:
        mend = "install requirements.txt, or: manage.py train_screening"
        yield Finding("screening", "failed", str(error), mend)
        return
    yield Finding("screening", "ok", f"classifier {classifier.version} over {classifier.embedder}")


def _index() -> Iterator[Finding]:
    try:
        number, size = wiring.embedded_index().number_and_size()
    except ProviderError as error:
        yield Finding("search index", "failed", error.message, "manage.py seed_vector_index")
        return
    where = wiring.vector_store().name
    try:
        searches_meaning = wiring.embedded_index().searches_meaning()
    except ProviderError as error:
        seen = f"{where}, number {number}, searched by words alone: {error.detail or error}"
        yield Finding("search index", "failed", seen, "check EMBED_PROVIDER and INDEX_PROVIDER, and what they name")
        return
    if not searches_meaning:
        seen = f"not {where}, or of another embedder than {wiring.embedder().name}: searched by words alone"
        yield Finding("search index", "failed", seen, "manage.py seed_vector_index")
        return
    seen = f"{where}, number {number}, {size} passages, by words and meaning ({wiring.embedder().name})"
    if ingest.is_behind(wiring.index_folder(), wiring.embedder(), wiring.vector_store()):
        yield Finding("search index", "note", f"{seen}; behind the documents", "manage.py seed_vector_index")
        return
    yield Finding("search index", "ok", seen)


def _pinecone() -> Iterator[Finding]:
    if settings.PINECONE_API_KEY and settings.INDEX_PROVIDER != "pinecone":
        seen = "PINECONE_API_KEY is set, and the vectors are kept in files"
        yield Finding("Pinecone", "note", seen, "INDEX_PROVIDER=pinecone, or remove the key")


def _uploads() -> Iterator[Finding]:
    """Writes a small file and removes it."""
    where = f"S3 bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else "DATA_DIR/uploads"
    try:
        name = default_storage.save("uploads/doctor", ContentFile(b"doctor"))
        default_storage.delete(name)
    except Exception as error:
        mend = "check S3_*" if settings.S3_BUCKET else "let Veda write below DATA_DIR"
        yield Finding("uploads", "failed", f"{where}: {type(error).__name__}", mend)
        return
    yield Finding("uploads", "ok", where)


# Models


def _answers() -> Iterator[Finding]:
    if settings.USE_DEV_LLM:
        yield Finding("answers", "note", "canned, for tests (USE_DEV_LLM)")
    elif settings.LLM_PROVIDER == "extractive":
        yield Finding("answers", "ok", "quoted from the topics (LLM_PROVIDER=extractive)")
    elif settings.LLM_PROVIDER == "local":
        yield from _local_answers(wiring.local_watch().look())
    else:
        yield from _ollama_answers(wiring.ollama_watch().look())


def _local_answers(state: HostState) -> Iterator[Finding]:
    if not state.reachable:
        yield Finding("answers", "failed", state.problem, "start the server, or check LLM_ENDPOINT and LLM_API_KEY")
        return
    names = ", ".join(sorted(state.models)) or "no names"
    known = {settings.ANSWER_MODEL, with_tag(settings.ANSWER_MODEL)} & state.models
    if state.models and not known:
        yield Finding(
            "answers", "note", f"the server lists {names}, not {settings.ANSWER_MODEL}",
            "llama.cpp takes any name; for others set ANSWER_MODEL to one of these",
        )  # fmt: skip
        return
    yield Finding("answers", "ok", f"{settings.LLM_ENDPOINT} with {names}")


def _ollama_answers(state: HostState) -> Iterator[Finding]:
    needed: Severity = "failed" if settings.LLM_PROVIDER == "ollama" else "note"
    if not state.reachable:
        yield Finding("answers", needed, f"{state.problem}. Answers are quoted", "start Ollama, or check OLLAMA_URL")
        return
    yield Finding("Ollama", "ok", f"{settings.OLLAMA_URL}, version {state.version}")
    yield _model("answers", settings.ANSWER_MODEL, "completion", state, needed, "answers are quoted")
    if settings.SKIP_SUMMARIZER:
        yield Finding("summary", "ok", "left out (SKIP_SUMMARIZER)")
    else:
        yield _model(
            "summary", settings.SUMMARY_MODEL, "completion", state, "note", "questions are looked up as they are"
        )


def _pictures() -> Iterator[Finding]:
    if settings.SKIP_VISION or settings.LLM_PROVIDER == "extractive":
        yield Finding("pictures", "ok", "left out")
        return
    state = wiring.ollama_watch().state()
    if not state.reachable:
        yield Finding("pictures", "note", "no Ollama: pictures aren't looked at", "start Ollama, or SKIP_VISION=true")
        return
    yield _model("pictures", settings.VISION_MODEL, "vision", state, "note", "pictures aren't looked at")


SETTINGS = {
    "answers": "ANSWER_MODEL", "summary": "SUMMARY_MODEL", "pictures": "VISION_MODEL", "speech": "SPEECH_MODEL",
}  # fmt: skip


def _model(part: str, model: str, capability: str, state: HostState, if_missing: Severity, without: str) -> Finding:
    if not state.has(model):
        return Finding(part, if_missing, f"{model} isn't there: {without}", f"manage.py pull_models {model}")
    if not state.can(model, capability):
        return Finding(
            part, if_missing, f"{model} isn't made for {capability}: {without}", f"name another one: {SETTINGS[part]}"
        )
    details = wiring.ollama_host().show(model)
    if details.context_tokens and details.context_tokens < settings.MODEL_CONTEXT_TOKENS:
        seen = f"{model} takes {details.context_tokens} tokens, MODEL_CONTEXT_TOKENS is {settings.MODEL_CONTEXT_TOKENS}"
        return Finding(part, "failed", seen, f"MODEL_CONTEXT_TOKENS={details.context_tokens}, or another model")
    return Finding(part, "ok", f"{model}, {_described(details)}")


def _described(details: ModelDetails) -> str:
    context = f"context {settings.MODEL_CONTEXT_TOKENS} of {details.context_tokens or '?'} tokens"
    return f"{context}, {', '.join(sorted(details.capabilities))}"


def _speech() -> Iterator[Finding]:
    if settings.STT_PROVIDER == "off":
        yield Finding("speech", "ok", "off (STT_PROVIDER=off)")
    elif settings.STT_PROVIDER == "faster-whisper":
        yield _transcriber(f"faster-whisper with {settings.SPEECH_MODEL}", "check SPEECH_MODEL")
    elif settings.STT_URL == settings.OLLAMA_URL:
        state = wiring.ollama_watch().state()
        if state.reachable:
            yield _model("speech", settings.SPEECH_MODEL, "audio", state, "note", "speech isn't offered")
        else:
            yield Finding(
                "speech", "note", "no Ollama: speech isn't offered", "start Ollama, set STT_URL, or STT_PROVIDER=off"
            )
    else:
        yield _transcriber(
            f"{settings.STT_URL} with {settings.SPEECH_MODEL}", "check STT_URL, STT_API_KEY and SPEECH_MODEL"
        )


def _transcriber(seen: str, mend: str) -> Finding:
    transcriber = wiring.transcriber()
    assert transcriber
    try:
        transcriber.check()
    except ProviderError as error:
        return Finding("speech", "failed", error.detail, mend)
    return Finding("speech", "ok", seen)


def _alerts() -> Iterator[Finding]:
    first, second = settings.ALERT_CONTACTS["first"], settings.ALERT_CONTACTS["second"]
    if not any(first.values()):
        seen = "nobody is called: decisions of high severity and requests for a person are seen in the admin only"
        yield Finding("alerts", "note", seen, "set ALERT_EMAILS or ALERT_WEBHOOK_URL")
        return
    again = f"again after {settings.ALERT_REPEAT_MINUTES} minutes"
    then = "then a second contact" if any(second.values()) else "and no second contact"
    yield Finding("alerts", "ok", f"by {' and '.join(name for name, set_ in first.items() if set_)}, {again}, {then}")


def _duty() -> Iterator[Finding]:
    if settings.DUTY_HOURS:
        yield Finding("duty hours", "ok", f"{settings.DUTY_HOURS_GIVEN} ({settings.DUTY_TIME_ZONE})")
    else:
        yield Finding("duty hours", "ok", "none: no text says that anybody is watching (DUTY_HOURS is not set)")


def _temporary_folder() -> Iterator[Finding]:
    """Large requests pass through it, in files without a name."""
    folder = tempfile.gettempdir()
    if os.access(folder, os.W_OK):
        yield Finding("temporary folder", "ok", folder)
    else:
        yield Finding("temporary folder", "failed", f"{folder} can't be written to", "set TMPDIR")


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "database": _database,
    "channel layer": _channel_layer,
    "secrets": _secrets,
    "hosts": _hosts,
    "operator": _operator,
    "Google sign-in": _google,
    "page": _page,
    "screening": _screening,
    "search index": _index,
    "Pinecone": _pinecone,
    "uploads": _uploads,
    "temporary folder": _temporary_folder,
    "answers": _answers,
    "pictures": _pictures,
    "speech": _speech,
    "alerts": _alerts,
    "duty hours": _duty,
}


def as_json(finding: Finding) -> dict[str, Any]:
    return {"part": finding.part, "state": finding.state, "seen": finding.seen, "mend": finding.mend}
