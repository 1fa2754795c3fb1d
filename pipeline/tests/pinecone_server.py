"""A server that Pinecone's own client talks to: `needledb` keeps the vectors, and what stands before it plays the rest.

The rest is the part that tells where an index is and makes one, a record of all that came, and faults as they were seen
of the real one: refusals, no answer, half a batch, vectors that are seen late.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

KEY = "pcsk_tests_only_0123456789"
HANGS_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    path: str
    """Below the index: `/query`, `/vectors/upsert`, …"""
    text: str
    """Request line, headers and body as they came."""
    body: dict[str, Any]
    namespace: str


@dataclass
class Answer:
    """What is answered in the server's place. `hangs`: nothing, until the test ends. `dropped`: the line goes dead."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    hangs: bool = False
    dropped: bool = False


Fault = Callable[[Received], Answer | None]


class PineconeServer:
    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.fault: Fault = lambda _: None
        self.half = 0
        """Batches of which only the first half is taken, yet."""
        self._released = threading.Event()
        from fastapi.testclient import TestClient  # with the database a second, which most tests don't want
        from needledb.server.app import create_app

        self._folder = tempfile.TemporaryDirectory()
        self._database = TestClient(create_app(self._folder.name, allow_no_auth=True))
        self._lock = threading.Lock()

        class Handler(_Handler):
            server_of_test = self

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> PineconeServer:
        self._database.__enter__()
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._database.__exit__()
        self._folder.cleanup()

    # For tests

    def make(self, name: str, dimension: int, metric: str = "cosine") -> None:
        self._ask("POST", "/indexes", {"name": name, "dimension": dimension, "metric": metric})

    def namespaces(self, name: str) -> dict[str, int]:
        """How many vectors each has."""
        found = self._ask("GET", f"/indexes/{name}/describe_index_stats").json()["namespaces"]
        return {namespace: stats["vectorCount"] for namespace, stats in found.items() if stats["vectorCount"]}

    def metadata(self, name: str, namespace: str) -> list[dict[str, Any]]:
        pages = self._ask("GET", f"/indexes/{name}/vectors/list?limit=100&namespace={namespace}").json()
        ids = [item["id"] for item in pages["vectors"]]
        found = self._ask("POST", f"/indexes/{name}/vectors/fetch", {"ids": ids, "namespace": namespace}).json()
        return [record["metadata"] for record in found["vectors"].values()]

    def sent(self, path: str) -> list[Received]:
        return [request for request in self.requests if request.path == path]

    def upserted(self) -> int:
        """Vectors that came, again or not."""
        return sum(len(request.body["vectors"]) for request in self.sent("/vectors/upsert"))

    # What is answered

    def answer(self, received: Received, address: str) -> Answer | httpx.Response:
        with self._lock:
            self.requests.append(received)
        if fault := self.fault(received):
            if fault.hangs:
                self._released.wait(HANGS_SECONDS)
                return Answer(dropped=True)
            return fault
        if address.startswith("/data/"):
            return self._forward(received, address.replace("/data/", "/indexes/", 1))
        if received.method == "POST":
            self.make(received.body["name"], received.body["schema"]["fields"]["_values"]["dimension"])
        return self._described(received.body.get("name") or address.rpartition("/")[2])

    def _forward(self, received: Received, address: str) -> Answer | httpx.Response:
        body = received.body
        with self._lock:
            halved = received.path == "/vectors/upsert" and self.half > 0
            self.half -= halved
        if halved:
            body = {**body, "vectors": body["vectors"][: len(body["vectors"]) // 2]}
        return self._ask(received.method, address, body or None)

    def _described(self, name: str) -> Answer:
        found = self._ask("GET", f"/indexes/{name}")
        if found.status_code != 200:
            return Answer(404, {"error": {"code": "NOT_FOUND", "message": f"Resource {name} not found"}, "status": 404})
        about = found.json()
        vectors = {"type": "dense_vector", "dimension": about["dimension"], "metric": about["metric"]}
        return Answer(
            200,
            {
                "name": name,
                "host": f"{self.url}/data/{name}",
                "status": {"ready": True, "state": "Ready"},
                "schema": {"fields": {"_values": vectors}},
                "deployment": {
                    "deployment_type": "managed", "cloud": "aws", "region": "us-east-1", "environment": "aped-1",
                },
                "deletion_protection": "disabled",
            },
        )  # fmt: skip

    def _ask(self, method: str, address: str, body: dict[str, Any] | None = None) -> httpx.Response:
        answer: httpx.Response = self._database.request(method, address, json=body)
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test: PineconeServer

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        address = urlsplit(self.path)
        body = json.loads(raw) if raw else {}
        path = "/" + address.path.removeprefix("/data/").partition("/")[2] if "/data/" in self.path else address.path
        received = Received(
            self.command,
            path,
            f"{self.requestline}\n{self.headers}\n{raw.decode()}",
            body,
            body.get("namespace") or parse_qs(address.query).get("namespace", [""])[0],
        )
        answer = self.server_of_test.answer(received, self.path)
        if isinstance(answer, Answer) and answer.dropped:
            self.close_connection = True
            return
        if isinstance(answer, Answer):
            status, content = answer.status, json.dumps(answer.body).encode()
        else:
            status, content = answer.status_code, answer.content
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Nowhere."""
