"""Rules that hold for every file of the repository, whatever it contains."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINE_BUDGETS = {"src/": 300, "tests/": 375}
"""How many lines a Python file may have. That of tests is what their largest file needs, and is to shrink."""

# In pieces, because this file is under the same rules.
REGISTRY_HOSTS = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("archive", "ubuntu", "com"),
        ("security", "ubuntu", "com"),
        ("ports", "ubuntu", "com"),
    )
)
DOWNLOAD = re.compile(r"https?://[^\s\"'<>]+\.(?:whl|egg|tgz|tar\.(?:gz|bz2|xz)|deb|rpm)\b")
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")
"""A group that keeps what it took, `(?:a|b)*+`: Python before 3.11.5 matches it wrongly. `(?>(?:a|b)*)` is the same."""

MACHINE_PATH = re.compile(r"(?<![\w.})-])/(?:(?:work|root)/|(?:home|Users)/\w+/)")


def tracked_files() -> list[Path]:
    """Return the files that git tracks, or without git those that .gitignore leaves."""
    listing = ["git", "ls-files", "-z"]
    if not (ROOT / ".git").exists():
        return list(files_by_walking())
    try:
        names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return list(files_by_walking())
    return [path for name in names if name and (path := ROOT / name).is_file()]


def files_by_walking(folder: Path = ROOT) -> Iterator[Path]:
    """Yield the files below a folder that no plain pattern of .gitignore names."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or is_ignored(path):
            continue
        if path.is_dir():
            yield from files_by_walking(path)
        else:
            yield path


def is_ignored(path: Path) -> bool:
    """Tell whether a path is git's own or matches a pattern by its name or from the root."""
    place = path.relative_to(ROOT).as_posix()
    return path.name == ".git" or any(
        fnmatch(place if "/" in pattern else path.name, pattern) for pattern in ignore_patterns()
    )


@cache
def ignore_patterns() -> tuple[str, ...]:
    """Return the patterns of .gitignore without the slashes around them."""
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return tuple(line.strip("/") for line in lines if line and not line.startswith(("#", "!")))


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every tracked file that is not binary."""
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode(errors="replace")


def places_of(pattern: re.Pattern[str]) -> list[str]:
    """Return `file:line: match` for every line of a tracked text file in which the pattern is found."""
    return [
        f"{place}:{number}: {found.group()}"
        for place, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := pattern.search(line))
    ]


def test_the_rules_see_the_repository() -> None:
    places = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    assert {"pyproject.toml", "src/phaseboard/__init__.py", "tests/hygiene/test_repository.py"} <= places


def test_no_file_names_the_host_of_a_package_registry() -> None:
    hosts = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)), re.IGNORECASE)
    assert places_of(hosts) == []


def test_no_file_names_a_direct_download() -> None:
    assert places_of(DOWNLOAD) == []


def test_no_package_lock_says_where_a_package_was_resolved() -> None:
    places = [place for place in places_of(re.compile('"resolved"')) if "package-lock.json:" in place]
    assert places == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert places_of(MACHINE_PATH) == []


@pytest.mark.parametrize(("folder", "budget"), LINE_BUDGETS.items())
def test_every_source_file_keeps_to_the_line_budget(folder: str, budget: int) -> None:
    sizes = {
        place: len(text.splitlines())
        for place, text in tracked_texts()
        if place.startswith(folder) and place.endswith(".py")
    }
    largest = sorted(sizes.items(), key=lambda size: -size[1])[:5]
    assert largest, "no source file found"
    assert largest[0][1] <= budget, f"more than {budget} lines; the largest files: {largest}"


def test_every_package_is_in_the_layer_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = [contract for contract in settings["contracts"] if contract["type"] == "layers"]
    assert len(contracts) == 1
    layers = {name.strip() for layer in contracts[0]["layers"] for name in layer.split("|")}
    packages = {f"phaseboard.{path.parent.name}" for path in ROOT.glob("src/phaseboard/*/__init__.py")}
    assert packages - layers == set(), "packages that are in no layer"


def test_no_pattern_is_one_that_an_older_python_misreads() -> None:
    assert POSSESSIVE_GROUP.search(r"(?:\.[a-z]++)*+")
    assert not POSSESSIVE_GROUP.search(r"(?>(?:\.[a-z]++)*)[+-]?\)*+")
    found = [path.name for path in (ROOT / "src").rglob("*.py") if POSSESSIVE_GROUP.search(path.read_text())]
    assert not found, found
