"""The wheel, built from this tree and installed elsewhere, works without the tree."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from phaseboard import __version__
from phaseboard.api.schema import sdl
from tests.servers import clean_environment, running_server

from .client import BEGINNING, PHASES, connect
from .plans import simulated_plan

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
ALONE = {"PYTHONPATH": ""}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel and, of everything else, what this one has."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    programs = folder / "env" / "bin"
    (site_packages,) = folder.glob("env/lib/*/site-packages")
    # A folder named in a .pth file comes last, and .pth files in it are not read: so the tree stays out of sight.
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    return programs


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=clean_environment(ALONE), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_the_wheel_works_without_the_tree(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import phaseboard; print(phaseboard.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert run(installed / "phaseboard", "--version", cwd=tmp_path) == f"phaseboard {__version__}\n"
    assert run(installed / "phaseboard", "schema", cwd=tmp_path).strip() == sdl().strip()
    with running_server(tmp_path, command=[installed / "phaseboard"], env=ALONE) as server:
        async with connect(server.url) as api:
            created = await api.act("createRelease", **simulated_plan())
            release_id = created["release"]["id"]
            async with api.socket(PHASES, id=release_id, after=BEGINNING) as watcher:
                await api.act("startRelease", releaseId=release_id)
                await watcher.until(lambda item: item["to"] == "SUBMITTED")
