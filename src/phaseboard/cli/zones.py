"""The viewer's time zone."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

LOCALTIME = Path("/etc/localtime")
_DATABASE = "zoneinfo/"

TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone", metavar="ZONE", help="Write clock times in this zone (an IANA name such as Europe/Berlin)."
    ),
]


def named_zone(name: str | None) -> ZoneInfo | None:
    """Return the zone that `--time-zone` names, None for none. Raises typer.BadParameter for an unknown one."""
    if name is None:
        return None
    if (zone := _zone(name)) is None:
        message = f"{name!r} is no time zone: write an IANA name such as Europe/Berlin."
        raise typer.BadParameter(message, param_hint="--time-zone")
    return zone


def viewer_zone(environment: Mapping[str, str] = os.environ, localtime: Path = LOCALTIME) -> ZoneInfo | None:
    """Return this machine's zone as far as it has a name: from TZ, else from where /etc/localtime points."""
    if name := environment.get("TZ", "").removeprefix(":"):
        return _zone(name)
    target = str(localtime.resolve())
    return _zone(target.rpartition(_DATABASE)[2]) if _DATABASE in target else None


def zone_name(zone: ZoneInfo | None) -> str | None:
    """Return the zone's name for the API, None for the zone of each plan."""
    return zone.key if zone else None


def zone_or_offset(zone: ZoneInfo | None, now: datetime) -> tzinfo:
    """Return the zone, or for a machine whose zone has no name its offset from UTC now."""
    return zone or now.astimezone().tzinfo or UTC


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
