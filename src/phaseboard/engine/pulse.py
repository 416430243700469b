"""Signs of life of the loop: how long ago each of its parts last turned."""

from time import monotonic


class Pulse:
    """Of parts that have begun and not ended."""

    def __init__(self) -> None:
        self._beats: dict[str, float] = {}

    def beat(self, part: str) -> None:
        """Note that a part turns now."""
        self._beats[part] = monotonic()

    def end(self) -> None:
        """Note that nothing turns any more."""
        self._beats.clear()

    @property
    def rest(self) -> float | None:
        """Seconds since the part that rests longest last turned; None when nothing turns."""
        return monotonic() - min(self._beats.values()) if self._beats else None
