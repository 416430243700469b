"""Limits: what requests have to keep to, however they come."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Self


class LimitInvalid(ValueError):
    """A limit cannot be set so; the message says why and what to write."""


def api_name(name: str) -> str:
    """Return the name that the API has for a limit."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _limit(default: int, description: str) -> Any:
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All limits, in the order in which they are looked at. Times are whole seconds."""

    head_bytes: int = _limit(32_768, "Bytes of a request's head.")
    head_fields: int = _limit(100, "Header fields of a request.")
    body_bytes: int = _limit(262_144, "Bytes of a request's body, of its query string, or of a message on a socket.")
    tokens: int = _limit(2_000, "Lexical tokens of a document.")
    operations: int = _limit(10, "Operations of a document.")
    depth: int = _limit(10, "Levels to which its fields are nested.")
    fields: int = _limit(2_000, "Fields that it selects, those of fragments counted wherever they are spread.")
    aliases: int = _limit(30, "Aliases in it.")
    directives: int = _limit(50, "Directives in it.")
    repeated: int = _limit(2_000, "Pairs of its fields that answer to the same name.")
    values: int = _limit(5_000, "Values in the variables of a request.")
    answer_fields: int = _limit(50_000, "Fields of an answer.")
    page_size: int = _limit(100, "Items of a page, and ids of `nodes`.")
    operations_per_socket: int = _limit(20, "Operations that run at a time on a socket.")
    sockets_per_caller: int = _limit(1_000, "Sockets and event streams that a caller has open on a node.")
    messages_per_second: int = _limit(50, "Messages read from a socket in a second; what comes faster waits.")
    init_seconds: int = _limit(5, "Seconds in which `connection_init` has to come on a socket.")
    request_seconds: int = _limit(10, "Seconds in which a request has to arrive.")
    send_seconds: int = _limit(5, "Seconds in which a reader has to take something of what waits for it.")

    @classmethod
    def parse(cls, settings: Sequence[str]) -> Self:
        """Return the limits with these set: `["depth=12", "pageSize=50"]`. Raises LimitInvalid."""
        return cls(**dict(map(_parsed, settings)))

    @property
    def shown(self) -> Mapping[str, int]:
        """The limits by the names that the API has for them."""
        return {api_name(name): value for name, value in asdict(self).items()}


DESCRIPTIONS: Mapping[str, str] = {api_name(limit.name): limit.metadata["description"] for limit in fields(Limits)}
"""What each limit limits, by the name that the API has for it."""

_LARGEST = 2**31 - 1


def _parsed(setting: str) -> tuple[str, int]:
    name, _, value = (part.strip() for part in setting.partition("="))
    known = {api_name(limit.name): limit.name for limit in fields(Limits)}
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
        raise LimitInvalid(f"There is no limit named {name!r}: {hint}")
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(_LARGEST)) and 0 < int(value) <= _LARGEST):
        raise LimitInvalid(f"{name} is set to {value!r}; write a whole number from 1, like {name}=10.")
    return known[name], int(value)
