"""A real browser, headless: one tab that notes everything that should not happen on our pages.

    async with open_tab() as tab:
        await tab.page.goto(server.url)
        await tab.shows("board")           # writes playground/screenshots/board.png
        assert await tab.flaws() == []     # axe

At the end there must have been no error in the console, no violation of the page's policy, and no request to another
origin; `tab.allow` names what a test causes on purpose. All tabs are in one browser, which runs as long as there are
tests; each has cookies, storage and a cache of its own.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "playground/screenshots"
BUILT = ROOT / "src/phaseboard/web/static/graphiql.html"
AXE = ROOT / "playground/node_modules/axe-core/axe.min.js"

NEEDED = "TESTS_NEED_A_BROWSER"
"""Set where the browser has to be there: in continuous integration."""

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,MediaRouter,OptimizationHints,Translate",
)
"""A tab has an address bar, though nobody sees it: the pages made for it would cost more than ours.

The other features are of those that Playwright disables by the same switch, of which the last one counts.
"""

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


_running: list[Browser] = []
"""The browser of this process, if there is one."""


@asynccontextmanager
async def running_browser() -> AsyncIterator[None]:
    """Run the browser for the tabs that are opened until the block is left, where there is one."""
    path = _path()
    if path is None:
        yield
        return
    async with async_playwright() as playwright:
        _running.append(await playwright.chromium.launch(executable_path=path, headless=True, args=SWITCHES))
        try:
            yield
        finally:
            await _running.pop().close()


def browser() -> Browser:
    """Return the browser; without one the test is skipped, or fails where it is needed."""
    if _running:
        return _running[-1]
    words = "there is no Chromium on this machine: install the package chromium to run what is tried in a browser"
    if os.environ.get(NEEDED):
        pytest.fail(words)
    pytest.skip(words)


def _path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """A page, and what went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self._noted: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._noted.append(f"uncaught: {error}"))
        page.context.on("request", self._request)

    def allow(self, pattern: str) -> None:
        """Name what goes wrong on purpose, by a pattern of its message."""
        self._allowed.append(re.compile(pattern))

    @property
    def problems(self) -> list[str]:
        """All that went wrong and was not meant to, and every request that left the page's origin."""
        origins = {_origin(self.page.url)}
        elsewhere = [f"request to {url}" for url in self.requests if _origin(url) not in origins]
        return [note for note in self._noted + elsewhere if not any(one.search(note) for one in self._allowed)]

    async def shows(self, name: str) -> None:
        """Take a screenshot, for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    async def flaws(self, within: str = "body", *, without: str | None = None) -> list[str]:
        """Return what axe finds wrong with the part of the page that a selector names."""
        await self.page.evaluate(AXE.read_text())
        context: dict[str, Any] = {"include": [within]} | ({"exclude": [without]} if without else {})
        found = await self.page.evaluate("context => axe.run(context)", context)
        return [
            f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self._noted.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)


@asynccontextmanager
async def open_tab(**options: Any) -> AsyncIterator[Tab]:
    """Open a tab with nothing of other tabs in it; `options` are Playwright's for a context, such as `color_scheme`.

    Raises AssertionError at the end when something went wrong on the page.
    """
    assert BUILT.exists(), "the pages are not built: make playground"
    context = await browser().new_context(**{"viewport": DESK, **options})
    try:
        tab = Tab(await context.new_page())
        yield tab
        assert not tab.problems, tab.problems
    finally:
        await context.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}"
