"""Tokens in memory, as `TokenReader` and `TokenWriter` of `tokens` say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from phaseboard.store.errors import Conflict
from phaseboard.store.instants import cut
from phaseboard.store.tokens import StoredToken, TokenCount


class KeptTokens(Protocol):
    """Where tokens are kept, by id."""

    tokens: dict[str, StoredToken]


class MemoryTokenReader:
    _kept: KeptTokens

    async def tokens(self, ids: Sequence[str]) -> dict[str, StoredToken]:
        return {token_id: self._kept.tokens[token_id] for token_id in ids if token_id in self._kept.tokens}

    async def token_count(self) -> TokenCount:
        kept = self._kept.tokens.values()
        return TokenCount(len(kept), sum(token.revoked_at is None for token in kept))

    async def all_tokens(self) -> list[StoredToken]:
        return sorted(self._kept.tokens.values(), key=lambda token: (token.created_at, token.id))


class MemoryTokenWriter(MemoryTokenReader):
    async def add_token(self, token: StoredToken) -> None:
        names = {other.name for other in self._kept.tokens.values() if other.revoked_at is None}
        if token.id in self._kept.tokens or (token.revoked_at is None and token.name in names):
            raise Conflict(f"There is a token named {token.name} already.")
        self._kept.tokens[token.id] = cut(token)

    async def revoke_token(self, token_id: str, now: datetime) -> bool:
        token = self._kept.tokens.get(token_id)
        if token is None or token.revoked_at is not None:
            return False
        self._kept.tokens[token_id] = replace(token, revoked_at=cut(now))
        return True
