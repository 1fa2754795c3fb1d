"""Sets everything up and runs it, on a machine that has only Python and Node: what `make` calls, and PowerShell too.

    python -m veda.bootstrap run     set up what is missing or changed, then serve
    python -m veda.bootstrap test    set up, then everything that tests the product (veda/checks.py)
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
import venv
from collections.abc import Iterable, Mapping, Sequence
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
    test_parser.add_argument("only", nargs="*", help="only these; python -m veda.checks --help lists them")
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
        say("Making the virtual environment")
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    once("python-dev" if dev else "python", [requirements], install_python, requirements)
    if dev:
        _remember("python", [ROOT / "requirements.txt"])  # the tools' list contains the product's
    _set_up_frontend()


def _check_python() -> None:
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Problem(f"Veda needs Python 3.11 to 3.13; this is {found}. Choose another: make run PYTHON=python3.12")


def install_python(requirements: Path) -> None:
    say(f"Installing the Python packages of {requirements.name}")
    execute([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements])


def _set_up_frontend() -> None:
    _check_node()
    once("npm", [FRONTEND / "package-lock.json", FRONTEND / "package.json"], _install_frontend)
    sources = [FRONTEND / name for name in ("index.html", "package.json", "package-lock.json", "vite.config.js")]
    sources += sorted(path for folder in ("src", "public") for path in (FRONTEND / folder).rglob("*") if path.is_file())
    if not (FRONTEND / "dist" / "index.html").exists():
        _forget("frontend")
    once("frontend", sources, _build_frontend)


def _check_node() -> None:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        raise Problem("Veda needs Node 20.19 or later, with npm, to build its page. See https://nodejs.org")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_NODE:
        raise Problem(f"Veda needs Node 20.19 or later to build its page; this is {version}.")


def _install_frontend() -> None:
    say("Installing the front end's packages")
    execute(npm("ci", "--no-audit", "--no-fund", "--loglevel=error"), cwd=FRONTEND)


def _build_frontend() -> None:
    say("Building the page")
    execute(npm("run", "build", "--silent"), cwd=FRONTEND)
    execute([PYTHON, "-m", "whitenoise.compress", "--quiet", FRONTEND / "dist"])


def npm(*arguments: str) -> list[str]:
    return [shutil.which("npm") or "npm", *arguments]


def once(name: str, files: Iterable[Path], step: object, *arguments: object) -> None:
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
    if listens(int(arguments.port)):
        raise Problem(f"Something listens on port {arguments.port} already. Choose another: PORT=8001 make run")
    setup(dev=False)
    environment = _environment()
    manage = [PYTHON, ROOT / "manage.py"]
    execute([*manage, "migrate", "--verbosity", "0"], env=environment)
    execute([*manage, "seed_vector_index", "--verbosity", "0"], env=environment)
    if environment.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        execute([*manage, "create_demo_accounts"], env=environment)
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


def test(arguments: argparse.Namespace) -> int:
    setup(dev=True)
    return subprocess.run([str(PYTHON), "-m", "veda.checks", *arguments.only], cwd=ROOT, check=False).returncode


def _setup_command(arguments: argparse.Namespace) -> int:
    setup(dev=arguments.dev)
    return 0


COMMANDS = {"setup": _setup_command, "run": run, "test": test}


# Steps

captured: ContextVar[IO[bytes] | None] = ContextVar("captured", default=None)
"""Where a step writes that runs beside another; None: where everything goes"""


def say(text: str) -> None:
    if output := captured.get():
        output.write(f"== {text}\n".encode())
        output.flush()
    else:
        print(f"\n== {text}", flush=True)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def execute(command: Sequence[object], cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Raises CalledProcessError; what the command printed says why."""
    output = captured.get()
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
