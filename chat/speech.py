"""Recordings become text. Nothing of them is stored."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from pipeline import wiring
from pipeline.audio import AudioRefused, decode
from pipeline.errors import ProviderError, note_failure
from pipeline.types import Transcript
from veda.errors import NothingHeard, SpeechBusy, SpeechUnavailable, VedaError

logger = logging.getLogger(__name__)

WAIT_SECONDS = 10.0
"""For a place: longer than most recordings take, shorter than a patient's patience."""


def transcribe(data: bytes) -> Transcript:
    """Waits for the recogniser.

    Raises SpeechUnavailable, SpeechBusy, NothingHeard, and VedaError where it isn't a recording of the right kind.
    """
    transcriber = wiring.transcriber()
    if transcriber is None:
        raise SpeechUnavailable
    with _a_place():
        try:
            recording = decode(data, max_seconds=settings.AUDIO_MAX_SECONDS)
            transcript = transcriber.transcribe(recording)
        except AudioRefused as error:
            raise _as_answer(error) from None
        except ProviderError as error:
            note_failure("speech")
            logger.warning("Speech can't be transcribed: %s", error.detail)
            raise SpeechUnavailable(error.message) from None
    if not transcript.text.strip():
        raise NothingHeard
    return transcript


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.MAX_TRANSCRIPTIONS_AT_ONCE)


@contextmanager
def _a_place() -> Iterator[None]:
    """Raises SpeechBusy."""
    places = _places()
    if not places.acquire(timeout=WAIT_SECONDS):
        raise SpeechBusy
    try:
        yield
    finally:
        places.release()


def _as_answer(refused: AudioRefused) -> VedaError:
    error = VedaError(refused.message)
    error.code = refused.code
    return error
