"""What is counted for /metrics, where ENABLE_METRICS is on: at a reply's end and at rare events, never for a chunk.

Each process counts into files of its own under DATA_DIR/metrics/<host>; whichever process of the host is asked adds
them all up. `prometheus_client` is imported where something is counted only.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import locks
from django.core.signals import got_request_exception
from django.db.models.signals import post_save

from chat.latencies import stages_of
from moderation.models import Decision
from pipeline import errors

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

logger = logging.getLogger(__name__)

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)


class _Counted:
    replies: Counter
    seconds: Histogram
    tokens: Counter
    retrievals: Counter
    decisions: Counter
    provider_errors: Counter
    resumes: Counter
    sockets: Gauge
    server_errors: Counter


_SPACE = 1024 * 1024
"""Of each file, taken at the start: they are memory-mapped, and who writes to a gap on a full disk is killed.
A view that is asked by one method takes 3 KB of the largest."""
_FILES = ("counter", "histogram", "gauge_livesum")
"""As `prometheus_client` names them, each with the process's number."""

_counted: _Counted | None = None
"""None: nothing is counted here."""
_held: list[IO[bytes]] = []
"""The lock that says that this process lives; the system lets go of it when the process ends."""


def start() -> None:
    """Of a process that serves. Where no other of the host does, all counts begin anew."""
    global _counted
    if _counted or not settings.ENABLE_METRICS:
        return
    try:
        _take_place()
    except OSError as error:
        logger.error("Nothing is counted for /metrics: %s", error.strerror)
        return
    _counted = _declare()
    errors.observers.append(_on_provider_error)
    post_save.connect(_on_decision, sender=Decision)
    got_request_exception.connect(_on_server_error)


def is_counting() -> bool:
    return _counted is not None


def _take_place() -> None:
    """Raises OSError."""
    settings.METRICS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.METRICS_DIR / "start.lock").open("wb") as gate:
        locks.lock(gate, locks.LOCK_EX)
        if not forget_dead():
            for file in settings.METRICS_DIR.glob("*.db"):
                file.unlink(missing_ok=True)
        lock = (settings.METRICS_DIR / f"{os.getpid()}.lock").open("wb")
        locks.lock(lock, locks.LOCK_EX | locks.LOCK_NB)
        _held.append(lock)
        for kind in _FILES:
            file = settings.METRICS_DIR / f"{kind}_{os.getpid()}.db"
            if not file.exists():  # else a process of the same number counted there before: it is gone on with
                file.write_bytes(bytes(_SPACE))


def _declare() -> _Counted:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    into: dict[str, Any] = {"registry": CollectorRegistry()}
    counted = _Counted()
    counted.replies = Counter("veda_replies", "Replies that ended", ["provider", "ended"], **into)
    counted.seconds = Histogram(
        "veda_reply_seconds",
        "How long replies took, from their claim on",
        ["stage", "provider"],
        buckets=SECONDS,
        **into,
    )
    counted.tokens = Counter("veda_tokens", "Tokens that models read and wrote", ["kind", "provider"], **into)
    counted.retrievals = Counter("veda_retrievals", "Questions by what was found on them", ["found"], **into)
    counted.decisions = Counter("veda_decisions", "Decisions of the screening", ["severity"], **into)
    counted.provider_errors = Counter("veda_provider_errors", "Failures of what Veda depends on", ["step"], **into)
    counted.resumes = Counter("veda_resumes", "Sockets that went on where another ended", **into)
    counted.sockets = Gauge("veda_open_sockets", "Open WebSockets", multiprocess_mode="livesum", **into)
    counted.server_errors = Counter("veda_server_errors", "Requests that failed unexpectedly", **into)
    return counted


def forget_dead() -> bool:
    """Their sockets aren't open any more; what they counted stays. Whether some process of this host lives."""
    some_live = False
    for file in settings.METRICS_DIR.glob("[0-9]*.lock"):
        with file.open("ab") as lock:
            if not locks.lock(lock, locks.LOCK_EX | locks.LOCK_NB):
                some_live = True
                continue
            for gauge in settings.METRICS_DIR.glob(f"gauge_live*_{file.stem}.db"):
                gauge.unlink(missing_ok=True)
        file.unlink(missing_ok=True)
    return some_live


def registry() -> CollectorRegistry:
    """What all processes of this host have counted so far."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    forget_dead()
    together = CollectorRegistry()
    MultiProcessCollector(together, str(settings.METRICS_DIR))
    return together


# What is told from elsewhere


def reply_ended(metadata: Mapping[str, Any]) -> None:
    if _counted is None:
        return
    provider = metadata.get("provider", "")
    _counted.replies.labels(provider, metadata.get("reason") or "done").inc()
    for stage, milliseconds in stages_of(metadata.get("timings") or {}):
        _counted.seconds.labels(stage, provider).observe(milliseconds / 1000)
    counts = metadata.get("counts") or {}
    for kind in ("prompt", "completion"):
        if tokens := counts.get(f"{kind}_tokens"):
            _counted.tokens.labels(kind, provider).inc(tokens)
    if "retrieved" in (metadata.get("timings") or {}):
        _counted.retrievals.labels("nothing" if metadata.get("kind") == "not_found" else "sources").inc()


def sockets_open(count: int) -> None:
    if _counted:
        _counted.sockets.set(count)


def resumed() -> None:
    if _counted:
        _counted.resumes.inc()


def _on_provider_error(step: str) -> None:
    if _counted:
        _counted.provider_errors.labels(step).inc()


def _on_decision(instance: Decision, created: bool, **_: Any) -> None:
    if _counted and created:
        _counted.decisions.labels(instance.severity).inc()


def _on_server_error(**_: Any) -> None:
    if _counted:
        _counted.server_errors.inc()
