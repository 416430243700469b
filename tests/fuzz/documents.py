"""Documents made worse: token by token, with what parsers and validators stumble over."""

import re
from collections.abc import Callable, Sequence
from random import Random

TOKEN = re.compile(r'"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"|\.\.\.|[_A-Za-z]\w*|-?\d+(?:\.\d+)?|[{}()$:!@&=|\[\]]|\S')
WORDS = [
    "{", "}", "(", ")", "[", "]", "$", ":", "!", "@", "...", "=", "|", "&", "#", '"', '"""', ",", "\\",
    "query", "mutation", "subscription", "fragment", "on", "null", "true", "type", "schema", "extend", "directive",
    "__typename", "__schema", "__type", "id", "releases", "node", "Task", "Release", "Query", "ReleaseStatusResponse",
    "@include(if: true)", "@skip(if: $x)", "@deprecated", "@defer", "@stream(initialCount: 1)", "@oneOf",
    "0", "-1", "1e400", "1.5", "2147483648", "-2147483649", "9" * 60, "00", "0x1", "1_000",
    '""', '"\\u0000"', '"\\ud800"', '"\\u{1F600}"', '"\\x"', "\ufeff", "\u200b", "\u202e", "é", "\U0001f600", "\x00",
]  # fmt: skip


def worse(document: str, random: Random) -> str:
    """Return a document with one to four things wrong; perhaps it still makes sense."""
    tokens = TOKEN.findall(document)
    for _ in range(random.randint(1, 4)):
        tokens = random.choice(_CHANGES)(tokens, random)
    return " ".join(tokens)[:60_000]


def _place(tokens: Sequence[str], random: Random) -> int:
    return random.randrange(len(tokens)) if tokens else 0


def _dropped(tokens: list[str], random: Random) -> list[str]:
    at = _place(tokens, random)
    return tokens[:at] + tokens[at + random.randint(1, 3) :]


def _inserted(tokens: list[str], random: Random) -> list[str]:
    at = _place(tokens, random)
    return [*tokens[:at], random.choice(WORDS), *tokens[at:]]


def _replaced(tokens: list[str], random: Random) -> list[str]:
    at = _place(tokens, random)
    return [*tokens[:at], random.choice(WORDS), *tokens[at + 1 :]]


def _repeated(tokens: list[str], random: Random) -> list[str]:
    at = _place(tokens, random)
    end = at + random.randint(1, 6)
    return tokens[:at] + tokens[at:end] * random.choice([2, 3, 40]) + tokens[end:]


def _exchanged(tokens: list[str], random: Random) -> list[str]:
    if tokens:
        one, other = _place(tokens, random), _place(tokens, random)
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return tokens


def _cut(tokens: list[str], random: Random) -> list[str]:
    return tokens[: _place(tokens, random)]


def _misspelt(tokens: list[str], random: Random) -> list[str]:
    if not tokens:
        return tokens
    at = _place(tokens, random)
    where = random.randint(0, len(tokens[at]))
    return [*tokens[:at], tokens[at][:where] + random.choice("aZ_0é\x7f") + tokens[at][where:], *tokens[at + 1 :]]


def _spread(tokens: list[str], random: Random) -> list[str]:
    at = _place(tokens, random)
    of = random.choice(["Query", "Task", "Node", "Nothing", "ReleaseEvent"])
    return [*tokens[:at], "...", "f", *tokens[at:], f"fragment f on {of} {{ __typename ...{random.choice('fg')} }}"]


_CHANGES: Sequence[Callable[[list[str], Random], list[str]]] = (
    _dropped, _inserted, _inserted, _replaced, _replaced, _repeated, _exchanged, _cut, _misspelt, _spread
)  # fmt: skip
