"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from pipeline import wiring
from pipeline.errors import ProviderError

LAYER_SECONDS = 1.0


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Each part with state and latency. 503 only where the application can't serve: without its database."""
    parts = {
        "database": _check(_database),
        "channel_layer": _check(_channel_layer),
        "vector_index": _check(_index),
        "model_host": _model_host(),
    }
    can_serve = parts["database"]["state"] == "ok"
    status = "ok" if all(part["state"] in ("ok", "off") for part in parts.values()) else "degraded"
    body = {
        "status": status if can_serve else "failed",
        "answerer": wiring.answerer().info.as_json(),
        "parts": parts,
    }
    return JsonResponse(body, status=200 if can_serve else 503)


def _check(probe: Callable[[], str]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        state, detail = "ok", probe()
    except ProviderError as error:
        state, detail = "failed", error.message
    except Exception as error:
        state, detail = "failed", type(error).__name__
    return {"state": state, "detail": detail, "latency_ms": round((time.perf_counter() - started) * 1000, 1)}


def _model_host() -> dict[str, Any]:
    """`off`: none is wanted, or `LLM_PROVIDER=auto` found none and quotes. Addresses aren't told: anybody may ask."""
    if settings.LLM_PROVIDER == "extractive" or settings.USE_DEV_LLM:
        return {"state": "off", "detail": wiring.answerer().info.label}
    part = _check(_reached_host)
    if part["state"] == "failed" and settings.LLM_PROVIDER == "auto" and not wiring.uses_ollama_for_answers():
        part["state"] = "off"
    return part


def _reached_host() -> str:
    """Raises ProviderError."""
    state = wiring.host_state()
    assert state
    if not state.reachable:
        raise ProviderError("The model host doesn't answer.", retryable=True)
    missing = [model for model in wiring.models_wanted() if settings.LLM_PROVIDER != "local" and not state.has(model)]
    if missing:
        raise ProviderError(f"Models that aren't there: {', '.join(missing)}.", retryable=False)
    return " ".join(["reached", state.version]).strip()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.vendor


def _channel_layer() -> str:
    layer = get_channel_layer()

    async def send() -> None:
        async with asyncio.timeout(LAYER_SECONDS):
            await layer.group_send("health", {"type": "health"})

    async_to_sync(send)()
    return type(layer).__name__


def _index() -> str:
    """Raises ProviderError."""
    number, size = wiring.embedded_index().number_and_size()
    if not wiring.embedded_index().searches_meaning():
        raise ProviderError(
            "The search index is of other vectors, and is searched by words alone until it is built anew.",
            retryable=False,
        )
    return f"index {number}, {size} passages, by words and meaning"
