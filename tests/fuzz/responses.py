"""Responses: read from a connection, and looked at with suspicion."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httptools

PATIENCE = 30.0
CANARY = "canary-4f1d"
"""What requests carry where it is nobody else's business: it never comes back."""

INSIDE = (b"Traceback", b"site-packages", b"phaseboard/", b"sqlite3.", b'File \\"')
"""What only the log may tell."""

CONTINUE, SWITCHED, UNCHANGED = 100, 101, 304
JSON = ("application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8")
EVENTS = "text/event-stream; charset=utf-8"


@dataclass
class Response:
    """A response, or as much of it as came."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """What it says it is."""
        return self.headers.get("content-type", "")

    @property
    def streams(self) -> bool:
        """Whether it goes on until somebody hangs up."""
        return self.content_type == EVENTS


class Responses:
    """The responses of one connection, in order; several may come at once."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._parser = httptools.HttpResponseParser(self)
        self._whole: deque[Response] = deque()
        self._coming: Response | None = None

    async def next(self) -> Response | None:
        """Return the next response, None if the connection is closed instead. Streams are not read to their end."""
        async with asyncio.timeout(PATIENCE):
            while not self._whole:
                if self._coming and self._coming.streams:
                    return self._coming
                part = await self._reader.read(65_536)
                if not part:
                    assert self._coming is None, f"cut off: {self._coming}"
                    return None
                try:
                    self._parser.feed_data(part)
                except httptools.HttpParserUpgrade:
                    return Response(SWITCHED)
        return self._whole.popleft()

    # What the parser tells.

    def on_message_begin(self) -> None:
        self._coming = Response()

    def on_header(self, name: bytes, value: bytes) -> None:
        assert self._coming
        self._coming.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self._coming
        self._coming.status = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        assert self._coming
        self._coming.body += part

    def on_message_complete(self) -> None:
        assert self._coming
        if self._coming.status != CONTINUE:
            self._whole.append(self._coming)
        self._coming = None


def check_response(response: Response) -> None:
    """Check what holds for every response of the server: no fault, nothing from inside, nothing of others' business."""
    assert response.status == SWITCHED or 200 <= response.status < 500, f"status {response.status}"
    for part in INSIDE:
        assert part not in response.body, part
    told = response.body + repr(response.headers).encode()
    assert CANARY.encode() not in told, "what was sent in confidence came back"


def check_graphql(response: Response) -> str:
    """Check a response of `/graphql` to what HTTP allows; returns what sort it is."""
    check_response(response)
    if response.streams:
        assert response.status == 200
        return "streamed"
    if response.status == UNCHANGED:
        assert response.body == b""
        return "unchanged"
    assert response.content_type in JSON, response.content_type
    answer = json.loads(response.body)
    assert isinstance(answer, dict)
    assert set(answer) <= {"data", "errors", "extensions"}, set(answer)
    refused = answer.get("data") is None
    assert not refused or answer.get("errors"), "neither data nor errors"
    assert response.status == 200 or refused, f"status {response.status} with data"
    _check_errors(answer.get("errors", []))
    return "refused" if refused else "answered"


def _check_errors(errors: Any) -> None:
    assert isinstance(errors, list)
    for error in errors:
        assert isinstance(error["message"], str)
        assert error["message"]
        assert set(error) <= {"message", "locations", "path", "extensions"}, set(error)
        assert error.get("extensions", {}).get("code") not in ("INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"), error
