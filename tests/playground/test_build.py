"""What the build makes of the pages: how large it is, that it needs no one else, and that the wheel holds it."""

import gzip
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.playground.browser import ROOT

STATIC = ROOT / "src/phaseboard/web/static"
PAGES = ("index.html", "graphiql.html")
MOST = 100_000
"""Bytes that the scripts of the dashboard may take, compressed."""

_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](?:\./|/assets/)([\w.-]+\.js)["']""")


class Addresses(HTMLParser):
    """Collects the addresses that a page loads from, and whether anything is written into it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []
        self.feed((STATIC / page).read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get("src") or given.get("href")
        if address and not address.startswith("data:"):
            self.found.append(address)
        if tag == "style" or (tag == "script" and "src" not in given) or any(name.startswith("on") for name in given):
            self.inline.append(tag)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_from_this_server_alone_and_has_nothing_inline(page: str) -> None:
    addresses = Addresses(page)
    assert addresses.inline == []
    assert addresses.found
    for address in addresses.found:
        assert urlsplit(address).netloc == ""
        assert (STATIC / address.lstrip("/")).is_file()


def test_the_scripts_of_the_dashboard_are_small() -> None:
    waiting = [Path(address).name for address in Addresses("index.html").found if address.endswith(".js")]
    sizes: dict[str, int] = {}
    while waiting:
        name = waiting.pop()
        if name not in sizes:
            content = (STATIC / "assets" / name).read_bytes()
            sizes[name] = len(gzip.compress(content, 9))
            waiting += _IMPORT.findall(content.decode())
    assert sizes
    assert sum(sizes.values()) <= MOST, sizes


def test_what_is_sent_compressed_is_the_same() -> None:
    compressed = list((STATIC / "assets").glob("*.gz"))
    assert compressed
    for file in compressed:
        assert gzip.decompress(file.read_bytes()) == file.with_suffix("").read_bytes(), file.name


def test_the_wheel_holds_the_pages(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    built = {f"phaseboard/web/static/{path.relative_to(STATIC)}" for path in STATIC.rglob("*") if path.is_file()}
    assert {f"phaseboard/web/static/{page}" for page in PAGES} <= built <= names


def test_the_pages_are_built_not_committed() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", STATIC / "index.html"], cwd=ROOT, check=False)
    assert ignored.returncode in (0, 128)  # 128: this is no checkout
