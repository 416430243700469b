"""`make demo`: what it prints can be pasted, Ctrl-C ends it cleanly, the next one goes on with its data."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import clean_environment

BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]


def _start(folder: Path) -> "subprocess.Popen[str]":
    env = clean_environment({"PATH": f"{BIN}:{os.environ['PATH']}"})
    return subprocess.Popen(
        ["phaseboard", "demo", "--port", "0"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        executable=BIN / "phaseboard",
    )


def _told(process: "subprocess.Popen[str]") -> str:
    """Return what the demo prints up to its last command."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "subscription" in line and "phaseChanged" in line:
            break
    return "".join(lines)


def _commands(told: str) -> list[str]:
    return [match.strip() for match in re.findall(r"^    (curl .*?'\s*)$", told, re.MULTILINE | re.DOTALL)]


def test_demo_prints_what_can_be_pasted_and_stops_cleanly(tmp_path: Path) -> None:
    first = _start(tmp_path)
    told = _told(first)
    query, mutation, subscription = _commands(told)
    assert '"currentPhase":"' in subprocess.check_output(["bash", "-c", query], text=True)
    assert '"userErrors":[]' in subprocess.check_output(["bash", "-c", mutation], text=True)
    assert "START is not possible" in subprocess.check_output(["bash", "-c", mutation], text=True)
    with subprocess.Popen(["bash", "-c", f"exec {subscription}"], stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        assert follower.stdout.readline() == "event: next\n"
        assert '"phaseChanged"' in follower.stdout.readline()
        first.send_signal(signal.SIGINT)
        assert "event: complete" in follower.stdout.read()
    assert first.stdout
    assert first.stdout.read().strip() == ""
    assert first.wait() == 0

    again = _start(tmp_path)
    release = re.search(r"rel-[a-z0-9]+", told)
    assert release
    assert release[0] in _told(again)
    again.send_signal(signal.SIGINT)
    assert again.wait() == 0
    assert again.stdout
    again.stdout.close()
    first.stdout.close()
