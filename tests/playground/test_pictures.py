"""The pictures of the README, taken of a board with releases in many phases; they are committed by hand."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from phaseboard.cli.demo_plans import demo_plan
from tests.playground.board_page import live, phase
from tests.playground.browser import open_tab
from tests.playground.examples import INSTANT, MANUAL, Releases
from tests.servers import running_server

pytestmark = [pytest.mark.browser, pytest.mark.process]

FAST = {"PHASEBOARD_SIMULATION_SPEED": "20"}
PHASES = {
    "Courier": "AWAITING_REGRESSION",
    "Wallet": "REGRESSION_AWAITING_NEXT_CYCLE",
    "Scanner": "PAUSED_BY_FAILURE",
    "Shop tablet": "KICKOFF",
    "Maps": "SUBMITTED",
    "Kiosk": "NOT_STARTED",
}


def plans() -> list[dict[str, Any]]:
    """Return a plan for each phase, in the order of PHASES."""
    made = [demo_plan(name, f"{4 + seed}.{seed}.0", seed) for seed, name in enumerate(PHASES, start=1)]
    courier, wallet, scanner, tablet, maps, _ = made
    for plan in (courier, wallet, scanner, maps):
        for task in (*plan["kickoff"], *plan["regression"]["tasks"], *plan["preRelease"]):
            task.setdefault("with", {}).pop("failureRate", None)
    wallet["regression"]["cycles"] = [{"after": gap} for gap in ("0s", "2h", "26h")]
    scanner["kickoff"][-1] |= {"with": {"durationSeconds": 1, "failAttempts": 9}, "retries": {"count": 0}}
    tablet["kickoff"].append({**MANUAL, "name": "tell the support team"})
    maps |= {"autoTrigger": {"stage2": True, "stage3": True}, "preRelease": [{**INSTANT, "submission": True}]}
    maps["regression"] = {"cycles": [{"after": "0s"}], "tasks": [INSTANT]}
    return made


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_a_board_in_many_phases(tmp_path: Path, colours: str) -> None:
    with running_server(tmp_path, env=FAST) as server, httpx.Client(base_url=server.url, timeout=30) as http:
        releases = Releases(http)
        made = dict(zip(PHASES, map(releases.create, plans()), strict=True))
        for name, release in made.items():
            if PHASES[name] != "NOT_STARTED":
                releases.start(release)
        async with open_tab(color_scheme=colours, timezone_id="Europe/Berlin") as tab:
            await tab.page.goto(server.url)
            await live(tab.page)
            for name, expected in PHASES.items():
                await phase(tab.page, made[name], expected, within=30)
            await tab.shows(f"board-{colours}")
            await tab.page.goto(f"{server.url}/releases/{made['Wallet']}")
            await live(tab.page)
            await expect(tab.page.locator("ol.events li").first).to_be_visible()
            assert await tab.flaws() == []
            await tab.shows(f"release-{colours}")
