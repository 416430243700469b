"""Names that come from outside, kept from growing without end: every label value is a time series for ever."""

MOST = 50
LONGEST = 64
"""Characters of the longest name that is told."""

OTHER = "other"
UNNAMED = "unnamed"
"""What has no name: for Prometheus an empty label is none."""


class Names:
    """The first `most` names are told by themselves, all later ones together as `other`."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: set[str] = set()

    def told(self, name: str, *, admit: bool = True) -> str:
        """Return what to call a name; without `admit` it is not remembered if it is new."""
        if not name:
            return UNNAMED
        if name in self._known:
            return name
        if not admit or len(self._known) >= self._most or len(name) > LONGEST:
            return OTHER
        self._known.add(name)
        return name
