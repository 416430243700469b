"""What grows is measured by a script: with a handful of releases and watchers it runs through, and counts right."""

import pytest

from tests.deployment.crowd import Crowd
from tests.deployment.growth import Growth, measured

TINY = Growth(sizes=(20, 100), callers=5, crowd=Crowd(watchers=6, first=3, settle=0.0, idle=0.0, changes=4))

pytestmark = pytest.mark.process


async def test_everything_is_measured(postgres_url: str) -> None:
    rows = {row.what: row.values async for row in measured(postgres_url, TINY)}
    assert rows["a finished release: events"][0] > rows["a finished release: commits"][0] > 23
    assert rows["a finished release: disk for its events"][0] > rows["a release: disk for the rest"][0] > 1
    assert len([what for what in rows if what.startswith("100 releases: ")]) == 5
    assert all(milliseconds > 0 for what, values in rows.items() if " releases: " in what for milliseconds in values)
    assert rows["watchers of a release each: CPU until each has come"][0] > 0
    assert rows["5 callers: their tokens"][0] > 0
    assert rows["a board: CPU for a page of 100 releases under way"][0] > 0
    assert rows["a change: write-ahead log"][0] > 0
