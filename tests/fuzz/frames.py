"""WebSocket frames of a client, as RFC 6455 has them and as it does not."""

import os
from collections.abc import Callable, Sequence
from random import Random
from struct import pack

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
LARGE = 262_144
"""Bytes of the largest message that a server reads."""


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """Return a frame."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    head = header(first, len(payload), 0x80 if masked else 0)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return head + mask + (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(len(payload))


def header(first: int, length: int, masked: int = 0x80) -> bytes:
    """Return the first bytes of a frame that says it has this length."""
    if length < 126:
        return pack("!BB", first, masked | length)
    if length < 65_536:
        return pack("!BBH", first, masked | 126, length)
    return pack("!BBQ", first, masked | 127, length)


def fragments(message: bytes, random: Random) -> list[bytes]:
    """Return a text in several frames, with a ping in their midst: that is allowed."""
    cut = sorted(random.choices(range(len(message) + 1), k=random.randint(1, 4)))
    parts = [message[begin:end] for begin, end in zip([0, *cut], [*cut, len(message)], strict=True)]
    frames = [
        frame(CONTINUED if number else TEXT, part, final=number == len(parts) - 1) for number, part in enumerate(parts)
    ]
    return [frames[0], frame(PING, b"x"), *frames[1:]]


def broken(message: bytes, random: Random) -> list[bytes]:
    """Return frames of which the last breaks the rules: whoever gets it has to say so and close."""
    return random.choice(_BROKEN)(message, random)


def _reserved_opcode(message: bytes, random: Random) -> list[bytes]:
    return [frame(random.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), message)]


def _reserved_bits(message: bytes, random: Random) -> list[bytes]:
    return [frame(TEXT, message, reserved=random.randint(1, 7))]


def _unmasked(message: bytes, _: Random) -> list[bytes]:
    return [frame(TEXT, message, masked=False)]


def _invalid_utf8(_: bytes, random: Random) -> list[bytes]:
    return [frame(TEXT, random.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"{\xf8\x88\x80\x80\x80}", b'"\xe2\x82"']))]


def _long_control(_: bytes, random: Random) -> list[bytes]:
    return [frame(random.choice([PING, PONG, CLOSE]), b"x" * random.choice([126, 70_000]))]


def _control_in_pieces(_: bytes, random: Random) -> list[bytes]:
    return [frame(random.choice([PING, PONG]), b"x", final=False)]


def _nothing_to_continue(message: bytes, _: Random) -> list[bytes]:
    return [frame(CONTINUED, message)]


def _begun_again(message: bytes, _: Random) -> list[bytes]:
    return [frame(TEXT, message[:3], final=False), frame(TEXT, message)]


def _too_long(_: bytes, random: Random) -> list[bytes]:
    length = random.choice([LARGE + 1, 2**31, 2**40, 2**62])
    return [header(0x80 | random.choice([TEXT, BINARY]), length) + b"mask" + b"x" * 100]


def _negative_length(_: bytes, __: Random) -> list[bytes]:
    return [pack("!BBQ", 0x81, 0xFF, 2**63) + b"mask" + b"x" * 100]


def _too_long_in_pieces(_: bytes, __: Random) -> list[bytes]:
    return [frame(TEXT, b" " * 100_000, final=False), *[frame(CONTINUED, b" " * 100_000, final=False)] * 2]


def _bad_close(_: bytes, random: Random) -> list[bytes]:
    codes = [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535]
    return [frame(CLOSE, random.choice([b"\x03", *(pack("!H", code) for code in codes), pack("!H", 1000) + b"\xff"]))]


_BROKEN: Sequence[Callable[[bytes, Random], list[bytes]]] = (
    _reserved_opcode, _reserved_bits, _unmasked, _invalid_utf8, _long_control, _control_in_pieces, _nothing_to_continue,
    _begun_again, _too_long, _negative_length, _too_long_in_pieces, _bad_close,
)  # fmt: skip
