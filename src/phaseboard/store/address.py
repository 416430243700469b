"""The address of a PostgreSQL database: checked once, and shown without its password."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

SCHEMES = ("postgresql", "postgres")

_SETTLED = frozenset({"connect_timeout", "fallback_application_name", "tcp_user_timeout"})
_MAY_BE = {"channel_binding": ("disable", "prefer"), "gssencmode": ("disable", "prefer")}
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_LARGEST_PORT = 65_535
_UNCLEAR = "it cannot be taken apart: in names and passwords, write / ? # [ ] @ as %2F %3F %23 %5B %5D %40"
_PLACE = re.compile(r"/.*|(?:\[[^\[\]]+\]|[^:\[\]]*)(?::([0-9]*))?")
"""A folder of sockets, or a host and perhaps a port."""


class AddressInvalid(ValueError):
    """An address cannot be understood; the message, the end of a sentence, says why and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL as libpq and asyncpg read it: postgresql://user:password@host:port/database?sslmode=require.

    Raises AddressInvalid for one that they cannot read, or might read otherwise than it was meant.
    """

    url: str

    def __post_init__(self) -> None:
        parts = _parts(self.url)
        if not all(map(_is_place, _places(parts))) or not all(map(_is_port, _named(parts, "port"))):
            raise AddressInvalid(f"its host is none, its port not between 1 and {_LARGEST_PORT}, or {_UNCLEAR}")
        if not self.database:
            raise AddressInvalid("it names no database")

    @property
    def database(self) -> str:
        """The name of the database."""
        return urlsplit(self.url).path.strip("/")

    @property
    def dsn(self) -> str:
        """The URL for asyncpg: without what libpq has settings for and Phaseboard settles, or what asks for nothing."""
        base, mark, query = self.url.partition("?")
        kept = [each for each in query.split("&") if not _is_settled(*each.partition("=")[::2])]
        return f"{base}{mark}{'&'.join(kept)}" if any(kept) else base

    def missing_files(self) -> list[str]:
        """Return the certificates and keys that it names and that are not there, as it names them."""
        named = parse_qs(urlsplit(self.url).query)
        return [f"{name}={named[name][-1]}" for name in _FILES if name in named and not Path(named[name][-1]).exists()]

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user, at, place = parts.netloc.rpartition("@")
        place = place or ",".join(parse_qs(parts.query).get("host", ["localhost"]))
        return f"postgresql://{user.partition(':')[0]}{at}{place}{parts.path}"


def is_postgres(url: str) -> bool:
    """Whether a URL names a PostgreSQL database."""
    return url.strip().partition("://")[0].lower() in SCHEMES


def _is_settled(parameter: str, value: str) -> bool:
    return parameter in _SETTLED or parameter.startswith("keepalives") or value in _MAY_BE.get(parameter, ())


def _parts(url: str) -> SplitResult:
    """Return the parts of a URL, which tell user and password from the rest beyond doubt. Raises AddressInvalid."""
    try:
        parts = urlsplit(url)
        parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise AddressInvalid(_UNCLEAR) from None  # what it was raised for names a piece
    user, _, _ = parts.netloc.rpartition("@")
    if "#" in url or "@" in user + parts.path:
        raise AddressInvalid(_UNCLEAR)
    return parts


def _places(parts: SplitResult) -> Iterator[str]:
    """Yield the places where a server may be."""
    _, _, places = parts.netloc.rpartition("@")
    if places:
        yield from places.split(",")
    yield from _named(parts, "host")


def _named(parts: SplitResult, parameter: str) -> Iterator[str]:
    """Yield the values of a parameter, which may be a list with commas."""
    for values in parse_qs(parts.query).get(parameter, ()):
        yield from values.split(",")


def _is_place(text: str) -> bool:
    found = _PLACE.fullmatch(text)
    return bool(text and found and (not found[1] or _is_port(found[1])))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_PORT
