"""Requests by view, method, status and latency, for /metrics: django-prometheus's middlewares, bounded."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django_prometheus.middleware import PrometheusAfterMiddleware, PrometheusBeforeMiddleware

from chat import metrics


class _WhereCounted:
    """Not in a process that doesn't serve, nor where the disk refused: the counters' files would have no folder."""

    def __init__(self, *args: Any) -> None:
        if not metrics.is_counting():
            raise MiddlewareNotUsed
        super().__init__(*args)


class CountedAtTheEdge(_WhereCounted, PrometheusBeforeMiddleware):
    """The outermost: whatever comes, the page's files and redirects too, without labels."""


class CountedByView(_WhereCounted, PrometheusAfterMiddleware):
    """What comes to a view, which is named by its place in the code: no address and no id is part of that."""

    def label_metric(self, metric: Any, request: HttpRequest, response: Any = None, **labels: str) -> Any:
        """The package bounds methods everywhere but in the latency, where each word of a client would be a label."""
        if "method" in labels:
            labels["method"] = self._method(request)
        return super().label_metric(metric, request, response, **labels)
