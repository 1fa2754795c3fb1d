"""`/metrics`, for Prometheus: what the processes of this host counted, and what waits in the database just now."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from chat import metrics
from chat.models import Message
from veda.errors import InvalidToken

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


class MetricsTokenWrong(InvalidToken):
    message = "This wants METRICS_TOKEN as a bearer token."


def show(request: HttpRequest) -> HttpResponse:
    """404 where it is off."""
    if not settings.ENABLE_METRICS:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        answer = JsonResponse(MetricsTokenWrong().as_json(), status=MetricsTokenWrong.status)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    registry = metrics.registry()
    registry.register(_Unfinished())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Unfinished:
    """Of all processes and hosts: each gives the same numbers, so that alerts take the greatest and no sum."""

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        rows = Message.objects.unfinished().order_by().values_list("status").annotate(Count("pk"))
        counts = dict(rows)
        for name, status, help_text in (
            ("veda_replies_running", Message.Status.STREAMING, "Replies that are being written, of all processes"),
            ("veda_replies_queued", Message.Status.QUEUED, "Replies that wait for their turn, of all processes"),
        ):
            yield GaugeMetricFamily(name, help_text, value=counts.get(status, 0))
