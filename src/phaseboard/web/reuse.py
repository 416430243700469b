"""The way in for GraphQL requests: one whose answer still stands is answered here, before anything is parsed.

A request is the same as another when its bytes and the headers that an answer may depend on are. Whatever is not
answered here goes on as it came; on its way out an answer that was made of releases alone is kept, with its headers.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import blake2b

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phaseboard.api.answers import Answer, Answers, Key, Reads
from phaseboard.api.request import headers_of
from phaseboard.api.transport import READS
from phaseboard.web.cached_response import OK, reads_only, send_cached
from phaseboard.web.exchanges import REQUEST_ID, Exchanges
from phaseboard.web.repeats import REPEATED, Remember

LONGEST_REQUEST = 16_384
"""Bytes of the longest request whose answer is kept."""

_DECIDING = (b"authorization", b"accept", b"content-encoding", b"content-type", b"origin")
"""The headers that an answer may depend on, as keys have them: `repeats.AUTHORIZATION` is the place of the first."""

_OF_A_READING = ((b"cache-control", b"private, no-cache"), (b"vary", b"accept, authorization"))
_OF_THIS_ONE = (b"if-none-match", b"origin", REQUEST_ID)


class ReuseAnswers:
    """Middleware around the application; what it answers by itself is no exchange of its own."""

    def __init__(self, app: ASGIApp, answers: Answers, path: str, exchanges: Exchanges | None = None) -> None:
        self._app = app
        self._answers = answers
        self._exchanges = exchanges or Exchanges()
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] not in ("POST", "GET"):
            await self._exchanges.run(self._app, scope, receive, send)
            return
        messages = await _received(receive)
        again = _again(messages, receive)
        key = _key(scope, messages)
        if key is None:
            await self._exchanges.run(self._app, scope, again, send)
        elif answer := self._answers.get(key):
            _tell_repeated(key, scope)
            await send_cached(answer, scope, send)
        else:
            await self._exchanges.run(partial(self._execute, key, send), scope, again, send)

    async def _execute(self, key: Key, plain: Send, scope: Scope, receive: Receive, send: Send) -> None:
        reads = self._answers.reading()
        scope[READS] = reads
        copy = _Copy(reads, scope, send, plain)
        await self._app(scope, receive, copy.send)
        if copy.answer is not None:
            self._answers.put(key, copy.answer)


class _Copy:
    """Passes a response on, with an entity tag for `GET`, and keeps a copy of one that may be given again.

    That one is sent as it will be then: by `plain`, without what is of this request alone.
    """

    def __init__(self, reads: Reads, scope: Scope, send: Send, plain: Send) -> None:
        self.answer: Answer | None = None
        self._reads = reads
        self._scope = scope
        self._send = send
        self._plain = plain
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start" and message["status"] == OK and self._reads.answered:
            self._start = message
            return
        start, self._start = self._start, None
        if start is None:
            await self._send(message)
        elif message.get("more_body"):
            await self._send(start)
            await self._send(message)
        else:
            self.answer = _answer(message["body"], start["headers"], self._reads, reading=reads_only(self._scope))
            await send_cached(self.answer, self._scope, self._plain)


async def _received(receive: Receive) -> list[Message]:
    """Return the messages of a request, up to the first that is too much, or that the client is gone."""
    messages = [await receive()]
    size = len(messages[0].get("body", b""))
    while messages[-1].get("more_body") and size <= LONGEST_REQUEST:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
    return messages


def _key(scope: Scope, messages: Sequence[Message]) -> Key | None:
    """Return what makes a request the same as another, None for one that is not to be answered from here."""
    last = messages[-1]
    body, query = b"".join(message.get("body", b"") for message in messages), scope["query_string"]
    if last["type"] != "http.request" or last.get("more_body") or len(body) + len(query) > LONGEST_REQUEST:
        return None
    headers = headers_of(scope)
    return (scope["method"].encode(), query, body, *[headers.get(name, b"") for name in _DECIDING])


def _answer(body: bytes, headers: Iterable[tuple[bytes, bytes]], reads: Reads, *, reading: bool) -> Answer:
    if not reading:
        return Answer(body, b"", tuple(headers), reads)
    tag = b'"%b"' % blake2b(body, digest_size=12).hexdigest().encode()
    return Answer(body, tag, (*headers, (b"etag", tag), *_OF_A_READING), reads)


def _tell_repeated(key: Key, scope: Scope) -> None:
    """Let our own server answer the same bytes by itself; a tag, an id or an origin has an answer of its own."""
    remember: Remember | None = scope.get("extensions", {}).get(REPEATED)
    if remember is not None and headers_of(scope).keys().isdisjoint(_OF_THIS_ONE):
        remember(key)


def _again(messages: Sequence[Message], receive: Receive) -> Receive:
    """Return what receives these messages again, then the others."""
    waiting = deque(messages)

    async def again() -> Message:
        return waiting.popleft() if waiting else await receive()

    return again
