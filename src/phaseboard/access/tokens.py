"""Access tokens: `pb_<id>_<secret>`, shown once; the store keeps the hash of the whole.

The secret is random and longer than any that can be guessed, so one round of SHA-256 is enough.
"""

import hmac
import re
import secrets
import string
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from itertools import chain

from phaseboard.access.errors import Unauthenticated
from phaseboard.access.scopes import Scopes
from phaseboard.store.port import Store
from phaseboard.store.tokens import StoredToken

PREFIX = "pb_"

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH, _SECRET_LENGTH = 10, 43
_TOKEN = re.compile(rf"{PREFIX}([a-zA-Z0-9]{{{_ID_LENGTH}}})_[a-zA-Z0-9]{{{_SECRET_LENGTH}}}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")

UNKNOWN = "This token is not known here."


class TokenRefused(ValueError):
    """A token cannot be made or found as asked for; the message says what to do."""


def new_token(
    name: str, scopes: Scopes, created_at: datetime, expires_at: datetime | None = None
) -> tuple[StoredToken, str]:
    """Return a new token, and the text to give to its holder. Raises TokenRefused for a name that is none."""
    if not _NAME.fullmatch(name):
        raise TokenRefused(
            f"{name!r} is no name for a token: 1 to 64 letters, digits and `. _ @ -`, a letter or digit first."
        )
    if expires_at is not None and expires_at <= created_at:
        raise TokenRefused("A token has to expire in the future.")
    token_id = _random(_ID_LENGTH)
    text = f"{PREFIX}{token_id}_{_random(_SECRET_LENGTH)}"
    kept = StoredToken(
        id=token_id,
        name=name,
        hash=_hash(text),
        scopes=tuple(map(str, scopes)),
        created_at=created_at,
        expires_at=expires_at,
    )
    return kept, text


async def stored(store: Store, text: str, now: datetime) -> StoredToken:
    """Return the token with this text. Raises Unauthenticated; what was wrong is told to its holder alone."""
    found = _TOKEN.fullmatch(text)
    token_id = found[1] if found else ""
    tokens = await store.read(lambda reader: reader.tokens([token_id])) if found else {}
    token = tokens.get(token_id)
    if token is None or not hmac.compare_digest(token.hash, _hash(text)):
        raise Unauthenticated(UNKNOWN)
    if token.revoked_at is not None:
        raise Unauthenticated("This token was revoked.")
    if not token.is_live(now):
        raise Unauthenticated("This token has expired.")
    return token


def named(tokens: Sequence[StoredToken], name_or_id: str) -> StoredToken:
    """Return the token of an id, else the one of a name that is not revoked. Raises TokenRefused."""
    by_id = (token for token in tokens if token.id == name_or_id)
    by_name = (token for token in tokens if token.name == name_or_id and token.revoked_at is None)
    found = next(chain(by_id, by_name), None)
    if found is None:
        raise TokenRefused(f"There is no token {name_or_id!r}: `phaseboard token list` shows all.")
    return found


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
