"""What is kept as JSON comes back equal."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.plan import CycleSpec, Plan, Retries
from phaseboard.store.instants import cut, from_ms, to_ms
from phaseboard.store.parts import PLAN, decoded_actor, encoded, encoded_actor
from tests.store.scenes import NOW, make_plan, spec

INSTANTS = st.datetimes(timezones=st.just(UTC))
DURATIONS = st.timedeltas(timedelta(0), timedelta(days=40_000))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3).map(MappingProxyType),
    max_leaves=8,
)
SPECS = st.builds(
    spec,
    TEXTS,
    settings=st.dictionaries(TEXTS, JSON, max_size=3).map(MappingProxyType),
    critical=st.booleans(),
    retries=st.builds(Retries, count=st.integers(0, 99), delay=DURATIONS, backoff=st.floats(1, 100)),
    timeout=DURATIONS,
    callback_timeout=DURATIONS,
)
PLANS = st.builds(
    make_plan,
    name=TEXTS,
    version=TEXTS,
    kickoff=st.lists(SPECS, max_size=3).map(tuple),
    cycles=st.lists(st.builds(CycleSpec, INSTANTS | st.none(), DURATIONS | st.none()), max_size=3).map(tuple),
)


@given(PLANS)
def test_a_plan_comes_back_equal(plan: Plan):
    found = PLAN.validate_json(encoded(plan))
    assert found == plan
    assert isinstance(found.kickoff, tuple)
    assert isinstance(found.auto_trigger, frozenset)


@pytest.mark.parametrize("actor", [None, Actor(ActorKind.CALLBACK, "Ünï 'quoted' \x00")])
def test_an_actor_comes_back_equal(actor: Actor | None):
    assert decoded_actor(encoded_actor(actor)) == actor


def test_infinity_survives():
    plan = make_plan(kickoff=(spec("a", settings={"x": float("inf")}),))
    assert PLAN.validate_json(encoded(plan)) == plan


def test_what_has_no_json_is_refused():
    with pytest.raises(ValueError, match="object"):
        encoded(make_plan(kickoff=(spec("a", settings={"x": object()}),)))


@given(INSTANTS)
def test_milliseconds_round_down_and_stay(instant: datetime):
    kept = from_ms(to_ms(instant))
    assert timedelta(0) <= instant - kept < timedelta(milliseconds=1)
    assert cut(instant) == kept == cut(kept)


def test_other_zones_are_the_same_instant():
    assert from_ms(to_ms(NOW.astimezone(ZoneInfo("Asia/Tokyo")))) == NOW


def test_naive_instants_are_a_mistake():
    with pytest.raises(TypeError):
        to_ms(datetime(2024, 1, 1))  # noqa: DTZ001 - that is the mistake
