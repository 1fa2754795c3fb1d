"""What tests of uploads share: a folder of their own, files as clients send them, a recogniser told its words."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from chat.tests.hostile_pictures import plain
from pipeline.types import Recording, Transcript


def store_under(settings: Any, folder: Path) -> Path:
    """Gives the folder of uploads, which isn't there yet."""
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "location": folder}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
    return folder / "uploads"


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def picture(name: str = "rash.png", data: bytes | None = None, declared: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, plain() if data is None else data, declared)


def recording(seconds: float = 1.0, name: str = "speech.wav") -> SimpleUploadedFile:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(round(seconds * 16_000) * 2))
    return SimpleUploadedFile(name, file.getvalue(), "audio/wav")


class Recogniser:
    def __init__(self, text: str = "My knee hurts.", language: str | None = "en") -> None:
        self.text, self.language = text, language
        self.fails: Exception | None = None
        self.heard: list[float] = []

    def transcribe(self, recording: Recording) -> Transcript:
        self.heard.append(recording.seconds)
        if self.fails:
            raise self.fails
        return Transcript(self.text, self.language, recording.seconds)
