"""What is made of texts, kept for the texts used last: by their number, and by how much they are together."""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_TEXTS, MAX_CHARACTERS = 500, 400_000
"""What is kept; a parsed document takes up to some hundred bytes for each of its characters."""

MAX_TOKENS = 20_000
"""How many tokens all that is kept may have: each stands for up to three objects, and Python's garbage collector stops
everything while it looks through all of them."""

LARGEST, MAX_LARGE = 16_384, 8
"""Longer texts are kept apart, and only so many: they push out none that are used often."""


class LruCache(Generic[T]):
    """Remembers what `make` returned for a text; `tokens` says how many are in it."""

    def __init__(self, make: Callable[[str], T], tokens: Callable[[T], int] = lambda _: 0) -> None:
        self._make = make
        self._tokens_of = tokens
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._characters = 0
        self._tokens = 0
        self._large = lru_cache(maxsize=MAX_LARGE)(make)

    def __len__(self) -> int:
        return len(self._kept) + self._large.cache_info().currsize

    def __contains__(self, text: str) -> bool:
        """Whether it is remembered what was made of a text; of those that are kept apart nobody can tell."""
        return text in self._kept

    def __call__(self, text: str) -> T:
        """Return what was made of a text, or make it. Raises whatever `make` does."""
        if len(text) > LARGEST:
            return self._large(text)
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        made = self._kept[text] = self._make(text)
        self._characters += len(text)
        self._tokens += self._tokens_of(made)
        while self._is_too_much:
            oldest, kept = self._kept.popitem(last=False)
            self._characters -= len(oldest)
            self._tokens -= self._tokens_of(kept)
        return made

    @property
    def _is_too_much(self) -> bool:
        return len(self._kept) > MAX_TEXTS or self._characters > MAX_CHARACTERS or self._tokens > MAX_TOKENS
