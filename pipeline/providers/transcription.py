"""Speech recognition by a server that answers `POST /v1/audio/transcriptions`: Ollama, whisper.cpp, speaches, vLLM."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import httpx

from pipeline.audio import as_wav, segments, speech_in
from pipeline.errors import ProviderError
from pipeline.types import Recording, Transcript

_CONNECT_SECONDS = 5.0
_LONGEST_ANSWER = 1024 * 1024
_NOT_NOW = "Speech can't be turned into text at the moment. Please try again, or type your message."
_NOT_HERE = "Speech can't be turned into text here. Please type your message."


class HttpTranscriber:
    def __init__(self, url: str, api_key: str, model: str, language: str, timeout_seconds: float) -> None:
        """`url`: the server's address, with `/v1` or without. `language`: ISO 639-1, or empty: it finds out.

        The time is for a whole recording.
        """
        self._address = httpx.URL(url.rstrip("/").removesuffix("/v1") + "/v1/audio/transcriptions")
        self._model = model
        self._language = language
        self._timeout_seconds = timeout_seconds
        self._headers = {"Accept-Encoding": "identity"}  # an answer has the size that it has
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def transcribe(self, recording: Recording) -> Transcript:
        spans = speech_in(recording)
        if not spans:
            return Transcript("", None, recording.seconds)
        deadline = time.monotonic() + self._timeout_seconds
        texts = []
        language = self._language or None
        with httpx.Client(headers=self._headers, trust_env=False, follow_redirects=False) as client:
            for piece in segments(recording, spans):
                answer = self._ask(client, piece, deadline)
                texts.append(answer["text"])
                language = language or _iso_639_1(answer.get("language"))
        text = what_was_said(" ".join(texts), sum(span.seconds for span in spans))
        return Transcript(text, language, recording.seconds)

    def check(self) -> None:
        """Has a second of silence written down: what is heard doesn't count, that it answers does."""
        silence = Recording(bytes(32_000))
        with httpx.Client(headers=self._headers, trust_env=False, follow_redirects=False) as client:
            self._ask(client, silence, time.monotonic() + self._timeout_seconds)

    def _ask(self, client: httpx.Client, piece: Recording, deadline: float) -> dict[str, Any]:
        fields = {"model": self._model, "response_format": "json", "temperature": "0"}
        if self._language:
            fields["language"] = self._language
        try:
            with client.stream(
                "POST",
                self._address,
                data=fields,
                files={"file": ("recording.wav", as_wav(piece), "audio/wav")},
                timeout=self._time_left(deadline),
            ) as response:
                body = self._read(response, deadline)
        except httpx.TimeoutException as error:
            step = "connecting took too long" if isinstance(error, httpx.ConnectTimeout) else "it took too long"
            raise self._unavailable(step) from None
        except httpx.ConnectError:
            raise self._unavailable("nothing answers there; start it, or mend STT_URL") from None
        except httpx.TransportError as error:
            raise self._unavailable(f"the connection broke off ({type(error).__name__})") from None
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response.status_code, body)
        return self._parsed(body)

    def _time_left(self, deadline: float) -> httpx.Timeout:
        left = deadline - time.monotonic()
        if left <= 0:
            raise self._unavailable("it took too long")
        return httpx.Timeout(left, connect=min(left, _CONNECT_SECONDS))

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _LONGEST_ANSWER and response.is_success:
                raise self._unavailable("its answer is larger than 1 MiB")
            if len(body) > _LONGEST_ANSWER:
                break  # the status says enough
            if time.monotonic() > deadline:
                raise self._unavailable("it took too long")
        return bytes(body)

    def _parsed(self, body: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except ValueError:  # also what isn't UTF-8
            raise self._unavailable("its answer isn't JSON; is STT_URL a speech server?") from None
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
            raise self._unavailable("its answer has no text; is STT_URL a speech server?")
        return answer

    def _refusal(self, status: int, body: bytes) -> ProviderError:
        """The body is looked at and never shown: a server may repeat in it what it heard."""
        says = body[:2000].lower()
        model = f"SPEECH_MODEL {self._model!r}"
        if status in (401, 403):
            return self._misconfigured(f"it refused STT_API_KEY (HTTP {status})")
        if status == 404 and b"model" in says:
            return self._misconfigured(f"it has no {model} (HTTP 404); pull it there, or name another")
        if status in (404, 405, 501) or 300 <= status < 400:
            return self._misconfigured(
                f"it can't transcribe: no /v1/audio/transcriptions there (HTTP {status}); mend STT_URL, or update it"
            )
        if status in (400, 415, 422) and (b"audio" in says or b"multimodal" in says or b"modalit" in says):
            return self._misconfigured(f"{model} doesn't take audio (HTTP {status}); name one that does")
        if status == 413:
            return self._misconfigured("it takes no piece of 28 s, which is 0.9 MB (HTTP 413); raise its limit")
        if status == 429:
            return self._unavailable("it is busy (HTTP 429)")
        if status >= 500:
            return self._unavailable(f"it failed (HTTP {status}); see its own log")
        return self._misconfigured(f"it refused the request for {model} (HTTP {status})")

    def _unavailable(self, problem: str) -> ProviderError:
        return ProviderError(_NOT_NOW, retryable=True, detail=self._detail(problem))

    def _misconfigured(self, problem: str) -> ProviderError:
        return ProviderError(_NOT_HERE, retryable=False, detail=self._detail(problem))

    def _detail(self, problem: str) -> str:
        address = self._address
        port = f":{address.port}" if address.port else ""
        return f"Speech server {address.scheme}://{address.host}{port}: {problem}"


def _iso_639_1(language: object) -> str | None:
    return language if isinstance(language, str) and re.fullmatch(r"[a-z]{2}", language) else None


# What recognisers write that nobody said

_MARKS = re.compile(r"<\|[^|<>]*\|>|\[[^\[\]]*\]|[♪♫]+")
"""`[BLANK_AUDIO]`, `<|nospeech|>`: nobody speaks in square brackets."""
_NOISES = re.compile(
    r"[(*][^()*]*\b(?:music|silen(?:ce|t)|applause|laugh\w*|cough\w*|sigh\w*|breath\w*|inaudible|nois[ey]\w*|static"
    r"|speaking|blank|beep\w*|click\w*|clears throat|groan\w*|sniff\w*|sneez\w*|cry\w*|sob\w*|no speech|pause)"
    r"\b[^()*]*[)*]",
    re.IGNORECASE,
)
_INVENTIONS = re.compile(
    r"thank(?:s| you)(?: (?:so|very) much)?(?: (?:all|everyone|guys))?"
    r"(?: for (?:watching|listening|your attention).*)?"
    r"|(?:please )?(?:like and )?subscribe.*|(?:sub)?titles? (?:by|made by|created by).*|.*amara\.org.*"
    r"|transcri(?:bed|ption) by.*|see you (?:in the )?next.*",
    re.IGNORECASE,
)
_FASTEST_CHARACTERS_A_SECOND = 25.0


def what_was_said(text: str, speech_seconds: float) -> str:
    """Without marks of noises, and without a sentence known to be made up where it takes longer than was spoken."""
    text = " ".join(_NOISES.sub(" ", _MARKS.sub(" ", text)).split())
    bare = re.sub(r"[^\w\s.]|\.(?=\s|$)", "", text).strip()
    if _INVENTIONS.fullmatch(bare) and len(bare) > speech_seconds * _FASTEST_CHARACTERS_A_SECOND:
        return ""
    return text if re.search(r"\w", text) else ""
