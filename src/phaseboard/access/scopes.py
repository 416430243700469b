"""What a caller may do, as a set of scopes."""

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """One kind of right."""

    READ = "releases:read"
    WRITE = "releases:write"
    REPORT = "tasks:report"
    ADMIN = "admin"


Scopes = tuple[Scope, ...]
"""Each at most once, in the order of `Scope`."""

ALL_SCOPES: Scopes = tuple(Scope)


class UnknownScope(ValueError):
    """A text names no scope."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no scope; there are {', '.join(Scope)}.")


def scopes_of(texts: Iterable[str]) -> Scopes:
    """Return the scopes that texts name. Raises UnknownScope."""
    given = set(texts)
    for text in sorted(given):
        if text not in ALL_SCOPES:
            raise UnknownScope(text)
    return tuple(scope for scope in Scope if scope in given)


def allows(scopes: Iterable[str], needed: Scope) -> bool:
    """Whether scopes include one; `admin` includes them all."""
    given = set(scopes)
    return needed in given or Scope.ADMIN in given
