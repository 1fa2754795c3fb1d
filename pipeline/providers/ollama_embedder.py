"""An embedding model of Ollama, asked by `/api/embed` for many texts at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from pipeline.errors import ProviderError
from pipeline.providers.calls import HostCalls
from pipeline.providers.streams import FAILED
from pipeline.types import with_tag

_AT_ONCE = 64
_CONNECT_SECONDS, _READ_SECONDS = 2.0, 60.0
_PREFIXES = {"nomic-embed-text": ("search_document: ", "search_query: ")}
"""Of models that were trained to be told which it is."""


class _Embedded(msgspec.Struct):
    embeddings: list[list[float]]


class _Model(msgspec.Struct):
    name: str
    digest: str = ""


class _Models(msgspec.Struct):
    models: list[_Model] = []


class OllamaEmbedder:
    def __init__(self, url: str, api_key: str, model: str) -> None:
        self.name = f"{model} of Ollama"
        self._model = model
        self._host = HostCalls("Ollama", url, api_key, _CONNECT_SECONDS, _READ_SECONDS)
        self._fingerprint = ""
        self._dimension = 0

    @property
    def dimension(self) -> int:
        """Raises ProviderError."""
        if not self._dimension:
            self._dimension = len(self._call(["a"])[0])
        return self._dimension

    def fingerprint(self) -> str:
        """The digest by which the host names the model's files; one that is pulled anew is noticed at the next start.

        Raises ProviderError.
        """
        if not self._fingerprint:
            models = {model.name: model.digest for model in self._host.get("/api/tags", _Models).models}
            if with_tag(self._model) not in models:
                detail = f"has no {self._model}: manage.py pull_models {self._model}"
                raise self._host.failure("The model that finds by meaning isn't there.", detail)
            self._fingerprint = models[with_tag(self._model)]
        return self._fingerprint

    def embed(self, texts: Sequence[str], *, asked: bool = False) -> np.ndarray:
        """Raises ProviderError."""
        prefix = _PREFIXES.get(self._model.split(":")[0], ("", ""))[asked]
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            batch = [prefix + text for text in texts[start : start + _AT_ONCE]]
            rows[start : start + len(batch)] = self._call(batch)
        return rows

    def _call(self, texts: Sequence[str]) -> np.ndarray:
        body = {"model": self._model, "input": list(texts), "truncate": True}
        vectors = self._host.post("/api/embed", body, _Embedded).embeddings
        lengths = {len(vector) for vector in vectors}
        if len(vectors) != len(texts) or len(lengths) != 1 or self._dimension not in (0, *lengths):
            raise self._strange()
        found = np.array(vectors, dtype=np.float32)
        if found.ndim != 2 or not found.shape[1] or not np.isfinite(found).all():
            raise self._strange()
        return found

    def _strange(self) -> ProviderError:
        return self._host.failure(FAILED, "/api/embed gives other vectors than expected")
