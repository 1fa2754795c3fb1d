"""The application as a server sees it: HTTP, WebSocket, and the runner's start and end (`lifespan`, under uvicorn)."""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import Any
from urllib.parse import ParseResult

import django
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "veda.settings")
try:
    django.setup(set_prefix=False)
except ImproperlyConfigured as error:
    sys.exit(f"Veda can't start: {error}")

from chat import metrics

metrics.start()  # before the middlewares are made: they count only where this has started
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.signals import request_finished  # noqa: E402
from django.db import connection  # noqa: E402

from chat.routing import websocket_urlpatterns  # noqa: E402
from veda import logs, process  # noqa: E402
from veda.bodies import BoundedBodies  # noqa: E402
from veda.request_ids import RequestIds  # noqa: E402
from veda.turns import Turns  # noqa: E402


class OriginAllowList(OriginValidator):
    """A browser always names its origin; a program names none, and has no cookies that a page could borrow."""

    def valid_origin(self, parsed_origin: ParseResult | None) -> bool:
        if parsed_origin is None:
            return True
        return parsed_origin.scheme in {"http", "https"} and super().valid_origin(parsed_origin)


def without_query(record: logging.LogRecord) -> bool:
    """A search holds a patient's words and a socket's address its token: uvicorn would tell both, and who asked."""
    if isinstance(record.args, tuple):
        record.args = tuple(_bare(part) if isinstance(part, str) else part for part in record.args)
    return True


def _bare(part: str) -> str:
    if part.startswith("/"):
        return part.partition("?")[0]
    return "-" if _CLIENT.fullmatch(part) else part


_CLIENT = re.compile(r"[0-9a-f.:]+:[0-9]+")


for name in ("uvicorn.access", "uvicorn.error"):
    logging.getLogger(name).addFilter(without_query)
logs.serve()


def close_sqlite(**_: Any) -> None:
    """Each HTTP request has a thread of its own, and Django leaves SQLite's connection open (see `CONN_MAX_AGE`)."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        connection.close()


request_finished.connect(close_sqlite)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    while True:
        match (await receive())["type"]:
            case "lifespan.startup":
                try:
                    await process.start()
                except ImproperlyConfigured as error:
                    await send({"type": "lifespan.startup.failed", "message": f"Veda can't start: {error}"})
                    return
                await send({"type": "lifespan.startup.complete"})
            case "lifespan.shutdown":
                await process.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = ProtocolTypeRouter(
    {
        "http": RequestIds(BoundedBodies(Turns(django_application))),
        "websocket": RequestIds(
            OriginAllowList(URLRouter(websocket_urlpatterns), [*settings.ALLOWED_HOSTS, *settings.CORS_ALLOWED_ORIGINS])
        ),
        "lifespan": lifespan,
    }
)
