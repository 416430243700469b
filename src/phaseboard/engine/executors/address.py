"""Web addresses that come from plans and from outside systems.

Everything the webhook executor calls passes `web_address`, then the rule on hosts in `hosts`.
"""

import re

import httpx

from phaseboard.engine.executors.excerpt import one_line

MAX_EXTERNAL_URL = 2000
_LARGEST_PORT = 65535
_LONGEST_HOST = 300
_BEGINNING = re.compile(r"((?i:https?)://)([^/?#]*)")
_PLAIN_HOST = re.compile(r"(?i:[a-z][a-z0-9-]*+(?>(?:\.[a-z0-9-]++)*))(?::[1-9][0-9]{0,3})?")
_UNPRINTABLE_ASCII = re.compile(r"[\x00-\x1f\x7f]")
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


def web_address(text: str) -> httpx.URL:
    """Return the address, or raise ValueError with the end of the sentence "The url ..."."""
    try:
        url = httpx.URL(text)
        host = url.host
    except (httpx.InvalidURL, ValueError) as error:
        raise ValueError(f"cannot be read: {_kind(error)}") from error
    if url.scheme not in {"http", "https"}:
        raise ValueError("must begin with http:// or https://")
    if not host:
        raise ValueError("names no host")
    if url.port is not None and not 0 < url.port <= _LARGEST_PORT:
        raise ValueError(f"has a port outside 1 to {_LARGEST_PORT}")
    return url


def check_address(text: str) -> None:
    """Raise ValueError as `web_address` does for what can be told at once.

    Reading an address takes long, above all where it is not ASCII: user, path and query are taken as they are, and so
    is a host that is not ASCII or looks like a name. Whoever calls it reads it in full.
    """
    begun = _BEGINNING.match(text)
    if not begun:
        raise ValueError("must begin with http:// or https://")
    if found := _UNPRINTABLE_ASCII.search(text):
        raise ValueError(f"cannot be read: it contains the character U+{ord(found[0]):04X}")
    scheme, authority = begun.groups()
    host = authority.rpartition("@")[2]
    if len(host) > _LONGEST_HOST:
        raise ValueError("has a host that is too long")
    if host.isascii() and not _PLAIN_HOST.fullmatch(host):
        web_address(scheme + host)


def _kind(error: Exception) -> str:
    """Return what is wrong with an address without the piece of it, which may be a password."""
    return re.split("[:,]", one_line(str(error)), maxsplit=1)[0]


def host_of(url: httpx.URL) -> str:
    """Return host and port, which is all of an address that messages name: paths may hold tokens."""
    return url.netloc.decode("ascii")


def external_url(candidate: object) -> str | None:
    """Return what an outside system gave as its address if people may be sent there; user info could disguise it."""
    if not isinstance(candidate, str) or len(candidate) > MAX_EXTERNAL_URL or _UNPRINTABLE.search(candidate):
        return None
    try:
        url = web_address(candidate)
    except ValueError:
        return None
    return None if url.userinfo else candidate
