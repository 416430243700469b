"""The machine: which core does what, what a process used, and what all of it is called (Linux)."""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

from graphql import parse

PEERS = Path(__file__).with_name("peers")

SERVER_CORE, CLIENT_CORE = 0, 1

PARSED, USUAL = "{ " + " ".join(f"field{number}" for number in range(1_900)) + " }", 0.010
"""What is parsed to tell how slow a core is, and the seconds of CPU time that a usual one takes for it."""

TURNS = 10
"""How often that is parsed to tell how things go now: in a tenth of a second others get their turns, too."""

_PYTHON_PARTS = ("uvicorn", "starlette", "websockets", "uvloop", "httptools", "strawberry-graphql", "graphql-core")
_NODE_PARTS = ("graphql", "graphql-ws", "ws", "@apollo/server", "graphql-yoga", "mercurius", "fastify")


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this thread, and the processes that it starts meanwhile, on one core, if the machine has it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, in user code and in the kernel, all its threads together."""
    return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3), of any process


def resident_bytes(pid: int) -> int:
    """Return the memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def raise_file_limit() -> None:
    """Let this process, and those it starts, open as many sockets as the machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def description() -> list[str]:
    """Return what the machine is and the versions of all that took part, in lines."""
    lock = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    return [
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}",
        f"load average at the beginning: {os.getloadavg()[0]:.1f}",
        f"Phaseboard at {_output('git', 'describe', '--always', '--dirty')}",
        f"Python {platform.python_version()}: " + ", ".join(f"{name} {version(name)}" for name in _PYTHON_PARTS),
        f"Node {_output(node(), '--version')}: "
        + ", ".join(f"{name} {lock[f'node_modules/{name}']['version']}" for name in _NODE_PARTS),
    ]


@cache
def node() -> str:
    """Return the Node of `.venv`, else the machine's: the program itself, not a script that starts it."""
    search = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return _output("env", f"PATH={search}", "node", "--print", "process.execPath")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=PEERS).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "(unknown)"


@cache
def slowness() -> float:
    """Return how many times as long as a usual core this one takes, at least 1; how fast it counts tells little."""
    took = []
    for _ in range(5):
        began = time.process_time()
        parse(PARSED)
        took.append(time.process_time() - began)
    return max(1.0, min(took) / USUAL)


def hindrance() -> float:
    """Return how many times as long as on a usual core that is left alone things take now, by the clock, at least 1."""
    began = time.perf_counter()
    for _ in range(TURNS):
        parse(PARSED)
    return max(1.0, (time.perf_counter() - began) / (TURNS * USUAL))
