"""The README's commands, run as written: in one folder, one after the other, against the servers that it starts.

Only the ports are others, so that nothing of the machine is in the way. What a block is says its fence: `sh` runs to
its end; `sh server` and `sh live` run on until they are ended, the first once it says that it listens, the second once
it has shown something; `sh example` is tried below, or is a make target.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from phaseboard.engine.secrets import callback_secret
from tests.servers import clean_environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh ?(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"^make (\w+)", re.MULTILINE)
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


class Terminal:
    """A shell in the README's folder: variables set by one block are there in the next."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self.folder = folder
        self._ports = ports
        self._kept = folder / "variables.sh"
        self._kept.touch()
        env = {"PATH": f"{BIN}:{os.environ['PATH']}", "PHASEBOARD_PORT": ports["8000"]}
        self._env = clean_environment({**env, "PHASEBOARD_URL": f"http://127.0.0.1:{ports['8000']}"})

    def as_written(self, block: str) -> str:
        """Return a block with the ports of this test."""
        for written, free in self._ports.items():
            block = block.replace(f":{written}", f":{free}")
        return block.replace("examples/ci.py", f"examples/ci.py --port {self._ports['9000']} --seconds 0.1")

    def run(self, block: str, **variables: str) -> str:
        """Run a block to its end and return what it printed; fails with its output when it does."""
        keep = f"declare -p RELEASE HOTFIX > {self._kept} 2> /dev/null || true"
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail; source {self._kept}\n{self.as_written(block)}\n{keep}"],
            cwd=self.folder,
            env={**self._env, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def going_on(self, block: str) -> Iterator[Iterator[str]]:
        """Run a block that does not end by itself; yields the lines it prints and ends it afterwards."""
        script = f"set -euo pipefail; source {self._kept}\n{self.as_written(block)}"
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        try:
            yield iter(process.stdout)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            process.stdout.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in a folder that holds the examples, like a checkout."""
    shutil.copytree(ROOT / "playground/examples", tmp_path / "playground/examples")
    ports = {"8000": _free_port(), "9000": _free_port()}
    for plan in (tmp_path / "playground/examples").glob("*.yaml"):
        plan.write_text(plan.read_text().replace(":9000", f":{ports['9000']}"))
    return Terminal(tmp_path, ports)


@pytest.mark.timeout(600)
def test_every_block_runs_as_written(terminal: Terminal) -> None:
    with ExitStack() as stack:
        for kind, block in BLOCKS:
            if kind == "server":
                lines = stack.enter_context(terminal.going_on(block))
                assert any("http://" in line for line in lines), block
            elif kind == "live":
                _shows_something(terminal, block)
            elif not kind and not MAKE.search(block):
                terminal.run(block)


def test_callback_example_reports_a_task(terminal: Terminal) -> None:
    server, example = _block("phaseboard serve"), _block("PHASEBOARD_CALLBACK_SECRET")
    plan = terminal.folder / "plan.yaml"
    plan.write_text(_MANUAL)
    with terminal.going_on(server) as lines:
        assert any("serves" in line for line in lines)
        terminal.run("RELEASE=$(phaseboard release create plan.yaml); phaseboard act start $RELEASE")
        url, secret = _callback_of(terminal)
        shown = terminal.run(example, PHASEBOARD_CALLBACK_URL=url, PHASEBOARD_CALLBACK_SECRET=secret)
        assert '"answer":"ACCEPTED"' in shown


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for _, block in BLOCKS for target in MAKE.findall(block)}
    assert named
    assert named <= targets


def test_settings_table_names_every_flag_of_serve() -> None:
    table = README.partition("<!-- settings:begin -->")[2].partition("<!-- settings:end -->")[0]
    shown = subprocess.check_output([BIN / "phaseboard", "serve", "--help"], text=True, env=_WIDE)
    flags = set(re.findall(r"PHASEBOARD_[A-Z_]+", shown))
    assert flags
    assert flags <= set(re.findall(r"PHASEBOARD_[A-Z_]+", table))


_WIDE = clean_environment({"COLUMNS": "200", "PATH": os.environ["PATH"]})

_MANUAL = """
name: By hand
version: "1"
kickoff: [{name: look, executor: manual}]
regression: {cycles: [{after: 0s}], tasks: [{name: look, executor: manual}]}
preRelease: [{name: look, executor: manual}]
"""


def _block(text: str) -> str:
    return next(block for _, block in BLOCKS if text in block)


def _shows_something(terminal: Terminal, block: str) -> None:
    """Run a live block while releases change, until it has printed a line."""
    shown = threading.Event()

    def read(lines: Iterator[str]) -> None:
        if any(line.strip() for line in lines):
            shown.set()

    with terminal.going_on(block) as lines:
        reader = threading.Thread(target=read, args=(lines,), daemon=True)
        reader.start()
        while not shown.is_set():
            terminal.run("phaseboard release create playground/examples/hotfix-4.2.1.yaml")
            terminal.run("phaseboard act resume $RELEASE || phaseboard act pause $RELEASE || true")
    reader.join()


def _callback_of(terminal: Terminal) -> tuple[str, str]:
    with sqlite3.connect(terminal.folder / "phaseboard.db") as database:
        task, secret = database.execute(
            "SELECT release_tasks.id, secret FROM release_tasks JOIN releases ON releases.id = release_id LIMIT 1"
        ).fetchone()
    database.close()
    return terminal.as_written(f"http://127.0.0.1:8000/callbacks/{task}/1"), callback_secret(secret, task, 1)


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
