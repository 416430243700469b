"""How templates are written: text, references in double braces, and braces that are meant as such.

    text       {{ release.version | replace(".", "-") | upper }}  {% raw %}${{ left.as.it.is }}{% endraw %}

A minus inside the braces takes the blank space on its side away. Each character is looked at a few times at most,
whatever stands there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_FILTERS = 5
"""Filters that a reference may pass through; one more is read, to tell."""

_MARK = re.compile(r"\{[{%#]")
_NAME = r"[^\W\d]\w*+"
# Groups are repeated within `(?>...)`: Python before 3.11.5 misreads `*+` after a group.
_TEXT = r"""(?:"(?>(?:[^"\\]++|\\.)*)"|'(?>(?:[^'\\]++|\\.)*)')"""

_REFERENCE = re.compile(rf"\{{\{{(?P<before>[-+]?)(?P<inner>(?>(?:{_TEXT}|[^\"'}}]++|\}}(?!\}}))*))\}}\}}", re.DOTALL)
_RAW = re.compile(
    r"\{%(?P<before>[-+]?)\s*+raw\s*+(?P<first>-?)%\}(?P<text>.*?)\{%(?P<last>[-+]?)\s*+endraw\s*+(?P<after>[-+]?)%\}",
    re.DOTALL,
)
_PATH = re.compile(rf"\s*+({_NAME}(?>(?:\s*+\.\s*+{_NAME})*))\s*+")
_FILTER = re.compile(rf"\|\s*+({_NAME})\s*+(?:\((?P<given>(?>(?:{_TEXT}|[^()\"']++)*))\)\s*+)?", re.DOTALL)
_ARGUMENT = re.compile(rf"\s*+({_TEXT})\s*+(?:,\s*+|$)", re.DOTALL)
_NAMES_ONLY = re.compile(r"[\w\s.|]*")
_OPERATORS = re.compile(r"\b(?:and|else|if|in|is|not|or)\b")

_ESCAPE = re.compile(r"\\(?:([\\\"'])|([nrt])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and the texts it is given, as written between their quotes; None when it is given anything else."""

    name: str
    texts: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A name such as `release.version`, and the filters that its value passes through."""

    name: str
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """Something in double braces that is no reference, though it may mean something in other template languages."""


Piece = str | Reference | Expression


class NotRead(ValueError):
    """A text is no template."""


class BlockFound(NotRead):
    """A text has a block, or something that begins like one."""


def read(source: str) -> Sequence[Piece]:
    """Return what a template is made of. Raises NotRead."""
    pieces: list[Piece] = []
    at, trimmed = 0, False
    while mark := _MARK.search(source, at):
        found = (_RAW if mark[0] == "{%" else _REFERENCE).match(source, mark.start())
        if found is None:
            raise BlockFound if "{%" in source else NotRead
        pieces.append(_plain(source[at : mark.start()], trimmed, found["before"] == "-"))
        if mark[0] == "{%":
            pieces.append(_plain(found["text"], found["first"] == "-", found["last"] == "-"))
            trimmed = found["after"] == "-"
        else:
            trimmed = found["inner"].endswith("-")
            pieces.append(_read_expression(found["inner"].removesuffix("-")))
        at = found.end()
    pieces.append(_plain(source[at:], trimmed, False))
    return pieces


def unescaped(text: str) -> str:
    """Return what a text means whose quotes, backslashes, line ends or characters (`\\x41`, `\\u0041`) are escaped."""
    return _ESCAPE.sub(_meant, text)


def _plain(text: str, from_left: bool, from_right: bool) -> str:
    text = text.lstrip() if from_left else text
    return text.rstrip() if from_right else text


def _read_expression(inner: str) -> Reference | Expression:
    path = _PATH.match(inner)
    filters, end = _read_filters(inner, path.end()) if path else ((), 0)
    whole = end == len(inner) or len(filters) > MAX_FILTERS
    if path and whole and not _OPERATORS.fullmatch(path[1]):
        return Reference("".join(path[1].split()), tuple(filters))
    if _NAMES_ONLY.fullmatch(inner) and not _OPERATORS.search(inner):
        raise NotRead
    return Expression()


def _read_filters(inner: str, at: int) -> tuple[Sequence[Filter], int]:
    """Return the filters that begin at a place, and where they end."""
    filters: list[Filter] = []
    while len(filters) <= MAX_FILTERS and (found := _FILTER.match(inner, at)):
        filters.append(Filter(found[1], _read_texts(found["given"] or "")))
        at = found.end()
    return filters, at


def _read_texts(given: str) -> tuple[str, ...] | None:
    texts: list[str] = []
    at = 0
    while at < len(given) and (found := _ARGUMENT.match(given, at)):
        texts.append(found[1][1:-1])
        at = found.end()
    return tuple(texts) if at == len(given) or not given.strip() else None


def _meant(escape: re.Match[str]) -> str:
    itself, letter, *digits = escape.groups()
    return itself or _LETTERS.get(letter) or chr(int(digits[0] or digits[1], 16))
