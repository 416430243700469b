"""What the server did, told to whoever watches once it is done: metrics always, traces when asked for."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

log = logging.getLogger(__name__)


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


class Watchers:
    """All who watch; a fault of one harms neither the others nor what is watched."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = list(watches)

    def add(self, watch: Watch) -> None:
        """Tell one more."""
        self._watches.append(watch)

    def __call__(self, activity: Activity) -> None:
        """Tell everybody what was done."""
        for watch in self._watches:
            try:
                watch(activity)
            except Exception:
                log.exception("cannot tell what was done", extra={"action": "activity.fault"})


class Watched:
    """Times what is done meanwhile and tells of it; an exception makes it an `error`, leaving early `cancelled`."""

    __slots__ = ("_activity", "_began", "_watch")

    def __init__(self, activity: Activity, watch: Watch) -> None:
        self._activity = activity
        self._watch = watch
        self._began = 0.0

    def __enter__(self) -> Activity:
        self._began = time.perf_counter()
        return self._activity

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        activity = self._activity
        activity.seconds = time.perf_counter() - self._began
        if kind is not None:
            activity.outcome = "error" if issubclass(kind, Exception) else "cancelled"
        if not activity.dropped:
            self._watch(activity)
