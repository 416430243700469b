"""The exchange under way, a request and its answer: its id, and who is told how it went."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from random import Random

from phaseboard.activity import OPERATIONS, Activity, Kind, Watch, Watched
from phaseboard.api.operation import described

OK = "OK"
"""The outcome of a mutation that changed something, or had before; the others are codes of user errors."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request over HTTP, or one socket; everything that runs on its behalf finds it in its context."""

    id: str
    watch: Watch = lambda _: None
    mutated: Callable[[str], None] = lambda _: None
    trace: Mapping[str, str] = field(default_factory=dict)


_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in OPERATIONS}

_random = Random()  # noqa: S311

_exchange: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def begin(exchange: Exchange) -> None:
    """Let what follows in this task, and in those that it starts, run on behalf of a request."""
    _exchange.set(exchange)


def begin_shared() -> None:
    """Let what follows run on behalf of all who share it: under an id of its own, which tells none of another."""
    if exchange := _exchange.get():
        _exchange.set(replace(exchange, id=new_id(), trace={}))


def new_id() -> str:
    """Return an id that nobody else has; it names, and lets nobody in."""
    return f"{_random.getrandbits(64):016x}"


def request_id() -> str | None:
    """Return the id of the request on whose behalf this runs, None when it is nobody's."""
    exchange = _exchange.get()
    return exchange.id if exchange else None


def request_told() -> dict[str, str]:
    """Return what an error tells of its request, so that its place in the log is found."""
    told = request_id()
    return {"requestId": told} if told else {}


def mutated(outcome: str) -> None:
    """Tell how a mutation ended: OK, or the code of a user error."""
    if exchange := _exchange.get():
        exchange.mutated(outcome)


def operating(document: str, operation_name: str | None, max_tokens: int) -> AbstractContextManager[Activity]:
    """Time an operation and tell of it; set `outcome` to `error` when it was answered with errors."""
    exchange = _exchange.get()
    if exchange is None:
        return nullcontext(Activity(Kind.INVALID))
    kind, name = described(document, operation_name, max_tokens)
    activity = Activity(_KINDS.get(kind, Kind.INVALID), name, trace=exchange.trace)
    return Watched(activity, exchange.watch)
