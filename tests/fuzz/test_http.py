"""Thousands of requests over HTTP, from lawful ones to noise."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.fuzz.bodies import Asking
from tests.fuzz.corpus import corpus
from tests.fuzz.driver import Driver
from tests.fuzz.requests import Requests
from tests.fuzz.responses import check_graphql
from tests.fuzz.scale import scaled
from tests.fuzz.scene import Scene, scene
from tests.fuzz.upkeep import Upkeep
from tests.servers import Server

REQUESTS = scaled(2_500, 100_000)
WARM = REQUESTS // 10
DOCUMENTS = scaled(120, 2_000)

pytestmark = [pytest.mark.process, pytest.mark.timeout(120 + REQUESTS // 10)]


async def test_whatever_is_sent_is_answered(server: Server, figures: Callable[[str], None]) -> None:
    async with scene(server, figures) as around:
        driver = Driver(server, Requests(Asking(corpus(DOCUMENTS), around.ids)).case, check_graphql)
        await driver.send("warm", WARM)
        around.upkeep = Upkeep.of(server)

        async def fire() -> Counter[str]:
            return await driver.send("http", REQUESTS - WARM)

        await around.under_fire(fire, driver.doing)
    check_tally(driver.tally, around)


def check_tally(tally: Counter[str], around: Scene) -> None:
    """Check that the requests were of all sorts: what is refused at the first look finds nothing."""
    assert tally.total() - tally["unlawful, answered"] - tally["unlawful, cut off"] == REQUESTS, around.told
    assert min(tally[sort] for sort in ("answered", "refused", "streamed", "unlawful, answered")) > REQUESTS / 100, (
        tally
    )
