"""A watched release as a picture that redraws itself: read, follow, read again when something newer was committed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live as LiveDisplay

from phaseboard.cli.answers import ENDED, Release, event_of
from phaseboard.cli.board import EVENTS_SHOWN, Live, Reconnecting, Watched, board
from phaseboard.cli.client import PhaseboardClient, Session
from phaseboard.cli.documents import EVENTS, WATCHED
from phaseboard.cli.errors import PASSING, CliError
from phaseboard.cli.follow import Connected, Lost, Received, Update, follow
from phaseboard.cli.status import existing
from phaseboard.cli.zones import zone_name, zone_or_offset

REDRAW = 0.5
"""Seconds after which the countdowns are drawn anew."""


async def show_picture(client: PhaseboardClient, release_id: str, console: Console, zone: ZoneInfo | None) -> None:
    """Draw a release until it has ended; `zone` is the viewer's, if it has a name. Raises CliError."""
    async with client.session() as session:
        watcher = await Watcher.begin(session, release_id, zone_name(zone))
        with LiveDisplay(console=console, auto_refresh=False, vertical_overflow="crop") as display:

            def draw() -> None:
                now = datetime.now(UTC)
                picture = board(watcher.watched, now, zone_or_offset(zone, now), console.height)
                display.update(picture, refresh=True)

            cursor = watcher.watched.release.status_response.cursor
            async with aclosing(follow(client, EVENTS, {"id": release_id}, cursor)) as updates:
                await _redraw(watcher, updates, draw)


async def _redraw(watcher: "Watcher", updates: AsyncGenerator[Update, None], draw: Callable[[], None]) -> None:
    pending = asyncio.ensure_future(anext(updates))
    draw()
    try:
        while watcher.watched.phase not in ENDED:
            done, _ = await asyncio.wait({pending}, timeout=REDRAW)
            if done:
                await watcher.take(pending.result())
                pending = asyncio.ensure_future(anext(updates))
            elif watcher.stale:
                await watcher.read()
            draw()
    finally:
        pending.cancel()
        with suppress(asyncio.CancelledError, CliError):
            await pending


class Watcher:
    """Keeps what is known of a release up to date; `stale` while something newer could not be read."""

    def __init__(self, session: Session, release_id: str, time_zone: str | None) -> None:
        self.watched: Watched
        self.stale = False
        self._session = session
        self._variables = {"id": release_id, "timeZone": time_zone, "events": EVENTS_SHOWN}

    @classmethod
    async def begin(cls, session: Session, release_id: str, time_zone: str | None) -> Self:
        """Return a watcher that has read the release once. Raises CliError."""
        watcher = cls(session, release_id, time_zone)
        watcher.watched = await watcher._answer()
        return watcher

    async def take(self, update: Update) -> None:
        """Take in what the subscription tells; an event of a revision known already needs no reading."""
        match update:
            case Connected():
                self.watched = replace(self.watched, connection=Live())
                await self.read()
            case Lost(wait=wait, why=why):
                at = datetime.now(UTC) + timedelta(seconds=wait)
                self.watched = replace(self.watched, connection=Reconnecting(at, why))
            case Received(item=item):
                known = self.watched.release.status_response.revision
                if item.get("revision", known + 1) > known:
                    await self.read()

    async def read(self) -> None:
        """Read the release again; what cannot be read now is left for the next try."""
        try:
            self.watched = replace(await self._answer(), connection=self.watched.connection)
            self.stale = False
        except PASSING:
            self.stale = True

    async def _answer(self) -> Watched:
        answer = await self._session.execute(WATCHED, self._variables)
        found = existing(answer, "release", str(self._variables["id"]))
        events = tuple(event_of(edge["node"]) for edge in found["events"]["edges"])
        return Watched(release=Release.model_validate(found), events=events)
