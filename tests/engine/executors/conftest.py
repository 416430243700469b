"""Servers that the tests of executors talk to."""

from collections.abc import AsyncIterator

import pytest_asyncio

from .beacon import Beacon, beacon
from .ci_server import CiServer, ci_server


@pytest_asyncio.fixture(name="ci")
async def _ci() -> AsyncIterator[CiServer]:
    async with ci_server() as ci:
        yield ci


@pytest_asyncio.fixture(name="light")
async def _light() -> AsyncIterator[Beacon]:
    async with beacon() as light:
        yield light
