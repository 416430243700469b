"""Tokens in a database, as `TokenReader` and `TokenWriter` of `tokens` say."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from phaseboard.store.dialects import among
from phaseboard.store.errors import Conflict
from phaseboard.store.instants import from_ms, to_ms
from phaseboard.store.session import Session
from phaseboard.store.statement import Statement
from phaseboard.store.statements import listed
from phaseboard.store.tables import access_tokens
from phaseboard.store.tokens import StoredToken, TokenCount

_COLUMNS = access_tokens.c

TOKENS = Statement(select(access_tokens).where(among(_COLUMNS.id, "ids")))
ALL_TOKENS = Statement(select(access_tokens).order_by(_COLUMNS.created_at, _COLUMNS.id))
TOKEN_COUNT = Statement(
    select(
        select(func.count()).select_from(access_tokens).scalar_subquery().label("all"),
        select(func.count()).where(_COLUMNS.revoked_at.is_(None)).scalar_subquery().label("unrevoked"),
    )
)
"""Each is counted along an index."""

ADD_TOKEN = Statement(lambda dialect: dialect.insert(access_tokens).on_conflict_do_nothing().returning(_COLUMNS.id))
REVOKE_TOKEN = Statement(
    update(access_tokens)
    .where(_COLUMNS.id == bindparam("token_id"), _COLUMNS.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(_COLUMNS.id)
)


class SQLTokenReader:
    _session: Session

    async def tokens(self, ids: Sequence[str]) -> dict[str, StoredToken]:
        rows = await self._session.fetch_all(TOKENS, ids=listed(ids))
        return {row["id"]: _token(row) for row in rows}

    async def token_count(self) -> TokenCount:
        (row,) = await self._session.fetch_all(TOKEN_COUNT)
        return TokenCount(row["all"], row["unrevoked"])

    async def all_tokens(self) -> list[StoredToken]:
        return [_token(row) for row in await self._session.fetch_all(ALL_TOKENS)]


class SQLTokenWriter(SQLTokenReader):
    async def add_token(self, token: StoredToken) -> None:
        if not await self._session.fetch_all(ADD_TOKEN, **_row(token)):
            raise Conflict(f"There is a token named {token.name} already.")

    async def revoke_token(self, token_id: str, now: datetime) -> bool:
        return bool(await self._session.fetch_all(REVOKE_TOKEN, token_id=token_id, now=to_ms(now)))


def _row(token: StoredToken) -> dict[str, Any]:
    instants = {name: _ms(getattr(token, name)) for name in ("created_at", "expires_at", "revoked_at")}
    return {**asdict(token), "scopes": " ".join(token.scopes), **instants}


def _token(row: Any) -> StoredToken:
    return StoredToken(
        id=row["id"],
        name=row["name"],
        hash=row["hash"],
        scopes=tuple(row["scopes"].split()),
        created_at=from_ms(row["created_at"]),
        expires_at=_instant(row["expires_at"]),
        revoked_at=_instant(row["revoked_at"]),
    )


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else to_ms(instant)


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
