"""The hub: which groups there are, and who joins which."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strawberry.schema.base import BaseSchema

from phaseboard.api.context import Context, Span
from phaseboard.api.scalars import parse_cursor
from phaseboard.api.streams.group import Group, Member, Operation
from phaseboard.api.streams.operation import SharedField, shared_field
from phaseboard.feed.feed import Feed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what two callers must have in common to share, and how a context of theirs is made."""

    rights: tuple[str, ...]
    make_context: Callable[[Span], Context]


class Hub:
    """All groups of a server. Without `sharing` everybody gets a group of their own."""

    def __init__(self, schema: BaseSchema, feed: Feed, *, sharing: bool = True, max_tokens: int) -> None:
        self._schema = schema
        self._feed = feed
        self._sharing = sharing
        self._max_tokens = max_tokens
        self._groups: dict[object, Group] = {}

    @property
    def groups(self) -> Sequence[Group]:
        """The groups there are."""
        return tuple(self._groups.values())

    def field_of(self, operation: Operation) -> SharedField | None:
        """Return what a operation subscribes to, None when it is no subscription that can be shared."""
        return shared_field(operation.document, operation.operation_name, self._max_tokens)

    def join(self, operation: Operation, caller: Caller, member: Member) -> Group:
        """Let a member follow a operation in the group for it; a member without a beginning begins now."""
        field = self.field_of(operation) if self._sharing else None
        begins = _beginning(field, operation, member) if field else None
        if field is None or isinstance(begins, _Unclear) or (not field.conflates and (begins or 0) > self._feed.head):
            return self._alone(operation, caller, member)
        member.begins = begins if field.conflates or begins is not None else self._feed.head
        key = _key(field, operation, caller)
        group = self._groups.get(key)
        if group is None:
            group = self._new(key, operation, caller, field, Span(after=self._feed.head, everything=True))
        group.join(member)
        return group

    def close(self) -> None:
        """End all groups because the server stops."""
        for group in self.groups:
            group.close()

    def _alone(self, operation: Operation, caller: Caller, member: Member) -> Group:
        span = Span(after=member.begins)
        member.begins = None
        group = self._new(object(), operation, caller, None, span)
        group.join(member)
        return group

    def _new(self, key: object, operation: Operation, caller: Caller, field: SharedField | None, span: Span) -> Group:
        group = Group(self._schema, operation, caller.make_context, field, span)
        group.on_empty = lambda: self._forget(key, group)
        self._groups[key] = group
        return group

    def _forget(self, key: object, group: Group) -> None:
        if self._groups.get(key) is group:
            del self._groups[key]


class _Unclear:
    """A beginning that only an execution of its own can judge."""


def _beginning(field: SharedField, operation: Operation, member: Member) -> int | _Unclear | None:
    if member.begins is not None and not field.conflates:
        return member.begins
    given = (operation.variables or {}).get(field.beginning) if field.beginning else None
    if given is None:
        return None
    if field.conflates:
        return given if isinstance(given, int) and not isinstance(given, bool) else _Unclear()
    try:
        return parse_cursor(given)
    except Exception:  # noqa: BLE001 - the execution says what is wrong with it
        return _Unclear()


def _key(field: SharedField, operation: Operation, caller: Caller) -> object:
    variables = {name: value for name, value in (operation.variables or {}).items() if name != field.beginning}
    return (
        operation.document,
        operation.operation_name,
        json.dumps(variables, sort_keys=True, separators=(",", ":")),
        caller.rights,
    )
