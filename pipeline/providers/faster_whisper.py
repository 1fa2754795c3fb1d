"""Speech recognition in Veda's own process, for machines without a speech server."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.audio import speech_in
from pipeline.errors import ProviderError
from pipeline.providers.transcription import what_was_said
from pipeline.types import Recording, Transcript

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

_NOT_HERE = "Speech can't be turned into text here. Please type your message."
_NOT_NOW = "Speech can't be turned into text at the moment. Please try again, or type your message."
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without the last one faster-whisper would fetch it from the network."""
_TEMPERATURES = (0.0, 0.2, 0.4)
"""Tried in turn, where the model goes in circles. What it says last is kept: patients do repeat themselves."""


class FasterWhisperTranscriber:
    """One recording at a time: a second one would only make both slower."""

    def __init__(self, model: str, language: str) -> None:
        """`model` is a size, like `base`, or a folder; `language` ISO 639-1, or empty: then Whisper finds out."""
        self._name = model
        self._language = language
        self._lock = threading.Lock()
        self._model: WhisperModel | None = None

    def transcribe(self, recording: Recording) -> Transcript:
        spans = speech_in(recording)
        if not spans:
            return Transcript("", None, recording.seconds)
        with self._lock:
            text, language = self._recognise(self._loaded(), recording)
        return Transcript(what_was_said(text, sum(span.seconds for span in spans)), language, recording.seconds)

    def check(self) -> None:
        """Reads the model now, so that the first patient doesn't wait for it. Raises ProviderError."""
        with self._lock:
            self._loaded()

    def _recognise(self, model: WhisperModel, recording: Recording) -> tuple[str, str]:
        import numpy as np  # comes with faster-whisper

        samples = np.frombuffer(recording.samples, dtype="<i2").astype(np.float32) / 32768
        try:
            parts, info = model.transcribe(
                samples,
                language=self._language or None,
                temperature=_TEMPERATURES,
                condition_on_previous_text=False,
                no_speech_threshold=0.6,
                vad_filter=True,
            )
            text = " ".join(part.text.strip() for part in parts)
        except (RuntimeError, ValueError, MemoryError) as error:  # its words may hold the patient's
            raise ProviderError(
                _NOT_NOW, retryable=True, detail=f"faster-whisper failed ({type(error).__name__})"
            ) from None
        return text, info.language

    def _loaded(self) -> WhisperModel:
        if self._model is None:
            self._model = self._load()
        return self._model

    def _load(self) -> WhisperModel:
        try:
            from faster_whisper import WhisperModel
        except ImportError:
            raise _misconfigured(
                "STT_PROVIDER=faster-whisper needs its package: pip install -r requirements-whisper.txt"
            ) from None
        folder = self._folder()
        if missing := [name for name in _NEEDED if not (folder / name).is_file()]:
            raise _misconfigured(f"the Whisper model in {folder} lacks {', '.join(missing)}")
        try:
            return WhisperModel(str(folder), device="cpu", compute_type="int8")
        except (RuntimeError, ValueError, OSError) as error:
            raise _misconfigured(f"the Whisper model in {folder} can't be loaded: {error}") from None

    def _folder(self) -> Path:
        """Of the model on this machine. Nothing is fetched: that takes minutes, while a patient waits."""
        from faster_whisper import download_model

        if Path(self._name).is_dir():
            return Path(self._name)
        try:
            return Path(download_model(self._name, local_files_only=True))
        except ValueError:
            raise _misconfigured(f"SPEECH_MODEL {self._name!r} is neither a size of Whisper nor a folder") from None
        except OSError:  # what huggingface_hub raises where a model isn't there
            fetch = f"import faster_whisper; faster_whisper.download_model({self._name!r})"
            raise _misconfigured(
                f'Whisper model {self._name!r} isn\'t on this machine. Fetch it once: python -c "{fetch}"'
            ) from None


def _misconfigured(detail: str) -> ProviderError:
    return ProviderError(_NOT_HERE, retryable=False, detail=detail)
