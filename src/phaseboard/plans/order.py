"""The order of places in a document: as it is read, from top to bottom."""

from collections.abc import Mapping
from typing import Any

from phaseboard.plans.problems import Path, Problem


class DocumentOrder:
    """Sorts problems by where they stand; what is missing comes after what is there."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._places: dict[int, dict[str, int]] = {}

    def sort(self, problems: list[Problem]) -> list[Problem]:
        """Return the problems in order, each once."""
        return sorted(dict.fromkeys(problems), key=lambda problem: self._rank(problem.path))

    def _rank(self, path: Path) -> tuple[int, ...]:
        ranks: list[int] = []
        value: Any = self._document
        for piece in path:
            rank, value = self._step(value, piece)
            ranks.append(rank)
        return tuple(ranks)

    def _step(self, value: Any, piece: str | int) -> tuple[int, Any]:
        if isinstance(value, dict):
            places = self._places.setdefault(id(value), {key: place for place, key in enumerate(value)})
            return places.get(str(piece), len(places)), value.get(piece)
        if isinstance(value, list) and isinstance(piece, int) and piece < len(value):
            return piece, value[piece]
        return 0, None
