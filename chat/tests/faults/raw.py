"""A WebSocket client on a bare connection, which reads and answers only what it is told to."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
from typing import Any
from urllib.parse import urlsplit

RECEIVES = 4096
"""Bytes that the system keeps for it: what isn't read stays with the server."""


class RawSocket:
    def __init__(self, address: str, conversation: str, access: str) -> None:
        """Connected, and accepted by the server."""
        host, port = urlsplit(address).hostname, urlsplit(address).port
        self._socket = socket.socket()
        self._socket.settimeout(30)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVES)
        self._socket.connect((host, port))
        lines = (
            f"GET /ws/conversations/{conversation}?token={access} HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        )
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._socket.recv(1)
        assert b" 101 " in answer.splitlines()[0], answer

    def send(self, **frame: Any) -> None:
        """A frame of less than 126 bytes."""
        payload = json.dumps(frame).encode()
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._socket.sendall(bytes([0x81, 0x80 | len(payload)]) + mask + masked)

    def read_until_closed(self) -> bytes:
        """All that the server sent until it closed. Raises TimeoutError after half a minute of silence."""
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while part := self._socket.recv(65536):
                data += part
        return data

    def close(self) -> None:
        self._socket.close()
