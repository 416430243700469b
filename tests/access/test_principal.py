from phaseboard.access.principal import Principal
from phaseboard.access.scopes import Scope
from phaseboard.domain.actor import Actor, ActorKind

CI = Actor(ActorKind.TOKEN, "ci")


def test_who_follows_is_told_once_when_it_ends():
    principal = Principal(CI, (Scope.READ,))
    told: list[str] = []
    principal.on_end(lambda: told.append("first"))
    principal.end()
    principal.end()
    assert told == ["first"]
    principal.on_end(lambda: told.append("late"))
    assert told == ["first", "late"]


def test_who_has_left_is_not_told():
    principal = Principal(CI, ())
    told: list[str] = []

    def follower() -> None:
        told.append("told")

    principal.on_end(follower)
    principal.forget(follower)
    principal.forget(follower)
    principal.end()
    assert told == []


def test_a_follower_may_leave_while_others_are_told():
    principal = Principal(CI, ())
    followers = [lambda: [principal.forget(other) for other in followers] for _ in range(3)]
    for follower in followers:
        principal.on_end(follower)
    principal.end()
    assert principal.ended
