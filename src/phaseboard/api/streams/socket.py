"""graphql-transport-ws: the protocol of one socket, as its document says.

    client: connection_init ─► connection_ack       within `init_seconds`, else 4408; once, else 4429
                                                    by nobody who is known, or not any more: 4403
    client: ping ─► pong
    client: subscribe {id, payload} ─► next* (error | complete)     before the ack 4401; an id in use 4409
    client: complete {id}
    anything else: 4400

A document that cannot be run is an `error` of its own operation: the others go on. A client that sends more than
`messages_per_second` is read more slowly.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect

from phaseboard.access.errors import KeysUnavailable, Unauthenticated
from phaseboard.access.principal import Principal
from phaseboard.api.schema import BUSY, FAULT
from phaseboard.api.streams.connection import connection_of
from phaseboard.api.streams.execution import Operation, to_json
from phaseboard.api.streams.group import Group
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.streams.messages import (
    BAD_MESSAGE,
    FAULTY,
    FORBIDDEN,
    ID_IN_USE,
    INIT_TIMEOUT,
    SERVICE_RESTART,
    TOO_MANY_INITS,
    TRY_AGAIN,
    UNAUTHORIZED,
    Closing,
    message_of,
    operation_of,
)
from phaseboard.api.streams.outbox import Outbox
from phaseboard.api.streams.pace import Pace
from phaseboard.api.streams.quota import TooMany
from phaseboard.api.weight import limit_error
from phaseboard.limits import Limits
from phaseboard.store.errors import StoreError

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"
CLOSE_TIMEOUT = 5.0
"""Seconds that a close frame may take to get out."""

MakeCaller = Callable[[dict[str, Any]], Awaitable[Caller]]
"""Makes a caller from the payload of connection_init. Raises AccessError or the store's errors."""


class Subscriber:
    """A running operation of a socket: a member of its group."""

    __slots__ = ("_group", "_id", "_prefix", "_principal", "_socket", "begins", "conflates")

    def __init__(self, socket: "GraphQLSocket", operation_id: str, principal: Principal) -> None:
        self._socket = socket
        self._principal = principal
        self._id = operation_id
        self._group: Group | None = None
        self.begins: int | None = None
        self.conflates = False
        self._prefix = f'{{"id":{json.dumps(operation_id)},"type":"next","payload":'.encode()

    def join(self, hub: Hub, operation: Operation, caller: Caller) -> None:
        """Begin to follow."""
        followed = hub.followed(operation)
        self.conflates = followed is not None and followed.conflates
        self._group = hub.join(operation, caller, self)

    def leave(self) -> None:
        """Follow no longer."""
        if self._group:
            self._group.leave(self)

    def answer(self, _: int | None, payload: bytes) -> None:
        """Send an answer, unless the caller has no right to it any more."""
        if not self._principal.is_valid:
            self._socket.forbid()
            return
        self._socket.outbox.put(self, b"%b%b}" % (self._prefix, payload))

    async def room(self) -> None:
        """Wait until the socket has taken what was sent."""
        await self._socket.outbox.room()

    def refused(self, errors: Sequence[GraphQLError]) -> None:
        """Say what was wrong; the operation is over."""
        self._end("error", payload=[error.formatted for error in errors])

    def complete(self) -> None:
        """Say that the operation is over."""
        self._end("complete")

    def hang_up(self) -> None:
        """Close the socket: `complete` would keep a client from coming back, 1012 tells it to."""
        self._socket.close(Closing(SERVICE_RESTART, "The server stops: reconnect, and resume by cursor."))

    def _end(self, kind: str, **more: object) -> None:
        if self._socket.subscribers.get(self._id) is self:
            del self._socket.subscribers[self._id]
        self._socket.send({"id": self._id, "type": kind, **more})


class GraphQLSocket:
    """One accepted socket, until it is closed."""

    conflates = False

    def __init__(self, websocket: WebSocket, hub: Hub, make_caller: MakeCaller, limits: Limits) -> None:
        self._websocket = websocket
        self._hub = hub
        self._make_caller = make_caller
        self._limits = limits
        self._caller: Caller | None = None
        self._running: asyncio.Task[Any] | None = None
        self._closing: Closing | None = None
        self._connection = connection_of(websocket)
        self.subscribers: dict[str, Subscriber] = {}
        self.outbox = Outbox(self._connection, self._too_slow, hub.readers)

    async def run(self) -> None:
        """Handle messages until either side closes."""
        self._running = asyncio.current_task()
        try:
            await self._handle_all()
        except Closing as closing:
            await self._close(closing)
        except asyncio.CancelledError:
            if self._closing is None:
                self._connection.abort()  # the server stops, and this client did not even take its goodbye
                return
            await self._close(self._closing)
        except WebSocketDisconnect:
            pass
        except Exception:
            log.exception("fault in a socket", extra={"action": "api.fault"})
            await self._close(Closing(FAULTY, FAULT))
        finally:
            self._leave_all()
            if self._caller:
                self._caller.principal.forget(self.forbid)
                self._hub.quota.give_back(self._caller.principal)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message of the protocol."""
        self.outbox.put(self, to_json(message))

    async def _handle_all(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_seconds) as limit:
                pace = Pace(self._limits.messages_per_second)
                while True:
                    await self._handle(await self._received())
                    await pace.keep()
                    if self._caller:
                        limit.reschedule(None)
        except TimeoutError:
            raise Closing(INIT_TIMEOUT, "Connection initialisation timeout") from None

    async def _received(self) -> dict[str, Any]:
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        return message_of(event.get("text"))

    async def _handle(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._init(message.get("payload"))
            case {"type": "ping"}:
                self.send({"type": "pong"})
            case {"type": "pong"}:
                return
            case {"type": "subscribe", "id": str(operation_id), "payload": dict(payload)}:
                await self._subscribe(operation_id, operation_of(payload))
            case {"type": "complete", "id": str(operation_id)}:
                if subscriber := self.subscribers.pop(operation_id, None):
                    subscriber.leave()
            case _:
                raise Closing(BAD_MESSAGE, f"No message of the protocol: {str(message['type'])[:50]}")

    async def _init(self, payload: object) -> None:
        if not isinstance(payload, dict | None):
            raise Closing(BAD_MESSAGE, "Invalid connection init payload")
        if self._caller is not None:
            raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
        try:
            caller = await self._make_caller(payload or {})
            self._check_rights(caller)
            self._hub.quota.take(caller.principal)
        except Unauthenticated:
            raise Closing(FORBIDDEN, "Forbidden") from None
        except (KeysUnavailable, StoreError):
            raise Closing(TRY_AGAIN, BUSY) from None
        except TooMany as error:
            raise Closing(TRY_AGAIN, str(error)) from None
        self._caller = caller
        self.send({"type": "connection_ack"})
        caller.principal.on_end(self.forbid)

    async def _subscribe(self, operation_id: str, operation: Operation) -> None:
        if self._caller is None:
            raise Closing(UNAUTHORIZED, "Unauthorized")
        self._check_rights(self._caller)
        if operation_id in self.subscribers:
            raise Closing(ID_IN_USE, f"Subscriber for {operation_id} already exists")
        subscriber = Subscriber(self, operation_id, self._caller.principal)
        most = self._limits.operations_per_socket
        if len(self.subscribers) >= most:
            refusal = f"A socket runs at most {most} operations at a time."
            subscriber.refused([limit_error("operations_per_socket", most, refusal)])
            return
        await self._hub.looked_at(operation.document)
        self.subscribers[operation_id] = subscriber
        subscriber.join(self._hub, operation, self._caller)

    def close(self, closing: Closing) -> None:
        """Close from outside of what `run` waits for."""
        if self._closing is None and self._running:
            self._closing = closing
            self._running.cancel()

    def forbid(self) -> None:
        """Send nothing more: the caller has lost all rights."""
        self.outbox.close()
        self.close(Closing(FORBIDDEN, "Forbidden"))

    @staticmethod
    def _check_rights(caller: Caller) -> None:
        if not caller.principal.is_valid:
            raise Closing(FORBIDDEN, "Forbidden")

    def _leave_all(self) -> None:
        self.outbox.close()
        subscribers, self.subscribers = tuple(self.subscribers.values()), {}
        for subscriber in subscribers:
            subscriber.leave()

    def _too_slow(self) -> None:
        self.close(Closing(TRY_AGAIN, "Too slow: too much is unread. Reconnect, and resume by cursor."))

    async def _close(self, closing: Closing) -> None:
        self._connection.part_within(self._hub.readers.stalled)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._websocket.close(closing.code, closing.reason)
        except (TimeoutError, asyncio.CancelledError):
            self._connection.abort()
        except (RuntimeError, WebSocketDisconnect):  # the client was faster
            return
