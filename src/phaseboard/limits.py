"""Limits: what requests have to keep to, however they come."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Self


class LimitInvalid(ValueError):
    """A limit cannot be set so; the message says why and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All limits, in the order in which they are looked at. Times are whole seconds."""

    head_bytes: int = 32_768
    head_fields: int = 100
    body_bytes: int = 262_144
    tokens: int = 2_000
    operations: int = 10
    depth: int = 10
    fields: int = 2_000
    aliases: int = 30
    directives: int = 50
    repeated: int = 2_000
    values: int = 5_000
    answer_fields: int = 50_000
    page_size: int = 100
    operations_per_socket: int = 20
    sockets_per_caller: int = 1_000
    messages_per_second: int = 50
    init_seconds: int = 5
    request_seconds: int = 10
    send_seconds: int = 5

    @classmethod
    def parse(cls, settings: Sequence[str]) -> Self:
        """Return the limits with these set: `["depth=12", "pageSize=50"]`. Raises LimitInvalid."""
        return cls(**dict(map(_parsed, settings)))

    @property
    def shown(self) -> Mapping[str, int]:
        """The limits by the names that the API has for them."""
        return {api_name(name): value for name, value in asdict(self).items()}


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


def api_name(name: str) -> str:
    """Return the name that the API has for a limit."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
