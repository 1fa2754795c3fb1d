from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from veda.tests.serving import manage


@pytest.fixture(scope="session")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Fills a folder of data with a database and an index, as `make run` leaves it: made once, then copied."""
    made = tmp_path_factory.mktemp("prepared")
    for command in ("migrate", "seed_vector_index"):
        done = manage(made, command, "--verbosity", "0")
        assert done.returncode == 0, done.stderr
    return partial(shutil.copytree, made, dirs_exist_ok=True)
