"""A real OpenID provider on loopback, oidc-provider-mock, which this holds to PKCE and can make fail."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
import jwt
import oidc_provider_mock
from werkzeug.serving import make_server

DISCOVERY, AUTHORIZE, TOKEN = "/.well-known/openid-configuration", "/oauth2/authorize", "/oauth2/token"


class OpenIdProvider(AbstractContextManager["OpenIdProvider"]):
    def __init__(self) -> None:
        app = oidc_provider_mock.app()
        app.before_request(self._before)
        app.after_request(self._after)
        self._server = make_server("localhost", 0, app, threaded=True)
        self._challenges: dict[str, str] = {}
        self.url = f"http://localhost:{self._server.server_port}"
        self.answers: dict[str, Callable[[], Any]] = {}
        """What an address answers instead."""
        self.claims: dict[str, Any] = {}
        """What an id token says instead; None: leaves it out."""
        self.secrets: set[str] = set()
        """Codes and tokens that were given out."""

    def __enter__(self) -> OpenIdProvider:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def knows(self, subject: str, **claims: Any) -> None:
        httpx.put(f"{self.url}/users/{subject}", json=claims).raise_for_status()

    def _before(self) -> Any:
        if instead := self.answers.get(flask.request.path):
            return instead()
        if flask.request.path == AUTHORIZE and flask.request.args.get("code_challenge_method") != "S256":
            return {"error": "invalid_request"}, 400
        if flask.request.path == TOKEN and not self._proves_itself(flask.request.form):
            return {"error": "invalid_grant"}, 400
        return None

    def _proves_itself(self, form: Any) -> bool:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self._challenges.get(form.get("code", "")) == challenge

    def _after(self, response: flask.Response) -> flask.Response:
        query = parse_qs(urlsplit(response.headers.get("Location", "")).query)
        if flask.request.path == AUTHORIZE and "code" in query:
            self._challenges[query["code"][0]] = flask.request.args["code_challenge"]
            self.secrets |= {query["code"][0], flask.request.args.get("state", "")} - {""}
        if flask.request.path == TOKEN and response.status_code == 200 and response.is_json:
            answer = response.get_json()
            if self.claims and "id_token" in answer:
                answer["id_token"] = self._with_other_claims(answer["id_token"])
                response.set_data(flask.json.dumps(answer))
            self.secrets |= {value for name, value in answer.items() if name.endswith("_token")}
        return response

    def _with_other_claims(self, id_token: str) -> str:
        claims = jwt.decode(id_token, options={"verify_signature": False}) | self.claims
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, "k" * 32)
