"""Turns settings into parts: the one place that names providers."""

from __future__ import annotations

import contextlib
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from pipeline.answering import Pipeline
from pipeline.concepts import Lexicon, load_lexicon
from pipeline.errors import ProviderError
from pipeline.protocols import Answerer, ChatModel, Embedder, Transcriber, VectorStore
from pipeline.providers.canned import CannedAnswerer
from pipeline.providers.embedded_index import EmbeddedIndex
from pipeline.providers.embedded_vectors import EMBEDDED
from pipeline.providers.extractive import ExtractiveAnswerer
from pipeline.providers.faster_whisper import FasterWhisperTranscriber
from pipeline.providers.language_model import LanguageModelAnswerer
from pipeline.providers.minilm_embedder import MiniLmEmbedder
from pipeline.providers.ollama import OllamaChat, OllamaHost
from pipeline.providers.ollama_embedder import OllamaEmbedder
from pipeline.providers.openai_compatible import OpenAICompatibleChat, OpenAICompatibleHost
from pipeline.providers.packaged_embedder import PackagedEmbedder
from pipeline.providers.pinecone_host import PineconeHost
from pipeline.providers.pinecone_vectors import PineconeVectors
from pipeline.providers.streams import Timeouts
from pipeline.providers.transcription import HttpTranscriber
from pipeline.providers.watch import HostWatch
from pipeline.types import HostState

_HERE = Path(__file__).parent
KNOWLEDGE_FOLDER = _HERE / "knowledge"


def index_folder() -> Path:
    return Path(settings.DATA_DIR) / "index"


@cache
def lexicon() -> Lexicon:
    return load_lexicon(_HERE / "lexicon")


@cache
def embedded_index() -> EmbeddedIndex:
    return EmbeddedIndex(index_folder(), lexicon(), embedder(), vector_store())


@cache
def vector_store() -> VectorStore:
    """Kept: it remembers whether its host answers."""
    if settings.INDEX_PROVIDER == "pinecone":
        return PineconeVectors(
            PineconeHost(
                settings.PINECONE_API_KEY,
                settings.PINECONE_INDEX,
                settings.PINECONE_REGION,
                settings.PINECONE_CONTROLLER_HOST,
            )
        )
    return EMBEDDED


@cache
def packaged_embedder() -> PackagedEmbedder:
    """One for the whole process; it reads its files when it is first asked."""
    return PackagedEmbedder()


@cache
def embedder() -> Embedder:
    """Of questions and passages. Kept: making one anew would read its model anew."""
    if settings.EMBED_PROVIDER == "minilm":
        return MiniLmEmbedder(settings.MINILM_FOLDER)
    if settings.EMBED_PROVIDER == "ollama":
        return OllamaEmbedder(settings.OLLAMA_URL, settings.OLLAMA_API_KEY, settings.EMBEDDING_MODEL)
    return packaged_embedder()


# Model hosts


def ollama_host() -> OllamaHost:
    return OllamaHost(settings.OLLAMA_URL, settings.OLLAMA_API_KEY)


@cache
def ollama_watch() -> HostWatch:
    asked = {settings.ANSWER_MODEL, settings.SUMMARY_MODEL, settings.VISION_MODEL, settings.SPEECH_MODEL}
    return HostWatch(lambda: ollama_host().state(asked))


@cache
def local_watch() -> HostWatch:
    """Of the server that LLM_ENDPOINT names."""
    host = OpenAICompatibleHost(settings.LLM_ENDPOINT, settings.LLM_API_KEY)
    return HostWatch(lambda: host.state([settings.ANSWER_MODEL]))


def models_wanted() -> list[str]:
    """Names of the models that the chosen steps ask of the host that answers."""
    wanted = [settings.ANSWER_MODEL]
    wanted += [] if settings.SKIP_SUMMARIZER else [settings.SUMMARY_MODEL]
    wanted += [] if settings.SKIP_VISION or settings.LLM_PROVIDER == "local" else [settings.VISION_MODEL]
    return list(dict.fromkeys(wanted))


def uses_ollama_for_answers() -> bool:
    """Whether Ollama answers now: because it was chosen, or because it is there and has the model."""
    if settings.USE_DEV_LLM or settings.LLM_PROVIDER not in ("auto", "ollama"):
        return False
    return settings.LLM_PROVIDER == "ollama" or ollama_watch().state().has(settings.ANSWER_MODEL)


def _timeouts() -> Timeouts:
    return Timeouts(
        settings.MODEL_CONNECT_SECONDS, settings.MODEL_FIRST_TOKEN_SECONDS, settings.MODEL_NEXT_TOKEN_SECONDS
    )


_ollama_chats = lru_cache(maxsize=16)(OllamaChat)
"""By the settings that they are made of: each reply asks for one."""


def _ollama_chat(model: str) -> ChatModel:
    return _ollama_chats(
        settings.OLLAMA_URL,
        settings.OLLAMA_API_KEY,
        model,
        context_tokens=settings.MODEL_CONTEXT_TOKENS,
        keep_alive=settings.MODEL_KEEP_ALIVE,
        timeouts=_timeouts(),
        thinks=ollama_watch().state().can(model, "thinking"),
    )


def _chat_model(model: str) -> ChatModel | None:
    """A model of the host that answers now; None where only quoting is left."""
    if settings.USE_DEV_LLM:
        return None
    if settings.LLM_PROVIDER == "local":
        return OpenAICompatibleChat(settings.LLM_ENDPOINT, settings.LLM_API_KEY, model, timeouts=_timeouts())
    return _ollama_chat(model) if uses_ollama_for_answers() else None


# Parts, as things stand now: with LLM_PROVIDER=auto a model host may come and go


@cache
def quoting(*, beside_a_model: bool, at_once: bool = False) -> ExtractiveAnswerer:
    return ExtractiveAnswerer(lexicon(), beside_a_model=beside_a_model, at_once=at_once)


def answerer() -> Answerer:
    if settings.USE_DEV_LLM:
        return CannedAnswerer()
    model = _chat_model(settings.ANSWER_MODEL)
    if model is None:
        return quoting(beside_a_model=False)
    return LanguageModelAnswerer(
        model,
        quoting(beside_a_model=True),
        context_tokens=settings.MODEL_CONTEXT_TOKENS,
        max_tokens=settings.ANSWER_MAX_TOKENS,
        uses_sources=not settings.SKIP_RAG,
        falls_back=settings.LLM_PROVIDER == "auto",
    )


def summarizer() -> ChatModel | None:
    if settings.SKIP_SUMMARIZER:
        return None
    model = _chat_model(settings.SUMMARY_MODEL)
    if model and model.provider == "ollama" and not ollama_watch().state().has(settings.SUMMARY_MODEL):
        return None  # `/health/ready` and `doctor` say so; every question would wait for a refusal
    return model


def vision() -> ChatModel | None:
    """A model that says of itself that it sees: an image given to another one is taken and ignored."""
    if settings.SKIP_VISION or settings.USE_DEV_LLM or settings.LLM_PROVIDER == "extractive":
        return None
    sees = ollama_watch().state().can(settings.VISION_MODEL, "vision")
    return _ollama_chat(settings.VISION_MODEL) if sees else None


def pipeline() -> Pipeline:
    return Pipeline(embedded_index(), answerer(), summarizer(), vision(), settings.SKIP_RAG)


@cache
def transcriber() -> Transcriber | None:
    """None: speech is switched off."""
    if settings.STT_PROVIDER == "off":
        return None
    if settings.STT_PROVIDER == "faster-whisper":
        return FasterWhisperTranscriber(settings.SPEECH_MODEL, settings.SPEECH_LANGUAGE)
    return HttpTranscriber(
        settings.STT_URL,
        settings.STT_API_KEY,
        settings.SPEECH_MODEL,
        settings.SPEECH_LANGUAGE,
        settings.STT_TIMEOUT_SECONDS,
    )


def hears() -> bool:
    """Whether the page may offer to listen. Of a server other than Ollama nothing can be known before it is asked."""
    if settings.STT_PROVIDER == "http" and settings.STT_URL == settings.OLLAMA_URL:
        return ollama_watch().state().has(settings.SPEECH_MODEL)
    return settings.STT_PROVIDER != "off"


def host_state() -> HostState | None:
    """Of the host that answers or would answer; None where none is wanted."""
    if settings.USE_DEV_LLM or settings.LLM_PROVIDER == "extractive":
        return None
    return (local_watch() if settings.LLM_PROVIDER == "local" else ollama_watch()).look()


def warm_up() -> None:
    """Reads lexicon and index and looks for the hosts now, so that the first question doesn't wait for it."""
    with contextlib.suppress(ProviderError):  # no index yet: /health/ready says so, and a reply will
        embedded_index().number_and_size()
        embedded_index().searches_meaning()
    pipeline()
