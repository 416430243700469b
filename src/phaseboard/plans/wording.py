"""How messages show what they are about: values shortened and made harmless, the nearest known word."""

from collections.abc import Iterable
from datetime import date
from heapq import nsmallest
from typing import Any

_SHOWN = 60
_COMPARED = 40
_BEGINNING = 3
_CANDIDATES = 8
_SHOWN_NUMBER = 10**15
_KINDS = ((list, "a list"), (tuple, "a list"), (dict, "a mapping"), (date, "a date"))


def quoted(text: str) -> str:
    """Return a text in backticks, shortened, with nothing in it that a terminal would act on."""
    harmless = "".join(map(_harmless, text[:_SHOWN]))
    return f"`{harmless}…`" if len(text) > _SHOWN else f"`{harmless}`"


def shown(value: Any) -> str:
    """Return what a value is, in words that fit after "but is"."""
    if value is None:
        return "empty (null)"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) < _SHOWN_NUMBER else "a very large number"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), quoted(str(value)))


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that was probably meant, whatever its case; None when none is near.

    Of many words those are compared that share most letters, so that guessing takes next to no time.
    """
    if len(word) > _COMPARED:
        return None
    folded = {name.casefold(): name for name in known if len(name) <= _COMPARED}
    meant = word.casefold()
    begun = [name for name in folded if len(meant) >= _BEGINNING and name.startswith(meant)]
    if len(begun) == 1:
        return folded[begun[0]]
    letters = set(meant)
    likely = nsmallest(_CANDIDATES, folded, key=lambda name: len(letters.symmetric_difference(name)))
    found = max(((likeness(meant, name), name) for name in likely), default=(0.0, ""))
    return folded[found[1]] if found[0] >= cutoff else None


def likeness(one: str, other: str) -> float:
    """Return how much of two words is the same letters in the same order, from 0 to 1.

    The longest common subsequence, a row of its table as the bits of a number (Hyyrö 2004): its time depends on the
    length of the words alone, whatever is in them.
    """
    at: dict[str, int] = {}
    for place, letter in enumerate(one):
        at[letter] = at.get(letter, 0) | 1 << place
    whole = row = (1 << len(one)) - 1
    for letter in other:
        met = row & at.get(letter, 0)
        row = (row + met | row - met) & whole
    common = len(one) - row.bit_count()
    return 2 * common / (len(one) + len(other) or 1)


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return `; did you mean ...?`, or `; known here: ...` when no word is near, to end a message with."""
    names = list(known)
    guess = nearest(word, names, cutoff=cutoff)
    if guess is not None:
        return f"; did you mean {quoted(guess)}?"
    return f"; known here: {listed(names)}" if names else "; none is known here"


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """Return names in backticks with commas between them, at most `most` of them."""
    every = list(names)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(quoted(name) for name in every[:most]) + rest


def _harmless(character: str) -> str:
    return character if character.isprintable() else f"\\u{ord(character):04x}"
