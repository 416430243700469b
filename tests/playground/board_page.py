"""The board in a browser, as a person sees it, and the server beside it, to compare."""

from typing import Any

import httpx
from playwright.async_api import Page, expect

from tests.playground.examples import MANUAL, Releases

SHORT: dict[str, Any] = {
    "name": "Shop",
    "version": "4.2.0",
    "kickoff": [{"name": "branch", "executor": "simulated", "with": {"durationSeconds": 0}}],
    "regression": {"cycles": [{"after": "0s"}], "tasks": [{"name": "sign-off", "executor": "manual"}]},
    "preRelease": [{"name": "final approval", "executor": "manual", "submission": True}],
    "stores": ["APP_STORE", "PLAY_STORE"],
}
"""A plan whose whole life can be clicked through."""

BROKEN = {"name": "build", "executor": "simulated", "with": {"durationSeconds": 0, "failAttempts": 1}}
"""A task that fails once; its retry succeeds."""

_STATUSES = """
query ($after: String) {
  releases(first: 100, after: $after) {
    nodes { id statusResponse { currentPhase } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_OVER = ("COMPLETED", "ARCHIVED")


async def live(page: Page, within: float = 5) -> None:
    """Wait until the page says that it is live."""
    await expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible(timeout=within * 1000)


async def phase(page: Page, release: str, expected: str, within: float = 10) -> None:
    """Wait until a release's card is in a phase."""
    await expect(page.locator(f'[data-release="{release}"]')).to_have_attribute(
        "data-phase", expected, timeout=within * 1000
    )


async def shown(page: Page) -> dict[str, str]:
    """Return the phases of all cards, by release."""
    script = "cards => Object.fromEntries(cards.map(card => [card.dataset.release, card.dataset.phase]))"
    found: dict[str, str] = await page.locator("[data-release]").evaluate_all(script)
    return found


def kept(http: httpx.Client) -> dict[str, str]:
    """Return the phases of all releases under way, as the server has them."""
    phases, after = {}, None
    while True:
        page = Releases(http).ask(_STATUSES, after=after)["releases"]
        phases.update({node["id"]: node["statusResponse"]["currentPhase"] for node in page["nodes"]})
        if not page["pageInfo"]["hasNextPage"]:
            return {release: phase for release, phase in phases.items() if phase not in _OVER}
        after = page["pageInfo"]["endCursor"]


def mutate(http: httpx.Client, field: str, release: str) -> None:
    """Perform an action on a release over HTTP."""
    document = (
        f"mutation ($input: ReleaseActionInput!) {{ {field}(input: $input) {{ userErrors {{ code message }} }} }}"
    )
    assert Releases(http).ask(document, input={"releaseId": release})[field]["userErrors"] == []


def create(http: httpx.Client, plan: dict[str, Any]) -> str:
    """Create a release from a plan; returns its id."""
    document = "mutation ($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } } }"
    return str(Releases(http).ask(document, input=plan)["createRelease"]["release"]["id"])


def waiting_plan(number: int) -> dict[str, Any]:
    """Return one of many plans, each of its own name; started, it waits in kickoff for a person."""
    return {**SHORT, "name": f"App {number:03}", "kickoff": [MANUAL]}
