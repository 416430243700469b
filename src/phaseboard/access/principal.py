"""Principals: who calls, with which rights, until they lose them."""

from collections.abc import Callable
from datetime import UTC, datetime

from phaseboard.access.scopes import ALL_SCOPES, Scope, Scopes, allows
from phaseboard.domain.actor import Actor, ActorKind

OnEnd = Callable[[], None]


def _now() -> datetime:
    return datetime.now(UTC)


class Principal:
    """A caller. Its rights never change: who gets others is another principal, and this one ends.

    Whoever goes on for longer than an answer takes asks to be told by `on_end`, and stops then. `holder` is the same
    for all tokens of one person or machine, which are told apart by their actors unless it is given.
    """

    __slots__ = ("_clock", "_followers", "actor", "ended", "expires_at", "holder", "scopes")

    def __init__(
        self,
        actor: Actor,
        scopes: Scopes,
        expires_at: datetime | None = None,
        *,
        holder: str | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.actor = actor
        self.scopes = scopes
        self.expires_at = expires_at
        self.holder = holder if holder is not None else f"{actor.kind} {actor.name}"
        self.ended = False
        self._clock = clock
        self._followers: set[OnEnd] = set()

    def allows(self, scope: Scope) -> bool:
        """Whether the caller may do what needs a scope."""
        return allows(self.scopes, scope)

    @property
    def is_valid(self) -> bool:
        """Whether the rights are there at this instant; who is told by `on_end` is told a moment later."""
        return not self.ended and (self.expires_at is None or self._clock() < self.expires_at)

    @property
    def followed(self) -> bool:
        """Whether anybody asks to be told."""
        return bool(self._followers)

    def on_end(self, follower: OnEnd) -> None:
        """Call `follower` once when the rights are lost; at once when they are lost already."""
        if self.ended:
            follower()
        else:
            self._followers.add(follower)

    def forget(self, follower: OnEnd) -> None:
        """Call `follower` no more."""
        self._followers.discard(follower)

    def end(self) -> None:
        """Take the rights away."""
        self.ended = True
        followers, self._followers = self._followers, set()
        for follower in followers:
            follower()


ANONYMOUS = Principal(Actor(ActorKind.ANONYMOUS, "anonymous"), ALL_SCOPES)
"""Everybody, where there is no access control; it never ends."""
