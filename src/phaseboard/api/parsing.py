"""Parsing without leaving tokens behind.

graphql-core's locations hold the chain of all tokens of a document: many objects that Python's garbage collector looks
through again and again for as long as the document is kept. Errors need only the place.

To tell its line, graphql-core counts the lines before it, for each error anew: thousands of errors at the end of a long
document take minutes. Here the ends of the lines are found once.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from graphql import DocumentNode, GraphQLSyntaxError, Location, Source, SourceLocation, Token, TokenKind
from graphql.language import location
from graphql.language.parser import Parser

from phaseboard.api.weight import Weight, check_weight
from phaseboard.limits import Limits

_ABORTED = "Syntax Error: Document contains more than {} tokens. Parsing aborted."
_NO_TOKEN = Token(TokenKind.SOF, 0, 0, 0, 0)
_NEWLINE = re.compile(r"\r\n|[\n\r]")


class Text(Source):
    """The text of a document, which knows its lines."""

    @cached_property
    def _ends(self) -> Sequence[int]:
        """Where each line but the last one ends."""
        return array("L", (newline.start() for newline in _NEWLINE.finditer(self.body)))

    def get_location(self, position: int) -> SourceLocation:
        """Return the line and the column of a position, both from 1."""
        before = bisect_left(self._ends, position)
        if not before:
            return SourceLocation(1, position + 1)
        end = self._ends[before - 1]
        begin = end + (2 if self.body.startswith("\r\n", end) else 1)
        return SourceLocation(before + 1, position + 1 - begin)


def _get_locations(locations: Sequence[tuple[Source, int]]) -> list[SourceLocation]:
    """Return the lines and columns of several positions."""
    return [source.get_location(position) for source, position in locations]


location.get_locations = _get_locations  # For errors about several nodes graphql-core asks no source.


class Place(Location):
    """Where a node begins and ends, without its tokens."""

    __slots__ = ()

    def __init__(self, start: int, end: int, source: Source) -> None:
        self.start, self.end, self.source = start, end, source
        self.start_token = self.end_token = _NO_TOKEN


class _Parser(Parser):
    """graphql-core's parser; nodes that begin and end alike share their place."""

    _last = Place(-1, -1, Source(""))

    def loc(self, start_token: Token) -> Location:
        """Return the place from a token to the one that was read last."""
        start, end = start_token.start, self._lexer.last_token.end
        if (self._last.start, self._last.end) != (start, end):
            self._last = Place(start, end, self._lexer.source)
        return self._last


def parse(text: str, max_tokens: int) -> DocumentNode:
    """Return a document of at most so many tokens. Raises GraphQLError, and RecursionError when it nests too deeply."""
    try:
        return _Parser(Text(text), max_tokens=max_tokens, allow_empty_selection_sets=False).parse_document()
    except GraphQLSyntaxError as error:
        if error.message == _ABORTED.format(max_tokens):
            raise check_weight(Weight(tokens=max_tokens + 1), Limits(tokens=max_tokens))[0] from None
        raise


def tokens_of(document: object) -> int:
    """Return how many tokens a parsed document has; what is none has none."""
    count: int = getattr(document, "token_count", 0)
    return count
