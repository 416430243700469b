"""What the server did, told to whoever watches once it is done: metrics always, traces when asked for."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What was done."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"
    INVALID = "invalid"
    """An operation that is none of the three, or cannot be told which."""
    ADVANCE = "advance"
    CLAIM = "claim"
    RECORD = "record"
    ATTEMPT = "attempt"


OPERATIONS = frozenset({Kind.QUERY, Kind.MUTATION, Kind.SUBSCRIPTION, Kind.INVALID})


@dataclass(slots=True)
class Activity:
    """One thing that was done.

    `name` is that of the operation or the executor. `began` is in nanoseconds since 1970, `seconds` how long it took.
    `details` are ids, never values that clients gave. `trace` are the headers that say which trace it belongs to.
    """

    kind: Kind
    name: str = ""
    began: int = field(default_factory=time.time_ns)
    seconds: float = 0.0
    outcome: str = "ok"
    details: Mapping[str, str] = field(default_factory=dict)
    trace: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    """Whether it came to nothing, so that nobody needs to hear of it."""


Watch = Callable[[Activity], None]


@contextmanager
def watched(activity: Activity, watch: Watch) -> Iterator[Activity]:
    """Time what is done meanwhile and tell of it; an exception makes it an `error`, leaving early `cancelled`."""
    began = time.perf_counter()
    try:
        yield activity
    except Exception:
        activity.outcome = "error"
        raise
    except BaseException:
        activity.outcome = "cancelled"
        raise
    finally:
        activity.seconds = time.perf_counter() - began
        if not activity.dropped:
            watch(activity)
