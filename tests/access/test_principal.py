from datetime import timedelta

from phaseboard.access.principal import Principal
from phaseboard.access.scopes import Scope
from phaseboard.domain.actor import Actor, ActorKind
from tests.engine.hands import Clock
from tests.factory import NOW

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


def test_it_stands_until_its_rights_are_taken_away_or_expire():
    clock = Clock()
    for expires_at in (None, NOW + timedelta(seconds=1)):
        principal = Principal(CI, (), expires_at, clock=clock)
        assert principal.is_valid
        principal.end()
        assert not principal.is_valid
    expiring, lasting = Principal(CI, (), NOW + timedelta(seconds=1), clock=clock), Principal(CI, (), clock=clock)
    clock.move(seconds=1)
    assert not expiring.is_valid
    assert not expiring.ended
    assert lasting.is_valid


def test_holders_are_told_apart_by_their_actors_unless_named():
    assert Principal(CI, ()).holder == Principal(CI, (Scope.READ,)).holder
    assert Principal(CI, ()).holder != Principal(Actor(ActorKind.PERSON, "ci"), ()).holder
    assert Principal(CI, (), holder="anna").holder == "anna"


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
