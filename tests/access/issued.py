"""Tokens that tests give out."""

from dataclasses import replace
from datetime import datetime

from phaseboard.access.scopes import Scope
from phaseboard.access.tokens import new_token
from phaseboard.store.memory import MemoryStore
from phaseboard.store.tokens import StoredToken
from tests.engine.board import Board


async def issue(board: Board, *scopes: Scope, name: str = "ci", expires_at: datetime | None = None) -> str:
    """Return the text of a new token of a board."""
    token, text = new_token(name, scopes, board.clock(), expires_at)
    await board.store.write(lambda writer: writer.add_token(token))
    return text


async def kept(board: Board, name: str = "ci") -> StoredToken:
    tokens = await board.store.read(lambda reader: reader.all_tokens())
    return next(token for token in tokens if token.name == name)


async def revoke(board: Board, name: str = "ci") -> None:
    token = await kept(board, name)
    assert await board.store.write(lambda writer: writer.revoke_token(token.id, board.clock()))


async def rescope(board: Board, *scopes: Scope, name: str = "ci") -> None:
    """Change what a token may do; nothing but a hand in the database does that."""
    assert isinstance(board.store, MemoryStore)
    token = await kept(board, name)
    board.store._kept.tokens[token.id] = replace(token, scopes=tuple(map(str, scopes)))


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
