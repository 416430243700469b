"""What a request asks, as JSON and as a query string, and all that can be wrong with that."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

from tests.fuzz.corpus import BY_HAND
from tests.fuzz.documents import worse
from tests.fuzz.responses import CANARY

ODD: Sequence[Any] = (
    None, True, False, 0, -1, 1, 1.5, 2**31, -(2**63), 10**400, 1e308, "", "x", "0", "null", "\x00", "\ud800", "é",
    "rel-1", "tsk-1", "ZTE", "9" * 300, [], [None], [[]], {}, {"": ""}, {"id": None}, ["x"] * 200, {"a": {"b": []}},
)  # fmt: skip
NAMES = ("id", "ids", "n", "after", "v", "input", "first", "releaseId", "", "__proto__")


class Asking:
    """Makes requests from documents; the ids of releases that exist make some of them hit."""

    def __init__(self, documents: Sequence[str], ids: Sequence[str]) -> None:
        self._documents = documents
        self._ids = ids

    def request(self, random: Random) -> dict[str, Any]:
        """Return a request, mostly of the right shape."""
        document = random.choice(BY_HAND if random.random() < 0.3 else self._documents)
        if random.random() < 0.5:
            document = worse(document, random)
        request: dict[str, Any] = {"query": document, "variables": self._variables(random)}
        if random.random() < 0.15:
            request[random.choice(["query", "variables", "operationName", "extensions"])] = random.choice(ODD)
        if random.random() < 0.1:
            request["extensions"] = {"authorization": CANARY, "persistedQuery": random.choice(ODD)}
        return request

    def body(self, random: Random) -> bytes:
        """Return a request as the body of a POST."""
        request: Any = self.request(random)
        if random.random() < 0.05:
            request = random.choice([*ODD, [request], [request] * 20, {"query": request}])
        body = json.dumps(request, ensure_ascii=random.random() < 0.8).encode(errors="surrogatepass")
        return random.choice(_CHANGES)(body, random) if random.random() < 0.2 else body

    def query_string(self, random: Random) -> str:
        """Return a request as the query string of a GET, of at most a few kilobytes."""
        request = self.request(random)
        pairs = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in request.items()]
        if random.random() < 0.1:
            pairs.append(random.choice(pairs))
        text = urlencode([(name, value[:3_000].encode(errors="replace")) for name, value in pairs])
        if random.random() < 0.1:
            text += "&" + quote_from_bytes(random.randbytes(8)) + random.choice(["", "=", "=%ff", "=%", "&&;"])
        return text

    def _variables(self, random: Random) -> Any:
        given = {name: self._value(random) for name in random.sample(NAMES, random.randint(0, 3))}
        return {"id": random.choice(self._ids), "ids": list(self._ids), **given} if random.random() < 0.8 else given

    def _value(self, random: Random) -> Any:
        return random.choice(self._ids) if random.random() < 0.4 else random.choice(ODD)


def _flipped(body: bytes, random: Random) -> bytes:
    changed = bytearray(body)
    for _ in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _truncated(body: bytes, random: Random) -> bytes:
    return body[: random.randrange(len(body))]


def _doubled(body: bytes, random: Random) -> bytes:
    return body + random.choice([b"", b"\n", b","]) + body


def _nested(body: bytes, random: Random) -> bytes:
    deep = random.choice([10, 1_000, 50_000])
    return body[:-1] + b', "variables": ' + b"[" * deep + b"]" * random.choice([0, deep]) + b"}"


def _marked(body: bytes, random: Random) -> bytes:
    return random.choice([b"\xef\xbb\xbf" + body, body.decode(errors="replace").encode("utf-16")])


def _emptied(body: bytes, random: Random) -> bytes:
    return random.choice([b"", b" ", b"\x00", b"NaN", b"-", b'"', b"Infinity", b"{", b'{"query": NaN}'])


_CHANGES: Sequence[Callable[[bytes, Random], bytes]] = (_flipped, _truncated, _doubled, _nested, _marked, _emptied)
