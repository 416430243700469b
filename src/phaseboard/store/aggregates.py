"""Whole releases as they were committed last, in memory, for the one writer that may change them.

A file is served by one process, and its writer is the only one who changes it: what it saved last is what it would read
again. A transaction sees what it saved itself; the others see it once it is committed. A release that anything went
wrong with is forgotten, and read anew.
"""

from collections import OrderedDict

from phaseboard.domain.release import Release

MOST = 2_000


class Aggregates:
    """At most `most` releases."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._releases: OrderedDict[str, Release] = OrderedDict()

    def get(self, release_id: str) -> Release | None:
        """Return the release as committed last, None when it has to be read."""
        return self._releases.get(release_id)

    def put(self, release: Release) -> None:
        """Keep a release that was committed."""
        self._releases[release.id] = release
        self._releases.move_to_end(release.id)
        if len(self._releases) > self._most:
            self._releases.popitem(last=False)

    def forget(self, release_id: str) -> None:
        """Have the release read anew."""
        self._releases.pop(release_id, None)


class Draft:
    """The releases as one transaction sees them: what it loaded or saved itself, else what was committed."""

    def __init__(self, committed: Aggregates, below: "Draft | None" = None) -> None:
        self._committed = committed
        self._below = below
        self._own: dict[str, Release] = {}

    def get(self, release_id: str) -> Release | None:
        """Return a release, None when it has to be read."""
        return self.own(release_id) or self._committed.get(release_id)

    def own(self, release_id: str) -> Release | None:
        """Return a release that this transaction loaded or saved."""
        return self._own.get(release_id) or (self._below.own(release_id) if self._below else None)

    def put(self, release: Release) -> None:
        """See this release from now on."""
        self._own[release.id] = release

    def keep(self) -> None:
        """Let those below, or everybody after the commit, see the same."""
        for release in self._own.values():
            (self._below or self._committed).put(release)

    def forget(self) -> None:
        """Have everything that was seen here read anew."""
        for release_id in self._own:
            self._committed.forget(release_id)
