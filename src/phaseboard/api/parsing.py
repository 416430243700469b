"""Parsing without leaving tokens behind.

graphql-core's locations hold the chain of all tokens of a document: many objects that Python's garbage collector looks
through again and again for as long as the document is kept. Errors need only the place.
"""

from graphql import DocumentNode, GraphQLSyntaxError, Location, Source, Token, TokenKind
from graphql.language.parser import Parser

from phaseboard.api.weight import Weight, check_weight
from phaseboard.limits import Limits

_ABORTED = "Syntax Error: Document contains more than {} tokens. Parsing aborted."
_NO_TOKEN = Token(TokenKind.SOF, 0, 0, 0, 0)


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
        return _Parser(text, max_tokens=max_tokens, allow_empty_selection_sets=False).parse_document()
    except GraphQLSyntaxError as error:
        if error.message == _ABORTED.format(max_tokens):
            raise check_weight(Weight(tokens=max_tokens + 1), Limits(tokens=max_tokens))[0] from None
        raise


def tokens_of(document: object) -> int:
    """Return how many tokens a parsed document has; what is none has none."""
    count: int = getattr(document, "token_count", 0)
    return count
