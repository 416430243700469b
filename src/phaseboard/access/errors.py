"""Why somebody is not let in. No message holds anything of the token.

AccessError
├── Unauthenticated   there is no token, or it is not (any more) a good one
└── KeysUnavailable   whether it is a good one cannot be told now: the issuer's keys cannot be had
"""


class AccessError(Exception):
    """Root of what `Access.resolve` raises."""


class Unauthenticated(AccessError):
    """Nobody who is known here; `given` tells whether there was a token at all."""

    def __init__(self, message: str, *, given: bool = True) -> None:
        super().__init__(message)
        self.given = given


class KeysUnavailable(AccessError):
    """The issuer does not answer; the same token may be let in later."""
