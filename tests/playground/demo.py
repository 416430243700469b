"""A real `phaseboard demo` in a process of its own, on a free port of the loopback."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import PHASEBOARD, clean_environment

_SERVES = re.compile(r"releases under way on (http://\S+)")


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Run a demo with its data in a folder; yields its address once it serves. Ended by its own id."""
    command = [PHASEBOARD, "demo", "--port", "0"]
    log = (folder / "demo.stderr").open("a+")
    with (
        log,
        subprocess.Popen(
            command, cwd=folder, env=clean_environment(), stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout
            found = next(filter(None, map(_SERVES.search, process.stdout)), None)
            assert found, (folder / "demo.stderr").read_text()
            yield found[1]
        finally:
            process.terminate()
            process.wait()
    assert "Traceback" not in (folder / "demo.stderr").read_text()
