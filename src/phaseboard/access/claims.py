"""What the claims of a verified JSON Web Token say of its holder."""

from collections.abc import Mapping
from typing import Any

from phaseboard.access.errors import Unauthenticated
from phaseboard.access.issuer import Issuer
from phaseboard.access.scopes import Scope, Scopes
from phaseboard.domain.actor import Actor, ActorKind

Claims = Mapping[str, Any]

LONGEST_NAME = 200

_PLAIN = frozenset(Scope) - {Scope.ADMIN}
"""Scopes that count by their own name. An `admin` of the issuer may be one of something else: it has to be mapped."""


def actor_of(claims: Claims, issuer: Issuer) -> Actor:
    """Return how the holder appears in the history. Raises Unauthenticated without a name."""
    name = found(claims, issuer.name_claim)
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Unauthenticated(f"This token names nobody in its claim {issuer.name_claim!r}.")
    return Actor(ActorKind.PERSON, name)


def subject_of(claims: Claims, issuer: Issuer) -> str:
    """Return what all tokens of one holder have in common, and no others. Raises Unauthenticated without a name."""
    subject = claims.get("sub")
    return f"{issuer.url} {subject if isinstance(subject, str) else actor_of(claims, issuer).name}"


def scopes_in(claims: Claims, issuer: Issuer) -> Scopes:
    """Return what the holder may do; claims that say nothing of it allow nothing."""
    value = found(claims, issuer.scope_claim)
    texts = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    given: set[str] = set()
    for text in texts:
        if isinstance(text, str):
            given.update(issuer.scopes.get(text, ()))
            given.update({text} & _PLAIN)
    if isinstance(value, str):
        given.update(issuer.scopes.get(value, ()))
    return tuple(scope for scope in Scope if scope in given)


def found(claims: Claims, path: str) -> Any:
    """Return the claim of a name, else the one at the end of a dotted path, else None."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
