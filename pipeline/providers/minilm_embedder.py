"""all-MiniLM-L6-v2 by onnxruntime: it reads sentences where the packaged vectors average words, and is far slower."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ProviderError

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
_MOST_TOKENS = 192
"""Of a text; blocks are cut to about so many."""
_AT_ONCE = 16


class MiniLmEmbedder:
    name = "all-MiniLM-L6-v2"
    dimension = 384

    def __init__(self, folder: str) -> None:
        """`folder` has the model and its tokenizer. Reads nothing yet."""
        self._folder = Path(folder)
        self._loading = threading.Lock()
        self._parts: tuple[Any, Any] | None = None

    def fingerprint(self) -> str:
        """Of the very files that the vectors are made from. Raises ProviderError."""
        return self._fingerprint

    def embed(self, texts: Sequence[str], *, asked: bool = False) -> np.ndarray:
        """Raises ProviderError."""
        tokenizer, session = self._parts or self._load()
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(texts), _AT_ONCE):  # the like in length: the shorter ones are filled up
            places = by_length[start : start + _AT_ONCE]
            encoded = tokenizer.encode_batch([texts[place] for place in places])
            given = {
                "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
                "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
                "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
            }
            wanted = {node.name for node in session.get_inputs()}
            try:
                (said, *_) = session.run(None, {name: given[name] for name in wanted})
            except Exception as error:  # its words may hold the patient's
                raise _unusable(f"failed ({type(error).__name__})") from None
            if said.ndim == 3:
                mask = given["attention_mask"][:, :, None]
                said = (said * mask).sum(axis=1) / mask.sum(axis=1)
            rows[places] = said
        return rows

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name in (MODEL, TOKENIZER):
            digest.update(self._read(name))
        return digest.hexdigest()

    def _load(self) -> tuple[Any, Any]:
        with self._loading:
            if self._parts is None:
                try:
                    import onnxruntime
                except ImportError:
                    raise _unusable("needs its package: pip install onnxruntime") from None
                from tokenizers import Tokenizer

                model, vocabulary = self._read(MODEL), self._read(TOKENIZER)
                try:
                    tokenizer = Tokenizer.from_buffer(vocabulary)
                    tokenizer.enable_truncation(_MOST_TOKENS)
                    tokenizer.enable_padding()
                    options = onnxruntime.SessionOptions()
                    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
                    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
                except Exception as error:  # whatever these libraries raise for a file of another kind
                    raise _unusable(f"can't be read from {self._folder} ({type(error).__name__})") from None
                self._parts = tokenizer, session
            return self._parts

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            raise _unusable(f"{self._folder} (MINILM_FOLDER) has no {name} that can be read") from None


def _unusable(why: str) -> ProviderError:
    return ProviderError(
        "The model that finds by meaning isn't there.", retryable=False, detail=f"EMBED_PROVIDER=minilm: {why}"
    )
