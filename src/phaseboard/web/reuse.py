"""The way in for GraphQL requests: one whose answer still stands is answered here, before anything is parsed.

A request is the same as another when its bytes and the headers that an answer may depend on are. Whatever is not
answered here goes on as it came; on its way out an answer that was made of releases alone is kept.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phaseboard.api.answers import Answer, Answers, Reads
from phaseboard.api.transport import READS

LONGEST_REQUEST = 16_384
"""Bytes of the longest request whose answer is kept."""

_DECIDING = frozenset({b"accept", b"authorization", b"content-type", b"if-none-match", b"last-event-id", b"origin"})


class ReuseAnswers:
    """Middleware around the application."""

    def __init__(self, app: ASGIApp, answers: Answers, path: str) -> None:
        self._app = app
        self._answers = answers
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] not in ("POST", "GET"):
            await self._app(scope, receive, send)
            return
        first = await receive()
        request = first.get("body", b"") or scope["query_string"]
        if first["type"] != "http.request" or first.get("more_body") or len(request) > LONGEST_REQUEST:
            await self._app(scope, _after(first, receive), send)
            return
        key = (scope["method"], request, *_deciding(scope["headers"]))
        answer = self._answers.get(key)
        if answer is None:
            await self._execute(key, scope, _after(first, receive), send)
        else:
            await _send(answer, scope, send)

    async def _execute(self, key: object, scope: Scope, receive: Receive, send: Send) -> None:
        reads = self._answers.reading()
        scope[READS] = reads
        kept = _Copy(reads, scope, send)
        await self._app(scope, receive, kept.send)
        if kept.answer is not None:
            self._answers.put(key, kept.answer)


class _Copy:
    """Passes a response on, with an entity tag for `GET`, and keeps a copy of one that may be given again."""

    def __init__(self, reads: Reads, scope: Scope, send: Send) -> None:
        self.answer: Answer | None = None
        self._reads = reads
        self._scope = scope
        self._send = send
        self._start: Message = {}

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start" and self._reads.answered:
            self._start = message
            return
        if self._start and message["type"] == "http.response.body" and not message.get("more_body"):
            self.answer = Answer(message["body"], _tag(message["body"]), self._reads)
            await _send(self.answer, self._scope, self._send)
            return
        await self._send(message)


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    tag = answer.tag.encode()
    reading = scope["method"] == "GET"
    same = reading and (b"if-none-match", tag) in scope["headers"]
    body = b"" if same else answer.body
    headers: list[tuple[bytes, bytes]] = [(b"content-length", b"%d" % len(body)), (b"content-type", JSON)]
    if reading:
        headers += [(b"etag", tag), (b"cache-control", b"private, no-cache"), (b"vary", b"accept, authorization")]
    await send({"type": "http.response.start", "status": 304 if same else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


JSON = b"application/json"


def _tag(body: bytes) -> str:
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def _deciding(headers: Iterable[tuple[bytes, bytes]]) -> tuple[Any, ...]:
    return tuple(header for header in headers if header[0] in _DECIDING)


def _after(first: Message, receive: Receive) -> Receive:
    """Return what receives the first message again, then the others."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
