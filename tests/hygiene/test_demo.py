"""`make demo`: what it prints can be pasted, Ctrl-C ends it cleanly, the next one goes on with its data."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import clean_environment

BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]


@contextmanager
def _demo(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a demo; it is ended when the block is left, if it has not ended by then."""
    command = [BIN / "phaseboard", "demo", "--port", "0"]
    env = clean_environment({"PATH": f"{BIN}:{os.environ['PATH']}"})
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


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
    with _demo(tmp_path) as demo:
        told = _told(demo)
        query, mutation, subscription = _commands(told)
        assert '"currentPhase":"' in subprocess.check_output(["bash", "-c", query], text=True)
        assert '"userErrors":[]' in subprocess.check_output(["bash", "-c", mutation], text=True)
        assert "START is not possible" in subprocess.check_output(["bash", "-c", mutation], text=True)
        with subprocess.Popen(["bash", "-c", f"exec {subscription}"], stdout=subprocess.PIPE, text=True) as follower:
            assert follower.stdout
            assert any('data: {"data":{"phaseChanged"' in line for line in follower.stdout)
            demo.send_signal(signal.SIGINT)
            assert "event: complete" in follower.stdout.read()
            assert follower.wait() == 0
        assert demo.stdout
        assert demo.stdout.read().strip() == ""
        assert demo.wait() == 0

    with _demo(tmp_path) as again:
        release = re.search(r"rel-[a-z0-9]+", told)
        assert release
        assert release[0] in _told(again)
        again.send_signal(signal.SIGINT)
        assert again.wait() == 0
