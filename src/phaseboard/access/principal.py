"""Principals: who calls, with which rights, until they lose them."""

from collections.abc import Callable
from datetime import datetime

from phaseboard.access.scopes import ALL_SCOPES, Scope, Scopes, allows
from phaseboard.domain.actor import Actor, ActorKind

OnEnd = Callable[[], None]


class Principal:
    """A caller. Its rights never change: who gets others is another principal, and this one ends.

    Whoever goes on for longer than an answer takes asks to be told by `on_end`, and stops then.
    """

    __slots__ = ("_followers", "actor", "ended", "expires_at", "scopes")

    def __init__(self, actor: Actor, scopes: Scopes, expires_at: datetime | None = None) -> None:
        self.actor = actor
        self.scopes = scopes
        self.expires_at = expires_at
        self.ended = False
        self._followers: set[OnEnd] = set()

    def allows(self, scope: Scope) -> bool:
        """Whether the caller may do what needs a scope."""
        return allows(self.scopes, scope)

    @property
    def streams(self) -> int:
        """How many ask to be told: the sockets and event streams that are open."""
        return len(self._followers)

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
