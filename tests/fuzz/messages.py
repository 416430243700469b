"""Messages of graphql-transport-ws, most of them in order, and others."""

import json
from random import Random
from typing import Any

from tests.fuzz.bodies import ODD, Asking
from tests.fuzz.responses import CANARY

TYPES = (
    "connection_init",
    "connection_ack",
    "ping",
    "pong",
    "subscribe",
    "next",
    "error",
    "complete",
    "start",
    "",
    "x",
)
IDS = ("1", "2", "3", "", "é", "x" * 400, "\x00", "\ud800")


class Messages:
    """Makes messages."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def message(self, random: Random) -> bytes:
        """Return a message; one of a hundred or so is none of the protocol."""
        message = random.choices([self._subscribe, self._complete, self._ping, self._wrong], [60, 20, 15, 1])[0](random)
        data = json.dumps(message, ensure_ascii=random.random() < 0.7).encode(errors="replace")
        return _spoilt(data, random) if random.random() < 0.01 else data

    def init(self, random: Random) -> bytes:
        """Return a message that begins a socket, mostly as it should."""
        payload = random.choice([None, {}, {"Authorization": f"Bearer {CANARY}"}, {"token": CANARY, "x": ODD[3]}])
        message: dict[str, Any] = {"type": "connection_init", "payload": payload}
        if random.random() < 0.05:
            message["payload"] = random.choice(ODD)
        return json.dumps(message).encode()

    def _subscribe(self, random: Random) -> Any:
        return {"id": _id(random), "type": "subscribe", "payload": self._asking.request(random)}

    def _complete(self, random: Random) -> Any:
        return {"id": _id(random), "type": "complete"}

    def _ping(self, random: Random) -> Any:
        return {"type": random.choice(["ping", "pong"]), "payload": random.choice([None, {}, {"x": CANARY}])}

    def _wrong(self, random: Random) -> Any:
        message = {"id": random.choice([*IDS, *ODD]), "type": random.choice(TYPES), "payload": random.choice(ODD)}
        if random.random() < 0.3:
            del message[random.choice(list(message))]
        return random.choice([*ODD, [message], message, message, message])


def _id(random: Random) -> str:
    return random.choice(IDS) if random.random() < 0.1 else str(random.randrange(100))


def _spoilt(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return random.choice([data[:at], data[:at] + b"\x00" + data[at:], data + data, b"[" * 100_000, b" " * 200_000])
