from pathlib import Path

import pytest
import typer

from phaseboard.cli.zones import named_zone, viewer_zone, zone_or_offset
from tests.cli.samples import NOW


def test_the_viewers_zone_is_that_of_tz(tmp_path: Path) -> None:
    zone = viewer_zone({"TZ": ":Asia/Kolkata"}, tmp_path / "missing")
    assert zone is not None
    assert zone.key == "Asia/Kolkata"


def test_without_tz_it_is_where_localtime_points(tmp_path: Path) -> None:
    target = tmp_path / "zoneinfo" / "Europe" / "Berlin"
    target.parent.mkdir(parents=True)
    target.touch()
    (tmp_path / "localtime").symlink_to(target)
    zone = viewer_zone({}, tmp_path / "localtime")
    assert zone is not None
    assert zone.key == "Europe/Berlin"


@pytest.mark.parametrize("tz", ["EST5EDT4,M3.2.0,M11.1.0", "../etc/passwd", "/etc/localtime", "No/Where"])
def test_a_zone_without_a_name_is_none_and_falls_back_on_the_offset(tz: str, tmp_path: Path) -> None:
    assert viewer_zone({"TZ": tz}, tmp_path / "missing") is None
    assert zone_or_offset(None, NOW).utcoffset(NOW) is not None


def test_a_file_that_is_no_link_into_the_database_names_no_zone(tmp_path: Path) -> None:
    (tmp_path / "localtime").touch()
    assert viewer_zone({}, tmp_path / "localtime") is None


def test_an_unknown_zone_is_wrong_usage() -> None:
    assert named_zone(None) is None
    with pytest.raises(typer.BadParameter, match="write an IANA name such as Europe/Berlin"):
        named_zone("Europe/Berln")
