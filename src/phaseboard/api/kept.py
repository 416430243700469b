"""What is made of texts, kept for the texts used last: by their number, and by how long they are together."""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_TEXTS, MOST_CHARACTERS = 500, 400_000
"""What is kept; a parsed document takes some hundred bytes for each of its characters."""

LARGEST, MOST_LARGE = 16_384, 8
"""Longer texts are kept apart, and only so many: they push out none that are used often."""


class Kept(Generic[T]):
    """Remembers what `make` returned for a text."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._characters = 0
        self._large = lru_cache(maxsize=MOST_LARGE)(make)

    def __len__(self) -> int:
        return len(self._kept) + self._large.cache_info().currsize

    def __call__(self, text: str) -> T:
        """Return what was made of a text, or make it. Raises whatever `make` does."""
        if len(text) > LARGEST:
            return self._large(text)
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        made = self._kept[text] = self._make(text)
        self._characters += len(text)
        while len(self._kept) > MOST_TEXTS or self._characters > MOST_CHARACTERS:
            self._characters -= len(self._kept.popitem(last=False)[0])
        return made
