import pytest

from phaseboard.access.principal import ANONYMOUS, Principal
from phaseboard.api.streams.quota import Quota, TooMany
from phaseboard.domain.actor import Actor, ActorKind

CI = Actor(ActorKind.TOKEN, "ci")


def test_what_one_holder_has_open_is_counted_under_whichever_token():
    quota = Quota(2)
    one, again = (Principal(CI, (), holder="https://login.example.com 4711") for _ in range(2))
    quota.take(one)
    quota.take(again)
    with pytest.raises(TooMany, match="at most 2 sockets and event streams"):
        quota.take(one)
    quota.take(Principal(CI, ()))
    quota.give_back(again)
    quota.take(one)


def test_a_refusal_is_not_counted_and_nothing_is_kept_of_who_has_left():
    quota = Quota(1)
    principal = Principal(CI, ())
    quota.take(principal)
    for _ in range(3):
        with pytest.raises(TooMany):
            quota.take(principal)
    quota.give_back(principal)
    assert len(quota) == 0
    quota.take(principal)


def test_without_access_control_nobody_is_counted():
    quota = Quota(1)
    for _ in range(3):
        quota.take(ANONYMOUS)
    quota.give_back(ANONYMOUS)
    assert len(quota) == 0
