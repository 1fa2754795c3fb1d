"""The embedder that comes inside a package: word vectors that are averaged, nothing fetched, no model host asked.

The package is `wordllama`; only its files are used. Its own loader makes float32 of the vectors (16 MB more), imports
an HTTP client and sets up the root logger.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ProviderError

PACKAGE = "wordllama"
WEIGHTS, TOKENIZER = "weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json"


class PackagedEmbedder:
    name = "wordllama-l2-supercat-256"
    dimension = 256

    def __init__(self, folder: Path | None = None) -> None:
        """Reads nothing yet: a command that never embeds doesn't pay for it."""
        self._given_folder = folder
        self._loading = threading.Lock()
        self._parts: tuple[Any, np.ndarray] | None = None

    def fingerprint(self) -> str:
        """Of the very files that the vectors are made from."""
        return self._fingerprint

    def embed(self, texts: Sequence[str], *, asked: bool = False) -> np.ndarray:
        """The mean of the vectors of its word pieces, for each text. Raises ProviderError."""
        tokenizer, vectors = self._parts or self._load()
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):  # one by one: a batch would start threads of its own
            pieces = tokenizer.encode(text, add_special_tokens=False).ids
            if pieces:
                np.add.reduce(vectors[pieces], axis=0, dtype=np.float32, out=row)
                row /= len(pieces)
        return rows

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name in (WEIGHTS, TOKENIZER):
            digest.update(self._read(name))
        return digest.hexdigest()

    def _load(self) -> tuple[Any, np.ndarray]:
        with self._loading:
            if self._parts is None:
                from safetensors.numpy import load
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_buffer(self._read(TOKENIZER))
                tokenizer.no_padding()
                tokenizer.no_truncation()
                self._parts = tokenizer, load(self._read(WEIGHTS))["embedding.weight"]
            return self._parts

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise _missing(f"{PACKAGE}'s {name}: {type(error).__name__}") from None

    @cached_property
    def _folder(self) -> Path:
        if self._given_folder:
            return self._given_folder
        found = importlib.util.find_spec(PACKAGE)
        places = found.submodule_search_locations if found else None
        if not places:
            raise _missing(f"the package {PACKAGE}")
        return Path(places[0])


def _missing(what: str) -> ProviderError:
    return ProviderError("The packaged embedder isn't installed.", retryable=False, detail=f"not to be read: {what}")
