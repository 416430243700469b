"""Requests as bytes on a connection: those that HTTP allows, which GraphQL has to answer, and others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.fuzz.bodies import Asking
from tests.fuzz.responses import CANARY

ACCEPT = (
    "*/*", "application/json", "application/graphql-response+json", "text/event-stream", "text/html", "", ";q=", ",",
    "application/json;q=0, */*", "text/event-stream;q=0.1, application/json", "a" * 4_000, "*/*;q=é", "multipart/mixed",
)  # fmt: skip
CONTENT_TYPES = (
    "application/json; charset=utf-8", "application/json;charset=utf-16", "text/plain", "application/graphql",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "", ";", "é",
    "application/json, text/plain",
)  # fmt: skip
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "post")
HEADERS = (
    ("Authorization", f"Bearer {CANARY}"), ("Cookie", f"session={CANARY}"), ("X-Forwarded-For", CANARY),
    ("Origin", "null"), ("Origin", "http://elsewhere.example"), ("Host", "elsewhere.example"), ("Host", "a b"),
    ("Content-Encoding", "gzip"), ("Expect", "100-continue"), ("Last-Event-ID", "ZTE"), ("Last-Event-ID", "x" * 500),
    ("If-None-Match", "*"), ("Range", "bytes=0-1"), ("X-Request-Id", "a b"), ("Upgrade", "h2c"), ("Te", "trailers"),
    ("Connection", "close"), ("Connection", "keep-alive, x"), ("X-Long", "y" * 7_000), ("X-Odd", "é\t"),
    ("Sec-WebSocket-Key", "x"), ("Graphql-Require-Preflight", "1"), ("Transfer-Encoding", "identity"),
)  # fmt: skip

SMALL = (
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
)
"""The smallest requests that are answered."""

FLOOD = 20_000
"""Of these so many at once: hundreds of kilobytes that wait for their answers."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent. A `lawful` one is answered by GraphQL, any other may be refused or hung up on."""

    data: bytes
    lawful: bool


class Requests:
    """Makes cases."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def case(self, random: Random) -> Case:
        """Return a case."""
        kind = random.random()
        if kind < 0.15:
            target = f"/graphql?{self._asking.query_string(random)}"
            return Case(_request("GET", target, random, [("Accept", random.choice(ACCEPT))]), lawful=True)
        body = self._asking.body(random)
        if kind < 0.75:
            return Case(_post(body, random), lawful=True)
        if kind < 0.8:
            return Case(_request(random.choice(METHODS[:3]), "/graphql", random, _sized(body), body), lawful=True)
        return Case(random.choice(_UNLAWFUL)(body, random), lawful=False)


def _post(body: bytes, random: Random) -> bytes:
    headers = [("Content-Type", "application/json")]
    if random.random() < 0.15:
        headers = [("Content-Type", random.choice(CONTENT_TYPES))]
    if random.random() < 0.5:
        headers.append(("Accept", random.choice(ACCEPT)))
    if random.random() < 0.3:
        return _request("POST", "/graphql", random, [*headers, ("Transfer-Encoding", "chunked")], chunked(body, random))
    return _request("POST", "/graphql", random, [*headers, *_sized(body)], body)


def chunked(body: bytes, random: Random) -> bytes:
    """Return a body in chunks of any size, with what may stand beside them."""
    parts = []
    while body:
        size = random.choice([1, 7, 500, 100_000])
        part, body = body[:size], body[size:]
        parts.append(b"%x%b\r\n%b\r\n" % (len(part), random.choice([b"", b";a=b"]), part))
    return b"".join([*parts, b"0\r\n", random.choice([b"", b"X-Trailer: 1\r\n"]), b"\r\n"])


def _request(method: str, target: str, random: Random, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    more = [header for header in random.sample(HEADERS, random.randint(0, 2)) if not _decides(header)]
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in more), "", ""]).encode("latin-1") + body


def _decides(header: tuple[str, str]) -> bool:
    """Whether a header decides what becomes of a connection, or who may ask."""
    return header[0] in ("Host", "Origin", "Upgrade", "Connection", "Transfer-Encoding", "Expect")


def _sized(body: bytes) -> list[tuple[str, str]]:
    return [("Content-Length", str(len(body)))]


# What HTTP does not allow, or what leaves it.


def _any_headers(body: bytes, random: Random) -> bytes:
    chosen = random.sample(HEADERS, random.randint(1, 8))
    lines = ["POST /graphql HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *map(": ".join, chosen)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


def _other_path(body: bytes, random: Random) -> bytes:
    paths = ["/graphql/", "//graphql", "/GRAPHQL", "/%67raphql", "/graphql/../metrics", "/", "*", "graphql", "/\x01"]
    paths += [
        "http://127.0.0.1/graphql",
        "/" + "x" * 9_000,
        "/callbacks/tsk-1/1",
        "/..%2f..%2fetc/passwd",
        "/metrics?x",
    ]
    method = random.choice(["GET", "POST", "HEADER", *METHODS])
    return _request(method, random.choice(paths), random, _sized(body), body)


def _wrong_length(body: bytes, random: Random) -> bytes:
    lengths = ["-1", "x", "", "1e3", "99999999999999999999", str(len(body) + 5), "0", "1, 1", "+5", "0x10"]
    headers = [("Content-Type", "application/json"), ("Content-Length", random.choice(lengths))]
    if random.random() < 0.3:
        headers.append(("Content-Length", str(len(body))))
    return _request("POST", "/graphql", random, headers, body)


def _wrong_chunks(body: bytes, random: Random) -> bytes:
    data = bytearray(chunked(body, random))
    for _ in range(random.randint(1, 4)):
        data[random.randrange(len(data))] = random.choice(b"\r\n0;xf\x00\xff")
    headers = [("Content-Type", "application/json"), ("Transfer-Encoding", random.choice(["chunked", "x, chunked"]))]
    if random.random() < 0.3:
        headers += _sized(body)
    return _request("POST", "/graphql", random, headers, bytes(data))


def _flipped(body: bytes, random: Random) -> bytes:
    data = bytearray(_post(body[:2_000], random))
    for _ in range(random.randint(1, 10)):
        data[random.randrange(min(len(data), 300))] = random.randrange(256)
    return bytes(data)


def _cut(body: bytes, random: Random) -> bytes:
    data = _post(body, random)
    return data[: random.randrange(len(data))]


def _noise(_: bytes, random: Random) -> bytes:
    openings = [
        b"",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n",
        b"\r\n" * 50,
    ]
    return random.choice(openings) + random.randbytes(random.randint(1, 2_000))


def _upgrade(_: bytes, random: Random) -> bytes:
    given = {
        "Connection": random.choice(["Upgrade", "upgrade, x", "close"]),
        "Upgrade": random.choice(["websocket", "WebSocket", "x"]),
        "Sec-WebSocket-Version": random.choice(["13", "8", "x", ""]),
        "Sec-WebSocket-Key": random.choice(["dGhlIHNhbXBsZSBub25jZQ==", "x", "", "é", "A" * 400]),
        "Sec-WebSocket-Protocol": random.choice(["graphql-ws", "", "x y", ",", "a" * 3_000]),
        "Sec-WebSocket-Extensions": random.choice(["permessage-deflate", "x;y=z", ";;", ""]),
        "Origin": random.choice(["null", "http://elsewhere.example", "http://["]),
    }
    chosen = random.sample(sorted(given.items()), random.randint(2, len(given)))
    return _request(random.choice(["GET", "POST"]), "/graphql", random, chosen)


def _pipelined(body: bytes, random: Random) -> bytes:
    if random.random() < 0.3:
        return random.choice(SMALL) * random.randint(1_000, FLOOD)
    return b"".join(_post(body, random) for _ in range(random.randint(2, 12)))


_UNLAWFUL: Sequence[Callable[[bytes, Random], bytes]] = (
    _any_headers, _other_path, _wrong_length, _wrong_chunks, _flipped, _cut, _noise, _upgrade, _pipelined
)  # fmt: skip
