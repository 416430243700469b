"""JSON Web Tokens of the configured issuer: signature, times, issuer and audience are checked by PyJWT."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from phaseboard.access.claims import actor_of, scopes_in, subject_of
from phaseboard.access.errors import Unauthenticated
from phaseboard.access.issuer import Issuer
from phaseboard.access.keys import IssuerKeys, Key
from phaseboard.access.scopes import Scopes
from phaseboard.domain.actor import Actor

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones alone: a public key must not serve as a shared secret."""

LEEWAY = timedelta(seconds=10)
"""How far apart the issuer's clock and ours may be: so much later a request is still let in, but no stream goes on."""

LONGEST = 16_384
"""Characters of the longest token that is looked at."""

_REASONS: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "This token has expired.",
    jwt.ImmatureSignatureError: "This token is not valid yet.",
    jwt.InvalidAudienceError: "This token is for another audience.",
    jwt.InvalidIssuerError: "This token is of another issuer.",
    jwt.MissingRequiredClaimError: "This token lacks a claim: exp, iss and aud are needed.",
    jwt.InvalidAlgorithmError: f"This token is not signed as it has to be: by one of {', '.join(ALGORITHMS)}.",
}
NO_GOOD = "This token is not a good one of the configured issuer."
_NEVER = datetime.max.replace(tzinfo=UTC) - LEEWAY


@dataclass(frozen=True, slots=True)
class Verified:
    """Who holds a token, what they may do, and until when; `subject` is the same in all tokens of one holder."""

    actor: Actor
    scopes: Scopes
    expires_at: datetime
    subject: str

    @property
    def leeway_until(self) -> datetime:
        """Until when requests are let in."""
        return self.expires_at if self.expires_at > _NEVER else self.expires_at + LEEWAY


class Verifier:
    """Verifies the tokens of one issuer."""

    def __init__(self, issuer: Issuer, keys: IssuerKeys | None = None) -> None:
        self._issuer = issuer
        self._keys = keys or IssuerKeys(issuer)
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True})

    async def verify(self, text: str) -> Verified:
        """Return what a token says. Raises Unauthenticated or KeysUnavailable."""
        algorithm, key_id = _header(text)
        found = await self._keys.find(key_id)
        if found is None:
            raise Unauthenticated(NO_GOOD)
        try:
            claims = self._jwt.decode(
                text,
                _key(found, algorithm),
                algorithms=ALGORITHMS,
                audience=self._issuer.audience,
                issuer=self._issuer.url,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            reason = next((words for kind, words in _REASONS.items() if isinstance(error, kind)), NO_GOOD)
            raise Unauthenticated(reason) from None
        return Verified(
            actor_of(claims, self._issuer),
            scopes_in(claims, self._issuer),
            _end(claims["exp"]),
            subject_of(claims, self._issuer),
        )


def _header(text: str) -> tuple[str, str | None]:
    """Return algorithm and key id of a token that is not verified yet. Raises Unauthenticated."""
    try:
        header = jwt.get_unverified_header(text) if len(text) <= LONGEST else {}
    except (jwt.PyJWTError, ValueError, RecursionError):
        header = {}
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise Unauthenticated(_REASONS[jwt.InvalidAlgorithmError] if header else NO_GOOD)
    return algorithm, key_id if isinstance(key_id, str) else None


def _key(found: Key, algorithm: str) -> jwt.PyJWK:
    """Return a key for an algorithm; one that says its own is for no other."""
    return jwt.PyJWK(dict(found), algorithm=None if found.get("alg") else algorithm)


def _end(expires: float) -> datetime:
    try:
        return datetime.fromtimestamp(int(expires), UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)
