"""Which values of a plan's settings are between the plan and what it calls.

Settings hold passwords and tokens, and what is called may repeat them: in an error message, in an address. So these are
not kept: values of headers, of parameters in an address and of environment variables, an address's user and password,
and texts of a body or arguments whose name says that they are secret.

Three kinds of values stay, since they would blot out what people have to read: those shorter than `SHORTEST`; those
whose name ends in a word of `_PUBLIC` (`Content-Type`, `BUILD_CONFIGURATION`, `?branch=`) and does not sound secret;
and what everybody knows of the job.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote_plus

import httpx
from pydantic import JsonValue

from phaseboard.engine.executors.address import web_address
from phaseboard.engine.executors.port import Job
from phaseboard.engine.executors.redaction import Redactor

SHORTEST = 6
"""Characters that a value has at least to be hidden."""

_PUBLIC = re.compile(
    r"(?i:accept|agent|app|branch|channel|configuration|control|dir|encoding|env|environment|event|file|flavou?r|format"
    r"|host|job|lane|lang|language|level|locale|mode|name|path|platform|port|prefer|project|ref|region|repo|repository"
    r"|scheme|stage|tag|target|timezone|track|type|tz|version|workflow)$"
)
_SECRET = re.compile(r"(?i:auth|credential|key$|passw|passphrase|pwd|secret|session|signature|token)")

Named = tuple[str, str]
"""A name and its value."""


def redactor_for_call(job: Job, url: httpx.URL, headers: Mapping[str, str], body: JsonValue) -> Redactor:
    """Return what must not be kept of a call and its reply."""
    return _redactor(job, [*_of_headers(headers), *_of_address(url), *_of_body(body)])


def redactor_for_program(job: Job, args: Sequence[str], env: Mapping[str, str]) -> Redactor:
    """Return what must not be kept of a program's output."""
    return _redactor(job, [*_unknown(env.items()), *_secret_arguments(args)])


def redactor_for_report(job: Job, settings: Mapping[str, JsonValue]) -> Redactor:
    """Return what must not be kept of a report by whoever was called with these settings, of whichever executor."""
    headers, env, args = (settings.get(name) for name in ("headers", "env", "args"))
    values = [*_of_headers(_named(headers)), *_of_body(dict(settings)), *_unknown(_named(env).items())]
    if isinstance(args, list):
        values += _secret_arguments([argument for argument in args if isinstance(argument, str)])
    with suppress(ValueError):
        values += _of_address(web_address(str(settings.get("url", ""))))
    return _redactor(job, values)


def _named(value: JsonValue) -> Mapping[str, str]:
    named = value.items() if isinstance(value, dict) else ()
    return {name: text for name, text in named if isinstance(text, str)}


def _of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    return _unknown((name, part) for name, value in headers.items() for part in _parts_of_header(value))


def _of_address(url: httpx.URL) -> Iterator[str]:
    yield from _unknown(_parameters(url))
    yield from _user(url)


def _of_body(body: JsonValue) -> Iterator[str]:
    return (value for name, value in _texts(body) if _SECRET.search(name))


def _redactor(job: Job, values: Iterable[str]) -> Redactor:
    known = {
        *(job.release_id, job.release_name, job.release_version, job.task_id, job.task_name, job.cycle_tag),
        *(job.idempotency_key, job.callback_url),
    }
    return Redactor(
        [job.callback_secret, *(value for value in values if len(value) >= SHORTEST and value not in known)]
    )


def _unknown(named: Iterable[Named]) -> Iterator[str]:
    return (value for name, value in named if _SECRET.search(name) or not _PUBLIC.search(name))


def _parts_of_header(value: str) -> Iterator[str]:
    """Yield a header's value and what it is made of: credentials behind a scheme, parameters, cookies."""
    yield value.strip()
    words = value.split()
    if len(words) == len(("scheme", "credentials")):
        yield words[1]
        yield from _decoded(words[1])
    for part in re.split(r"[;,]", value):
        yield part.partition("=")[2].strip().strip('"')


def _decoded(credentials: str) -> Iterator[str]:
    """Yield the user and the password of basic authentication."""
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return
    yield from (user, password)


def _parameters(url: httpx.URL) -> Iterator[Named]:
    for pair in re.split("[&;]", url.query.decode("ascii")):
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", pair
        yield unquote_plus(name), value
        yield unquote_plus(name), unquote_plus(value)


def _user(url: httpx.URL) -> Iterator[str]:
    """Yield the user and the password of an address, also as they are sent: in a header, as basic authentication."""
    written = url.userinfo.decode("ascii")
    if written:
        yield from (written, *written.split(":", 1), url.username, url.password)
        yield base64.b64encode(f"{url.username}:{url.password}".encode()).decode()


def _texts(body: JsonValue) -> Iterator[Named]:
    """Yield the texts of a body by the nearest name above them."""
    left: list[tuple[str, JsonValue]] = [("", body)]
    while left:
        name, value = left.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            left.extend(value.items())
        elif isinstance(value, list):
            left.extend((name, item) for item in value)


def _secret_arguments(args: Sequence[str]) -> Iterator[str]:
    """Yield the values of `--token=value` and of `--token value`."""
    before = ""
    for argument in args:
        name, _, value = argument.partition("=")
        if _SECRET.search(name) and value:
            yield value
        elif before.startswith("-") and "=" not in before and _SECRET.search(before):
            yield argument
        before = argument
