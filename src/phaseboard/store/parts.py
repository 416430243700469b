"""The parts of a release that are kept as JSON, because no query looks into them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from phaseboard.domain.actor import Actor
from phaseboard.domain.events import Event
from phaseboard.domain.plan import Plan
from phaseboard.domain.snapshot import Snapshot
from phaseboard.domain.state import StoreReview
from phaseboard.domain.task import Attempt

ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)
ATTEMPTS: TypeAdapter[tuple[Attempt, ...]] = TypeAdapter(tuple[Attempt, ...])
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])
PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
REVIEWS: TypeAdapter[tuple[StoreReview, ...]] = TypeAdapter(tuple[StoreReview, ...])
SNAPSHOT: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)


def encoded(part: object) -> str:
    """Return a part as JSON. What is read back with its adapter equals it."""
    return to_json(part, inf_nan_mode="constants", fallback=_plain).decode()


def encoded_actor(actor: Actor | None) -> str | None:
    """Return who caused a change as JSON, None for nobody."""
    return None if actor is None else encoded(actor)


def decoded_actor(text: str | None) -> Actor | None:
    """Return what `encoded_actor` was given."""
    return None if text is None else ACTOR.validate_json(text)


@lru_cache(maxsize=512)
def decoded_plan(text: str) -> Plan:
    """Return a plan; it never changes in the life of a release, so it is decoded once."""
    return PLAN.validate_json(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
