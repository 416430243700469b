"""The hub: which groups there are, and who joins which."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from graphql import GraphQLError

from phaseboard.access.principal import Principal
from phaseboard.api.context import Context, Span
from phaseboard.api.documents import parsing
from phaseboard.api.operation import Followed, followed
from phaseboard.api.scalars import parse_cursor
from phaseboard.api.schema import PhaseboardSchema
from phaseboard.api.streams.counts import Counts
from phaseboard.api.streams.execution import Execution, Operation
from phaseboard.api.streams.group import Group, Member, OnEnd
from phaseboard.api.streams.quota import Quota
from phaseboard.api.streams.readers import Readers
from phaseboard.api.streams.ring import MOST
from phaseboard.api.streams.shared import LogGroup, StatusGroup
from phaseboard.api.streams.turns import Turns
from phaseboard.feed.feed import Feed
from phaseboard.feed.recent import RecentStatuses
from phaseboard.limits import Limits

_SMALLEST, _LARGEST = -(2**31), 2**31 - 1
"""The Ints of GraphQL."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how a context of theirs is made."""

    principal: Principal
    make_context: Callable[[Span], Context]

    @property
    def rights(self) -> tuple[str, ...]:
        """What two callers must have in common to share."""
        return self.principal.scopes


class Hub:
    """All groups of a server. Without `sharing` everybody gets a group of their own.

    `remembered` is how many answers a group keeps for those who join a moment late.
    """

    def __init__(
        self,
        schema: PhaseboardSchema,
        feed: Feed,
        recent: RecentStatuses,
        *,
        sharing: bool = True,
        limits: Limits,
        remembered: int = MOST,
    ) -> None:
        self.counts = Counts()
        self.readers = Readers(self.counts, limits.send_seconds)
        self.quota = Quota(limits.sockets_per_caller)
        self._schema = schema
        self._feed = feed
        self._recent = recent
        self._sharing = sharing
        self._max_tokens = limits.tokens
        self._remembered = remembered
        self._groups: dict[object, Group] = {}
        self._closed = False
        self._turns = Turns()

    @property
    def groups(self) -> Sequence[Group]:
        """The groups there are."""
        return tuple(self._groups.values())

    def followed(self, operation: Operation) -> Followed | None:
        """Return what an operation subscribes to, None when it is no subscription."""
        return followed(operation.document, operation.operation_name, self._max_tokens)

    async def looked_at(self, document: str) -> None:
        """Wait until a document was parsed and validated, with others getting their turns in between.

        What is wrong with it is told to whoever executes it, be it a fault of ours.
        """
        checked = self._schema.documents.checked
        if document not in checked:
            with suppress(Exception):
                await self._turns.take(partial(parsing(self._max_tokens), document), partial(checked, document))

    @property
    def watchers(self) -> int:
        """How many follow something."""
        return sum(group.watchers for group in self._groups.values())

    def join(self, operation: Operation, caller: Caller, member: Member) -> Group:
        """Let a member follow an operation in the group for it; a member without a beginning begins now."""
        execution = Execution(self._schema, operation, caller.make_context, self.counts)
        field = self.followed(operation)
        try:
            key = self._place(field, operation, caller, member) if field and field.shared else None
        except _Unclear:
            key = None
        if field is None or key is None or not self._sharing:
            group = self._alone(field, execution, member)
        elif key in self._groups:
            group = self._groups[key]
        else:
            group = self._groups[key] = self._shared(field, execution, self._forget(key))
        group.field = field.name if field else ""
        group.join(member)
        if self._closed:
            group.close()
        return group

    def close(self) -> None:
        """End all groups because the server stops, and those that are yet to come at once."""
        self._closed = True
        for group in self.groups:
            group.close()

    def _place(self, field: Followed, operation: Operation, caller: Caller, member: Member) -> object:
        """Set where a member begins; return what it has to have in common with others. Raises _Unclear."""
        key = _key(field, operation, caller)
        member.begins = self._beginning(field, operation, member)
        return key

    def _shared(self, field: Followed, execution: Execution, on_end: OnEnd) -> Group:
        if field.conflates:
            return StatusGroup(execution, self.counts, on_end, self._recent)
        return LogGroup(execution, self.counts, on_end, self._feed, self._remembered)

    def _alone(self, field: Followed | None, execution: Execution, member: Member) -> Group:
        key = object()
        span = Span() if field is None or field.conflates else Span(after=member.begins)
        group = self._groups[key] = Group(execution, span, self.counts, self._forget(key))
        return group

    def _beginning(self, field: Followed, operation: Operation, member: Member) -> int | None:
        given = _given(field, operation)
        if field.conflates:
            return given
        given = given if member.begins is None else member.begins
        if given is not None and given > self._feed.head:
            raise _Unclear
        return self._feed.head if given is None else given

    def _forget(self, key: object) -> OnEnd:
        def forget(group: Group) -> None:
            if self._groups.get(key) is group:
                del self._groups[key]

        return forget


class _Unclear(Exception):
    """Only an execution can judge this."""


def _given(field: Followed, operation: Operation) -> int | None:
    """Return where the variables say that a subscriber begins, None for nowhere. Raises _Unclear if not clearly."""
    given = (operation.variables or {}).get(field.beginning) if field.beginning else None
    if given is None:
        if field.required:
            raise _Unclear
        return None
    if not field.conflates:
        try:
            return parse_cursor(given)
        except GraphQLError:
            raise _Unclear from None
    if isinstance(given, int) and not isinstance(given, bool) and _SMALLEST <= given <= _LARGEST:
        return given
    raise _Unclear


def _key(field: Followed, operation: Operation, caller: Caller) -> object:
    variables = {name: value for name, value in (operation.variables or {}).items() if name != field.beginning}
    try:
        written = json.dumps(variables, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise _Unclear from None
    return operation.document, operation.operation_name, written, caller.rights
