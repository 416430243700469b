"""A real nginx in front of real nodes, with the configuration from the playground; only addresses are others.

The program is Debian's package `nginx`. Without it the tests say so and are skipped; with TESTS_NEED_NGINX=1, which
continuous integration sets, they fail.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers import Server

NEEDED = "TESTS_NEED_NGINX"
CONFIGURATION = Path(__file__).parents[2] / "playground/examples/nginx.conf"
NODES = ("10.0.0.11:8000", "10.0.0.12:8000")
LISTENS = "listen 80;"

AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/phaseboard.conf;
}}
"""
PATIENCE = 10.0
AGAIN = 0.02


def program() -> str:
    """Return the program; skips or fails the test where there is none."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        missing = "nginx is not installed: the Debian package nginx brings it"
        if os.environ.get(NEEDED):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def nginx(folder: Path, port: int, nodes: Sequence[Server]) -> Iterator[str]:
    """Run it in front of two nodes until the block is left; returns its address."""
    command = [program(), "-e", "stderr", "-p", str(folder), "-c", str(written(folder, port, nodes))]
    log = folder / "nginx.stderr"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=stderr)
    try:
        _listening(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
    assert "[emerg]" not in log.read_text(), log.read_text()


def written(folder: Path, port: int, nodes: Sequence[Server]) -> Path:
    """Write the configuration with the addresses of a test; returns the file to start with."""
    places = [urlsplit(node.url).netloc for node in nodes]
    text = CONFIGURATION.read_text()
    for old, new in zip((*NODES, LISTENS), (*places, f"listen 127.0.0.1:{port};"), strict=True):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "phaseboard.conf").write_text(text)
    main = folder / "nginx.conf"
    main.write_text(AROUND.format(folder=folder))
    return main


def _listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(AGAIN)
    raise AssertionError(f"nginx does not listen:\n{log.read_text()}")
