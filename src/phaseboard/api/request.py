"""A GraphQL request as it comes over HTTP: read from a body or a query string, or refused with a status and words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import pydantic_core
from starlette.types import Receive, Scope

_HEADERS = "phaseboard.headers"
"""Where the scope of a request holds its headers once they were looked at."""

CLOSE = ("connection", "close")
"""Ends a connection whose request was not read to its end."""


class BadRequest(Exception):
    """A request that is not executed; it is answered with this status, these headers and these words."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class ClientGone(Exception):
    """The client left before its request was whole."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks to be executed."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """Return the headers of a request; one that comes several times is a list (RFC 9110, section 5.3)."""
    headers: dict[bytes, bytes] | None = scope.get(_HEADERS)
    if headers is None:
        headers = scope[_HEADERS] = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


async def read(scope: Scope, receive: Receive, max_bytes: int) -> GraphQLRequest:
    """Return the request of a GET or a POST. Raises BadRequest, ClientGone."""
    if scope["method"] not in ("GET", "POST"):
        raise BadRequest(405, "GraphQL is asked by GET or POST.", ("allow", "GET, POST"))
    if scope["method"] == "GET":
        if len(scope["query_string"]) > max_bytes:
            raise BadRequest(414, f"The query string has more than {max_bytes} bytes.")
        return _of_query_string(scope["query_string"])
    if not _is_json(headers_of(scope).get(b"content-type", b"").decode("latin-1")):
        raise BadRequest(415, "Send the request as JSON in UTF-8, with `Content-Type: application/json`.")
    return _checked(_object(await _body(receive, max_bytes), "The body"))


def parse_json(text: str | bytes) -> Any:
    """Return what a text holds. Raises ValueError for all that is no JSON of sane size.

    Half a surrogate pair is JSON: what it stands for is told by those who cannot use it.
    """
    try:
        return pydantic_core.from_json(text, allow_inf_nan=False)
    except (TypeError, ValueError):
        return _slowly_parsed(text)


def _slowly_parsed(text: str | bytes) -> Any:
    if isinstance(text, bytes):
        text = text.decode()
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    media, _, parameters = content_type.lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    return media.strip() == "application/json" and charset in ("", "charset=utf-8", "charset=utf8")


async def _body(receive: Receive, max_bytes: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise BadRequest(413, f"The request has more than {max_bytes} bytes.", CLOSE)
        if not message.get("more_body"):
            return bytes(body)


def _of_query_string(query: bytes) -> GraphQLRequest:
    given: dict[str, Any] = {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise BadRequest(400, "The query string cannot be read: encode it as a form, in UTF-8.") from None
    for name, value in pairs:
        if name in given:
            raise BadRequest(400, f"The query string gives {name!r} twice.")
        given[name] = value
    for name in ("variables", "extensions"):
        given[name] = _object(given[name], name) if given.get(name) else None
    given["operationName"] = given.get("operationName") or None
    return _checked(given)


def _object(text: str | bytes, what: str) -> dict[str, Any]:
    try:
        value = parse_json(text)
    except ValueError:
        raise BadRequest(400, f"{what} is no JSON.") from None
    if not isinstance(value, dict):
        raise BadRequest(400, f"{what} has to be a JSON object{'' if what != 'The body' else ' with a query'}.")
    return value


def _checked(given: Mapping[str, Any]) -> GraphQLRequest:
    query, name = given.get("query"), given.get("operationName")
    if query is None or query == "":
        raise BadRequest(400, "There is no `query` to execute.")
    if not isinstance(query, str):
        raise BadRequest(400, "`query` has to be a text.")
    if not isinstance(name, str | None):
        raise BadRequest(400, "`operationName` has to be a text, or left out.")
    for part in ("variables", "extensions"):
        if not isinstance(given.get(part), dict | None):
            raise BadRequest(400, f"`{part}` has to be an object, or left out.")
    return GraphQLRequest(query, name, given.get("variables"))
