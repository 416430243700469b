"""Access tokens as they are kept: who may do what until when. The secret itself is nowhere, only its hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """One token. `id` is public and never given out twice; `hash` is the SHA-256 of its text, in hexadecimal."""

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class TokenCount(NamedTuple):
    """How many tokens there ever were, and how many of them are not revoked: each addition and revocation makes others.

    A token read after they were counted is as it was read for as long as they stay the same.
    """

    all: int
    unrevoked: int


class TokenReader(Protocol):
    """Reading tokens. Another process may have written them: no commit of this one tells."""

    async def tokens(self, ids: Sequence[str]) -> dict[str, StoredToken]:
        """Return tokens by their ids; without those that do not exist."""
        ...

    async def token_count(self) -> TokenCount:
        """Return how many tokens there are at this moment, whoever wrote them."""
        ...

    async def all_tokens(self) -> list[StoredToken]:
        """Return every token there ever was, the oldest first."""
        ...


class TokenWriter(Protocol):
    """Writing tokens."""

    async def add_token(self, token: StoredToken) -> None:
        """Keep a new token. Raises Conflict when its id exists, or its name is that of one that is not revoked."""
        ...

    async def revoke_token(self, token_id: str, now: datetime) -> bool:
        """Revoke a token for good; False when there is none, or it is revoked already."""
        ...
