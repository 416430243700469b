"""Who caused a change."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of caller an actor is."""

    ANONYMOUS = "ANONYMOUS"
    PERSON = "PERSON"
    TOKEN = "TOKEN"
    CALLBACK = "CALLBACK"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who caused a change: its kind and the name to show."""

    kind: ActorKind
    name: str


SYSTEM = Actor(ActorKind.SYSTEM, "phaseboard")
"""The cron loop and the executors it runs."""
