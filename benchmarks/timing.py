"""Measures whether the time of an answer tells which e-mail addresses have an account. Prints a table.

    make bench-timing                              on SQLite, in memory
    DATABASE_URL=… REDIS_URL=… make bench-timing   on these

Each row: medians of 200 calls, known and unknown addresses in turn, and how far apart they are. The bar is 10 %.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bars import call, served

ROOT = Path(__file__).resolve().parent.parent
CALLS = 200
PATHS = {"wrong password": "/api/auth/login", "forgotten password": "/api/auth/password/reset"}
WARM_UP = 20


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="veda-bench-") as folder:
        environment = {
            **os.environ, "DEBUG": "true", "DATA_DIR": folder, "EMAIL_URL": f"filemail://{folder}/mails",
            # More calls than a person makes: what is measured is the work, and not the limits.
            **{f"RATE_{name}_{by}": "" for name in ("SIGN_IN", "RESET", "REGISTER") for by in ("ACCOUNT", "ADDRESS")},
        }  # fmt: skip
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "migrate", "-v0"], env=environment, check=True)
        with served([*manage, "serve"], environment) as address:
            known = [f"{secrets.token_hex(8)}@bench.example" for _ in range(10)]
            for email in known:
                account = {"email": email, "password": secrets.token_urlsafe(24), "name": "Bench"}
                call(address, "/api/auth/register", account)
            for what, path in PATHS.items():
                print(row(what, address + path, known))


def row(what: str, address: str, known: list[str]) -> str:
    waits: dict[bool, list[float]] = {True: [], False: []}
    for number in range(WARM_UP + CALLS):
        for exists in (True, False) if number % 2 else (False, True):
            email = known[number % len(known)] if exists else f"{secrets.token_hex(8)}@bench.example"
            wait = milliseconds(address, {"email": email, "password": "not the password"})
            if number >= WARM_UP:
                waits[exists].append(wait)
    there, not_there = statistics.median(waits[True]), statistics.median(waits[False])
    apart = abs(there - not_there) / max(there, not_there)
    return f"{what:<20} known {there:7.2f} ms   unknown {not_there:7.2f} ms   apart {apart:5.1%}   bar ≤ 10 %"


def milliseconds(address: str, body: dict[str, str]) -> float:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    start = time.perf_counter()
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as error:
        error.read()
        if error.code != 401:
            raise
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
