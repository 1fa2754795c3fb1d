"""Turns settings into parts: the one place that names providers."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

from django.conf import settings

from pipeline.answering import Pipeline
from pipeline.concepts import Lexicon, load_lexicon
from pipeline.errors import ProviderError
from pipeline.protocols import Answerer
from pipeline.providers.canned import CannedAnswerer
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.extractive import ExtractiveAnswerer

_HERE = Path(__file__).parent
KNOWLEDGE_FOLDER = _HERE / "knowledge"


def index_folder() -> Path:
    return Path(settings.DATA_DIR) / "index"


@cache
def lexicon() -> Lexicon:
    return load_lexicon(_HERE / "lexicon")


@cache
def embedded_index() -> EmbeddedIndex:
    return EmbeddedIndex(index_folder(), lexicon())


@cache
def answerer() -> Answerer:
    if settings.USE_DEV_LLM:
        return CannedAnswerer()
    return ExtractiveAnswerer(lexicon())


@cache
def pipeline() -> Pipeline:
    return Pipeline(embedded_index(), answerer(), settings.SKIP_RAG)


def warm_up() -> None:
    """Reads lexicon and index now, so that the first question doesn't wait for it."""
    with contextlib.suppress(ProviderError):  # no index yet: /health/ready says so, and a reply will
        embedded_index().number_and_size()
    pipeline()
