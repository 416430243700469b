"""The built-in executors keep to the interface."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from phaseboard.engine.executors.command import CommandExecutor
from phaseboard.engine.executors.manual import ManualExecutor
from phaseboard.engine.executors.simulated import SimulatedExecutor
from phaseboard.engine.executors.webhook import WebhookExecutor

from .beacon import WAIT, Beacon
from .ci_server import CiServer, answer, silence
from .conformance import Case, ExecutorConformance

Gone = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """What an executor without an outside waits for."""
    await asyncio.sleep(0)


class TestSimulated(ExecutorConformance):
    @pytest_asyncio.fixture
    async def case(self) -> Case:
        async def begun() -> Gone:
            await nothing()
            return nothing

        executor = SimulatedExecutor({"PHASEBOARD_SIMULATION_SPEED": "1000"})
        return Case(executor, {"durationSeconds": 1}, {"durationSeconds": 86_400}, begun)


class TestManual(ExecutorConformance):
    @pytest_asyncio.fixture
    async def case(self) -> Case:
        async def at_once() -> Gone:
            """Return before the attempt's first step: it has no second."""
            return nothing

        return Case(ManualExecutor({}), {}, {"instructions": "Press the button."}, at_once)


class TestWebhook(ExecutorConformance):
    @pytest_asyncio.fixture
    async def case(self, ci: CiServer) -> AsyncIterator[Case]:
        silent, quick = silence(), answer()
        ci.answer = lambda request, writer: (silent if request.target == "/silent" else quick)(request, writer)
        executor = WebhookExecutor({})

        async def begun() -> Gone:
            await ci.called("/silent")
            return ci.idle

        yield Case(executor, {"url": ci.url}, {"url": f"http://{ci.host}/silent"}, begun)
        await executor.close()


class TestCommand(ExecutorConformance):
    @pytest_asyncio.fixture
    async def case(self, light: Beacon) -> Case:
        python = [sys.executable, "-I", "-S", "-c"]
        commands = {"short": [*python, "print('hello')"], "long": [*python, WAIT]}
        executor = CommandExecutor({"PHASEBOARD_COMMANDS": json.dumps(commands)})

        async def begun() -> Gone:
            return (await light.caller()).gone

        return Case(executor, {"program": "short"}, {"program": "long", "args": [str(light.port)]}, begun)
