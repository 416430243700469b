"""The issuer whose JSON Web Tokens are accepted besides our own tokens, as it is configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from phaseboard.access.loopback import is_loopback
from phaseboard.access.scopes import Scopes, scopes_of

SCOPE_CLAIM, NAME_CLAIM = "scope", "sub"
CLIENT_SCOPES = "openid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An OpenID Connect issuer. Raises ValueError, with a message for people, for one that cannot be trusted.

    `scope_claim` is the name of a claim or the dotted path to it; `scopes` maps its values to what they allow.
    The pages sign people in as the client `client_id`, asking for `client_scopes`; not at all without one.
    """

    url: str
    audience: str
    keys_url: str | None = None
    scope_claim: str = SCOPE_CLAIM
    name_claim: str = NAME_CLAIM
    scopes: Mapping[str, Scopes] = field(default_factory=dict)
    client_id: str | None = None
    client_scopes: str = CLIENT_SCOPES

    def __post_init__(self) -> None:
        for url in (self.url, self.keys_url):
            if url is not None and not is_secure_url(url):
                shown = url.rpartition("@")[2]
                raise ValueError(f"{shown!r} has to begin with https:// (http:// only for an address of this machine).")
        if not self.audience:
            raise ValueError("Say which audience its tokens have to be for.")


def is_secure_url(url: str) -> bool:
    """Whether what is fetched from an address cannot be changed on its way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def parse_mapping(text: str) -> dict[str, Scopes]:
    """Return the scopes of claim values written as `value=scope,value=scope`; a value may come several times.

    Raises ValueError, with a message for people.
    """
    found: dict[str, list[str]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        value, _, scope = map(str.strip, part.partition("="))
        if not value or not scope or "=" in scope:
            raise ValueError(f"{part!r} is no mapping: write value=scope, several with commas between them.")
        found.setdefault(value, []).append(scope)
    return {value: scopes_of(scopes) for value, scopes in found.items()}
