"""Asks a running Veda whatever the OpenAPI document allows and forbids, and checks every answer against it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline.tests.model_server import ModelServer
from veda.tests.serving import ROOT, Server, environment, free_port

pytestmark = [pytest.mark.openapi, pytest.mark.timeout(900)]

_RATES = (
    "SIGN_IN",
    "REFRESH",
    "TICKET",
    "REGISTER",
    "RESET",
    "MESSAGE",
    "UPLOAD",
    "EXPORT",
    "CONSENT",
    "PROFILE",
    "FEEDBACK",
)
NO_LIMITS = {f"RATE_{name}_{by}": "" for name in _RATES for by in ("ACCOUNT", "ADDRESS", "NETWORK")}
FILES = "/uploads/{conversation_id}/{file_name}"


@pytest.fixture(scope="module")
def veda(tmp_path_factory, prepare):
    """The address of a server with a model host that answers, sees and hears, and without flood limits."""
    folder = prepare(tmp_path_factory.mktemp("data"))
    with ModelServer() as models:
        models.answers(lambda request: ["Rest", " helps [1]."])
        models.hears("I have a cough.")
        models.pace = 0
        server = Server(folder, free_port(), OLLAMA_URL=models.url, ACCESS_TOKEN_EXPIRE_MINUTES="60", **NO_LIMITS)
        try:
            server.until_line("Veda is at")
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.end()


@pytest.mark.parametrize(
    "options",
    [
        ["--exclude-path", FILES],
        # To everybody who may not see a file there is nothing there: 404, also to nobody.
        ["--include-path", FILES, "--exclude-checks", "ignored_auth"],
    ],
    ids=["all but files", "files"],
)
def test_every_operation_keeps_to_the_document(veda, tmp_path, options):
    here = ROOT / "veda" / "tests" / "openapi"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(here / "schemathesis.toml")]
    done = subprocess.run(
        [*command, "run", str(ROOT / "docs" / "openapi.yaml"), "--url", veda,
         "--max-examples", "20", "--seed", "1", "--no-color", *options],
        cwd=tmp_path,
        env=environment(tmp_path) | {"VEDA_URL": veda, "SCHEMATHESIS_HOOKS": str(here / "hooks.py")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
