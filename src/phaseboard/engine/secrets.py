"""Secrets of callbacks: one an attempt, derived, so that it stands before the outside call is made (rules 5.5)."""

import hmac
import secrets
from hashlib import sha256

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_KEY_LENGTH = 12


def new_key() -> str:
    """Return a random key for a release id."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_LENGTH))


def new_secret() -> str:
    """Return the secret of a new release."""
    return secrets.token_urlsafe(32)


def callback_secret(release_secret: str, task_id: str, attempt: int) -> str:
    """Return the secret that a report on this attempt must carry."""
    return hmac.new(release_secret.encode(), f"{task_id}/{attempt}".encode(), sha256).hexdigest()


def is_callback_secret(given: str, release_secret: str, task_id: str, attempt: int) -> bool:
    """Whether the secret given is that of this attempt; takes the same time for every wrong one."""
    expected = callback_secret(release_secret, task_id, attempt)
    return hmac.compare_digest(given.encode(), expected.encode())
