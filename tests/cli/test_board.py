from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from phaseboard.cli.answers import Release
from phaseboard.cli.board import Live, Reconnecting, Watched, board
from tests.cli.samples import IN_CYCLE_2, NOW, drawn, event, release, seconds, status, task

BERLIN = ZoneInfo("Europe/Berlin")

PICTURE = """\
Mobile app 4.2.0  rel-a                                                             ● live
Regression cycle running  Stage 2 - RC2 Running (2/3)

Stage 1 Kickoff       ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   1 of 1 task          ✓ completed
Stage 2 Regression    ━━━━━━━━━━━━━━━                  1 of 3 cycles done   ▶ in progress
Stage 3 Pre-release                                    pending              · pending

RC2 in progress   RC3 at 3:02 PM (in 1 h 02 min)   1 of 3 cycles done

Task            Status               Attempt  Duration    Link or reason
Build           ✓ completed          1        2 min 55 s
Automation run  … awaiting callback  1        4 min 00 s  https://ci.example/run/77

14:00:00  trigger-stage-2  (Ada)
14:00:00  cycle RC2: ▶ in progress

Possible now: pause, abandon-cycle   (phaseboard act pause rel-a)"""


def picture(shown: Release, width: int = 100, height: int = 60, connection: Live | Reconnecting = Live()) -> str:  # noqa: B008
    return drawn(board(Watched(release=shown, connection=connection), NOW, BERLIN, height), width)


def test_the_whole_picture() -> None:
    watched = Watched(
        release=IN_CYCLE_2,
        events=(
            event("ActionPerformed", action="TRIGGER_STAGE_2", actor={"name": "Ada"}),
            event("CycleChanged", tag="RC2", cycleTo="IN_PROGRESS"),
        ),
    )
    assert drawn(board(watched, NOW, BERLIN), 90) == PICTURE


def test_it_is_the_same_each_time() -> None:
    assert picture(IN_CYCLE_2) == picture(IN_CYCLE_2)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, picture(IN_CYCLE_2, width).splitlines())) <= width


def test_a_lost_connection_counts_down_and_keeps_the_rest() -> None:
    shown = picture(IN_CYCLE_2, connection=Reconnecting(NOW + seconds(4), "gone"))
    assert "○ reconnecting in 4 s" in shown
    assert "Automation run" in shown
    assert "reconnecting in a moment" in picture(IN_CYCLE_2, connection=Reconnecting(NOW - seconds(1), "gone"))


def test_a_failure_offers_the_command_with_the_tasks_id() -> None:
    paused = status("PAUSED_BY_FAILURE", "Paused - Task Failed", "IPP", actions=["RETRY_TASK", "SKIP_TASK", "ARCHIVE"])
    shown = picture(
        release(
            paused,
            task(1, "Lint", "FAILED", critical=False),
            task(2, "Build", "FAILED", failureReason="3 of 148 checks failed"),
        )
    )
    assert "(phaseboard act retry-task tsk-a-2)" in shown
    assert "3 of 148 checks failed" in shown


def test_a_task_that_waits_for_a_person_says_how_to_report_it() -> None:
    waiting = task(2, "Sign off", "AWAITING_CALLBACK", executor="manual", attempt=3)
    shown = picture(release(status("KICKOFF", stages="IPP"), waiting), 120)
    assert "Sign off waits for a person: phaseboard report task tsk-a-2 --attempt 3 --outcome succeeded" in shown


def test_stores_are_shown_once_submitted() -> None:
    stores = [{"store": "APP_STORE", "decision": "APPROVED"}, {"store": "PLAY_STORE"}]
    shown = picture(release(status("SUBMITTED", stages="CCC"), stores=stores))
    assert "APP_STORE   ✓ approved" in shown
    assert "PLAY_STORE  · awaited" in shown
    assert "APP_STORE" not in picture(release(status("KICKOFF", stages="IPP"), stores=stores))


def test_of_many_tasks_the_most_urgent_are_shown_in_their_order() -> None:
    tasks = [task(at, f"task {at:02}") for at in range(30)]
    tasks[20] = task(20, "failed", "FAILED")
    tasks[25] = task(25, "running", "IN_PROGRESS")
    shown = picture(release(status("PAUSED_BY_USER", stages="IPP"), *tasks), height=24)
    assert len(shown.splitlines()) <= 24
    assert shown.index("failed") < shown.index("running")
    assert "and 22 more: see `phaseboard release show`" in shown


def test_names_of_the_server_cannot_steer_the_terminal_nor_add_markup() -> None:
    evil = "\x1b]0;owned\x07[red]x[/red]"
    shown = release(
        status("KICKOFF", evil, "IPP"), task(1, evil, "FAILED", failureReason=evil), name=evil, version=evil
    )
    watched = Watched(release=shown, events=(event("TaskChanged", name=evil, taskTo="FAILED", reason=evil),))
    console = Console(force_terminal=True, color_system=None, width=120)
    with console.capture() as captured:
        console.print(board(watched, NOW, BERLIN))
    assert "\x1b" not in captured.get().replace("\x1b]8;", "")
    assert captured.get().count("[red]x[/red]") >= 4


def test_a_link_can_be_opened_though_it_is_cut() -> None:
    url = "https://ci.example/" + "run" * 40
    watched = Watched(release=release(status("KICKOFF", stages="IPP"), task(1, "Build", externalUrl=url)))
    console = Console(force_terminal=True, width=80)
    with console.capture() as captured:
        console.print(board(watched, NOW, BERLIN))
    assert f";{url}\x1b" in captured.get()


def test_a_release_that_just_began_has_an_empty_but_sound_picture() -> None:
    shown = picture(release(status("NOT_STARTED", "Not Started", actions=["START"]), task(1, "Cut branch", "PENDING")))
    assert "Cut branch" in shown
    assert "(phaseboard act start rel-a)" in shown
    assert picture(release(status("ARCHIVED", "Archived", "CIP")))
