"""Heads of requests that are too large: refused while they come, and each bound only just."""

from collections.abc import Iterator

import pytest

from phaseboard.web.head_limits import Head, HeadLimits, HeadTooLarge
from tests.web.test_patience import said, serving

FIRST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"content-length: 2\r\nconnection: close\r\n\r\n{}"
TOO_LONG = b"Address and header fields have more than 32768 bytes"
TOO_MANY = b"more than 100 header fields"


def endless(piece: bytes, size: int = 65_536) -> Iterator[bytes]:
    """Yield far more than what is read of a head."""
    yield FIRST + b"x: "
    for _ in range(20):
        yield piece * (size // len(piece))


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([FIRST + b"a: b\r\n" * 98 + BODY], TOO_MANY),
        ([FIRST + b"a:\r\n" * 250_000 + BODY], TOO_MANY),
        ([FIRST, *[b"a: b\r\n"] * 98, BODY], TOO_MANY),
        ([FIRST + b"x: " + b"a" * 40_000 + b"\r\n" + BODY], TOO_LONG),
        ([FIRST + b"x: " + b"a" * 20_000 + b"\r\n", b"y: " + b"a" * 20_000 + b"\r\n", BODY], TOO_LONG),
        ([b"GET /graphql?query=" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"], TOO_LONG),
        (list(endless(b"a")), TOO_LONG),
        ([FIRST + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 101 + b"\r\n"], TOO_MANY),
    ],
)
async def test_a_head_beyond_its_bounds_is_refused_in_words(parts: list[bytes], says: bytes) -> None:
    async with serving(5) as (port, _):
        answer = await said(port, *parts)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert says in answer


@pytest.mark.parametrize(
    "more",
    [b"a: b\r\n" * 96, b"x: " + b"a" * 32_000 + b"\r\n"],
)
async def test_a_head_within_its_bounds_is_taken(more: bytes) -> None:
    async with serving(5) as (port, _):
        answer = await said(port, (FIRST + more + BODY).replace(b"connection: close\r\n", b"") * 3 + FIRST + BODY)
    assert answer.count(b"HTTP/1.1 200 ") == 4


def test_bounds_are_counted_for_each_request() -> None:
    head = Head(HeadLimits(bytes=10, fields=2))
    for _ in range(3):
        head.begin()
        head.address(4)
        head.field(3)
        head.field(3)
        head.unfinished(10)
    with pytest.raises(HeadTooLarge):
        head.unfinished(1)
    assert head.excess
