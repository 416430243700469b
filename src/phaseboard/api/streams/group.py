"""A group: everybody who follows the same, one execution and one encoding for all of them.

A group runs its operation once, from the end of the log on, and gives every member the bytes of each answer. Answers
are numbered: by their position in the log, or by their revision where only the newest counts. A member that begins
further back first gets what it missed, by an execution of its own that ends where the group can take over: at an
answer that the group still remembers, or that is yet to come.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import GraphQLError
from strawberry.schema.base import BaseSchema
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from phaseboard.api.context import Context, Span
from phaseboard.api.schema import FAULT
from phaseboard.api.streams.operation import SharedField

log = logging.getLogger(__name__)

_READING = (OperationType.QUERY, OperationType.SUBSCRIPTION)

REMEMBERED = 256
"""Answers that a group keeps for those who join a moment late."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it was asked for."""

    document: str
    operation_name: str | None
    variables: Mapping[str, Any] | None
    read_only: bool = False
    """Whether mutations are refused, as for `GET`."""


class Member(Protocol):
    """One who follows; called from within the group, so nothing here may wait."""

    begins: int | None
    """The number of the answer known last: the position to begin after, or the revision to leave out."""

    def answer(self, number: int | None, payload: bytes) -> None:
        """Take an answer: the JSON of an execution result."""
        ...

    def refused(self, errors: Sequence[GraphQLError]) -> None:
        """Take what was wrong with the operation; nothing follows."""
        ...

    def complete(self) -> None:
        """Learn that nothing follows."""
        ...

    def hang_up(self) -> None:
        """Learn that the server stops: what follows can be had from another one, or from this one later."""
        ...


class Group:
    """One execution for any number of members; it ends with the last of them."""

    def __init__(
        self,
        schema: BaseSchema,
        operation: Operation,
        make_context: Callable[[Span], Context],
        field: SharedField | None,
        span: Span,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._make_context = make_context
        self._field = field
        self._members: set[Member] = set()
        self._joining: dict[Member, asyncio.Task[None]] = {}
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=1 if field and field.conflates else REMEMBERED)
        self._floor = span.after or 0
        self.on_empty: Callable[[], None] = lambda: None
        self._task = asyncio.create_task(self._run(span), name="shared subscription")

    @property
    def watchers(self) -> int:
        """How many follow."""
        return len(self._members) + len(self._joining)

    def join(self, member: Member) -> None:
        """Let a member follow, from where it begins."""
        if self._is_behind(member):
            catching_up = asyncio.create_task(self._catch_up(member), name="subscription catches up")
            self._joining[member] = catching_up
        else:
            self._attach(member)

    def leave(self, member: Member) -> None:
        """Let a member go; the last one ends the group."""
        self._members.discard(member)
        if catching_up := self._joining.pop(member, None):
            catching_up.cancel()
        if not self.watchers:
            self._task.cancel()
            self.on_empty()

    def close(self) -> None:
        """End the group because the server stops."""
        self._task.cancel()
        for member in self._dismissed():
            member.hang_up()

    def _is_behind(self, member: Member) -> bool:
        shared_log = self._field is not None and not self._field.conflates
        return shared_log and member.begins is not None and member.begins < self._floor

    def _attach(self, member: Member) -> None:
        self._members.add(member)
        for number, payload in self._recent:
            if self._is_news(member, number):
                member.answer(number, payload)

    def _is_news(self, member: Member, number: int | None) -> bool:
        if number is None or member.begins is None or self._field is None:
            return True
        return number != member.begins if self._field.conflates else number > member.begins

    async def _catch_up(self, member: Member) -> None:
        while self._is_behind(member):
            until = self._floor
            span = Span(after=member.begins, until=until)
            async for number, answer in self._answers(span):
                if isinstance(answer, list):
                    self._joining.pop(member, None)
                    member.refused(answer)
                    return
                member.answer(number, answer)
            member.begins = until
        if self._joining.pop(member, None):
            self._attach(member)

    async def _run(self, span: Span) -> None:
        try:
            async for number, answer in self._answers(span):
                if isinstance(answer, list):
                    self._refuse_all(answer)
                    return
                self._remember(number, answer)
                for member in tuple(self._members):
                    if self._is_news(member, number):
                        member.answer(number, answer)
            self._complete_all()
        except Exception:
            log.exception("fault in a subscription", extra={"action": "api.fault"})
            self._refuse_all([GraphQLError(FAULT)])
        finally:
            self.on_empty()

    async def _answers(self, span: Span) -> AsyncGenerator[tuple[int | None, bytes | list[GraphQLError]], None]:
        """Yield the answers of one execution with their numbers; a list of errors when it could not begin."""
        context = self._make_context(span)
        stream = await self._schema.stream(
            self._operation.document,
            variable_values=dict(self._operation.variables or {}),
            context_value=context,
            operation_name=self._operation.operation_name,
            allowed_operation_types=_READING if self._operation.read_only else tuple(OperationType),
        )
        async with aclosing(stream) as results:
            async for result in results:
                if isinstance(result, PreExecutionError):
                    yield None, list(result.errors or ())
                    return
                if not isinstance(result, ExecutionResult):
                    raise TypeError("Incremental delivery is not offered.")
                yield span.emitted, encoded(result)

    def _remember(self, number: int | None, payload: bytes) -> None:
        if number is None or self._field is None:
            return
        if len(self._recent) == self._recent.maxlen:
            self._floor = max(self._floor, self._recent[0][0])
        self._recent.append((number, payload))

    def _refuse_all(self, errors: Sequence[GraphQLError]) -> None:
        for member in self._dismissed():
            member.refused(errors)

    def _complete_all(self) -> None:
        for member in self._dismissed():
            member.complete()

    def _dismissed(self) -> list[Member]:
        for catching_up in self._joining.values():
            catching_up.cancel()
        members = [*self._joining, *self._members]
        self._joining.clear()
        self._members.clear()
        return members


def encoded(result: ExecutionResult) -> bytes:
    """Return an execution result as JSON."""
    formatted: dict[str, Any] = {"data": result.data}
    if result.errors:
        formatted["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        formatted["extensions"] = result.extensions
    return json.dumps(formatted, separators=(",", ":"), ensure_ascii=False).encode()
