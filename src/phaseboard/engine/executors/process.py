"""Running a program so that nothing of it is left: no process, no zombie, no open handle.

The program leads a process group of its own, and everything in that group ends with it. Its output comes through a pipe
that is ours, not asyncio's: asyncio may wait for the end of a pipe that a grandchild still holds open.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from phaseboard.engine.executors.output import KeptOutput

GRACE_SECONDS = 5.0
"""How long a program has to end after SIGTERM before it is killed."""

LINGER_SECONDS = 1.0
"""How long the output is still read after the program has ended but somebody holds the pipe open."""


async def run_process(
    argv: Sequence[str],
    env: Mapping[str, str],
    output: KeptOutput,
    *,
    grace: float = GRACE_SECONDS,
    linger: float = LINGER_SECONDS,
) -> int:
    """Run a program to its end and return its exit code, negative for the signal that ended it.

    When cancelled, it sends SIGTERM to the whole group, after `grace` seconds SIGKILL, and returns when the program is
    gone. Raises OSError or ValueError when the program cannot be started.
    """
    async with _reading_into(output) as (pipe, drained):
        process = await _started(argv, env, pipe)
        try:
            code = await process.wait()
            await _within(linger, drained.wait())
        except asyncio.CancelledError:
            _signal_group(process.pid, signal.SIGTERM)
            await _within(grace, process.wait(), drained.wait())
            raise
        finally:
            # Also after a good end: what the program left behind in its group does not outlive the attempt.
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()
        return code


async def _started(argv: Sequence[str], env: Mapping[str, str], pipe: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            env=env,
            start_new_session=True,
        )
    finally:
        os.close(pipe)


@asynccontextmanager
async def _reading_into(output: KeptOutput) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Give the end of a pipe to write to, which the caller closes, and the event that nobody holds it any more."""
    read_end, write_end = os.pipe()
    reader = _PipeReader(output)
    try:
        transport = await _connected(reader, read_end)
    except BaseException:
        os.close(write_end)
        raise
    try:
        yield write_end, reader.ended
    finally:
        transport.close()
        await reader.ended.wait()


async def _connected(reader: "_PipeReader", read_end: int) -> asyncio.ReadTransport:
    pipe = open(read_end, "rb", buffering=0)  # noqa: ASYNC230, SIM115 - does not block; the transport closes it
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: reader, pipe)
    return transport


class _PipeReader(asyncio.Protocol):
    def __init__(self, output: KeptOutput) -> None:
        self._output = output
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._output.add(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio
        self.ended.set()


async def _within(seconds: float, *awaitables: Awaitable[object]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*awaitables)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
