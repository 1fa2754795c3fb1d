"""Who asks: one patient for all operations, and a new one for each call that ends a session or an account."""

from __future__ import annotations

import os
import uuid
from functools import cache
from typing import Any

import httpx
import schemathesis

ENDS_THE_SESSION = {
    "DELETE /api/account",
    "DELETE /api/auth/consents/{purpose}",
    "DELETE /api/auth/devices",
    "DELETE /api/auth/devices/{device_id}",
    "POST /api/auth/password",
}


def _new_patient() -> str:
    """Gives an access token."""
    with httpx.Client(base_url=os.environ["VEDA_URL"]) as client:
        version = client.get("/api/config").json()["terms_version"]
        person = {"email": f"{uuid.uuid4().hex}@veda.example", "password": "a horse and four staples"}
        client.post("/api/auth/register", json={**person, "name": "Pat", "consent": version}).raise_for_status()
        return str(client.post("/api/auth/login", json=person).raise_for_status().json()["access"])


_the_patient = cache(_new_patient)


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    def get(self, case: Any, context: Any) -> str:
        return _new_patient() if context.operation.label in ENDS_THE_SESSION else _the_patient()

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
