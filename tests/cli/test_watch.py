"""`phaseboard watch` over restarts, interruptions and on a terminal."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.command import Command, Watching
from tests.cli.plans import AUTOMATIC, PLAN
from tests.servers import PHASEBOARD, Server, clean_environment

pytestmark = pytest.mark.process

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z_]+ \S.*")

STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """`phaseboard watch` on a terminal of its own."""

    def __init__(self, url: str, release: str, **env: str) -> None:
        self.shown = ""
        self._screen, side = pty.openpty()
        self.process = subprocess.Popen(
            [PHASEBOARD, "watch", release, "--url", url],
            stdin=side,
            stdout=side,
            stderr=side,
            env={
                **clean_environment(),
                "TERM": "xterm",
                "COLUMNS": "100",
                "LINES": "40",
                "NO_COLOR": "",
                "TZ": "UTC",
                **env,
            },
            start_new_session=True,
        )
        os.close(side)

    def until(self, text: str) -> None:
        """Read until a text is drawn that was not drawn before."""
        drawn = ""
        while text not in drawn:
            part = self._read()
            assert part, f"ended without {text!r}: {self.shown}"
            drawn += part

    def ended(self) -> int:
        """Read to the end; returns the exit code."""
        while self._read():
            pass
        return self.process.wait()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._screen)

    def _read(self) -> str:
        try:
            part = os.read(self._screen, 65536).decode(errors="replace")
        except OSError:  # how Linux tells that the other side is closed
            return ""
        self.shown += part
        return part


@contextmanager
def terminal(url: str, release: str, **env: str) -> Iterator[Terminal]:
    opened = Terminal(url, release, **env)
    try:
        yield opened
    finally:
        opened.close()


def test_a_line_for_each_phase_each_once_over_a_restart(server: Server) -> None:
    command = Command(server.url)
    release = command.created(AUTOMATIC)
    with Watching(server.url, release) as watching:
        watching.until("NOT_STARTED")
        command.done("act", "start", release)
        watching.until("AWAITING_REGRESSION")
        server.kill()
        watching.told("Connection lost, trying again")
        server.restart()
        command.done("act", "archive", release)
        assert watching.ended() == 0
    assert watching.phases == ["NOT_STARTED", "KICKOFF", "AWAITING_REGRESSION", "ARCHIVED"]
    assert [line for line in watching.lines if not LINE.fullmatch(line)] == []


def test_what_happened_while_the_watcher_was_away_is_caught_up(server: Server) -> None:
    command = Command(server.url)
    release = command.created(AUTOMATIC)
    with Watching(server.url, release) as watching:
        watching.until("NOT_STARTED")
        os.kill(watching.process.pid, signal.SIGSTOP)
        command.done("act", "start", release)
        command.until(release, "AWAITING_REGRESSION")
        server.restart()
        command.done("act", "archive", release)
        os.kill(watching.process.pid, signal.SIGCONT)
        assert watching.ended() == 0
    assert watching.phases == ["NOT_STARTED", "KICKOFF", "AWAITING_REGRESSION", "ARCHIVED"]


def test_a_release_that_is_over_is_told_and_done(served: Command) -> None:
    release = served.created(AUTOMATIC)
    served.done("act", "start", release)
    served.until(release, "AWAITING_REGRESSION")
    served.done("act", "archive", release)
    ended = served("watch", release)
    assert ended.exit_code == 0
    assert ended.stdout.endswith(" ARCHIVED Archived\n")
    assert len(ended.stdout.splitlines()) == 1


def test_ctrl_c_ends_it_with_130_and_without_a_traceback(served: Command) -> None:
    with Watching(served.url, served.created(PLAN)) as watching:
        watching.until("NOT_STARTED")
        watching.process.send_signal(signal.SIGINT)
        assert watching.ended() == 130


def test_on_a_terminal_the_picture_moves_until_the_release_is_over(served: Command) -> None:
    release = served.created(AUTOMATIC)
    with terminal(served.url, release) as screen:
        screen.until("● live")
        served.done("act", "start", release)
        screen.until("Stage 1 Complete - Awaiting Regression Start")
        served.done("act", "archive", release, "--reason", "enough")
        assert screen.ended() == 0
    last = STYLE.sub("", screen.shown[screen.shown.rindex("Mobile app") :])
    assert "Archived  Archived" in last
    assert "archive: enough" in last
    assert "Traceback" not in screen.shown


def test_on_a_terminal_a_restart_shows_and_passes(server: Server) -> None:
    command = Command(server.url)
    release = command.created(PLAN)
    with terminal(server.url, release) as screen:
        screen.until("● live")
        server.terminate()
        screen.until("○ reconnecting in")
        server.restart()
        screen.until("● live")
        command.done("act", "start", release)
        screen.until("Sign off waits for a person")
        screen.process.send_signal(signal.SIGINT)
        assert screen.ended() == 130
    assert "\x1b[?25h" in screen.shown, "the cursor is shown again"


def test_no_color_means_none(served: Command) -> None:
    with terminal(served.url, served.created(PLAN), NO_COLOR="1") as screen:
        screen.until("● live")
    assert STYLE.findall(screen.shown) == []


def test_a_server_that_is_gone_at_the_start_is_told_at_once() -> None:
    with terminal("http://127.0.0.1:9", "rel-a") as screen:
        assert screen.ended() == 3
    assert "No Phaseboard server answers" in screen.shown
