import asyncio
import os
import signal
import sys

import pytest
import uvloop

from phaseboard.engine.executors.output import KEPT_BYTES, KeptOutput
from phaseboard.engine.executors.process import run_process
from phaseboard.engine.executors.redaction import Redactor

from .beacon import DIAL, WAIT, Beacon, beacon
from .conformance import open_handles
from .factory import SECRET

PYTHON = [sys.executable, "-I", "-S", "-u", "-c"]
DEAF = DIAL + "signal.signal(signal.SIGTERM, signal.SIG_IGN); line.send(b'deaf\\n'); line.recv(1)"
PARENT = DIAL + "subprocess.Popen([sys.executable, '-I', '-S', '-c', sys.argv[2], sys.argv[1]]);"


async def run(code: str, *args: object, grace: float = 5, linger: float = 0.1) -> tuple[int, str]:
    output = KeptOutput(Redactor([SECRET]))
    return await run_process([*PYTHON, code, *map(str, args)], {}, output, grace=grace, linger=linger), output.text()


async def test_both_streams_are_kept_in_order() -> None:
    code = "import os; [os.write(1 + n % 2, b'%d\\n' % n) for n in range(6)]"
    assert await run(code) == (0, "0\n1\n2\n3\n4\n5\n")


async def test_the_code_and_the_signal_are_returned() -> None:
    assert await run("raise SystemExit(3)") == (3, "")
    assert await run("import os; os.abort()") == (-signal.SIGABRT, "")


async def test_nothing_can_be_read() -> None:
    assert await run("import sys; print(repr(sys.stdin.read()))") == (0, "''\n")


async def test_a_flood_is_read_in_bounded_memory() -> None:
    code, text = await run("import os; block = b'x' * 65536; [os.write(1, block) for _ in range(3000)]; print('end')")
    assert code == 0
    assert text.endswith("xend\n")
    assert len(text) <= KEPT_BYTES


async def test_a_program_that_cannot_start_leaves_nothing_open() -> None:
    before = open_handles()
    with pytest.raises(FileNotFoundError):
        await run_process(["/nonexistent/program"], {}, KeptOutput(Redactor([SECRET])))
    assert open_handles() <= before


async def test_the_whole_group_is_told_to_end(light: Beacon) -> None:
    attempt = asyncio.create_task(run(PARENT + "line.recv(1)", light.port, WAIT))
    family = [await light.caller(), await light.caller()]
    await cancel(attempt)
    await asyncio.gather(*(member.gone() for member in family))


async def test_no_zombie_is_left(light: Beacon) -> None:
    code = DIAL + "line.send(b'%d\\n' % os.getpid()); line.recv(1)"
    attempt = asyncio.create_task(run(code, light.port))
    pid = int(await (await light.caller()).said())
    os.kill(pid, 0)
    await cancel(attempt)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_who_does_not_listen_is_killed(light: Beacon) -> None:
    attempt = asyncio.create_task(run(PARENT + "line.send(b'deaf\\n'); line.recv(1)", light.port, DEAF, grace=0.1))
    family = [await light.caller(), await light.caller()]
    for member in family:
        assert await member.said() == b"deaf\n"
    await cancel(attempt)
    await asyncio.gather(*(member.gone() for member in family))


async def test_a_program_may_put_things_in_order_before_it_ends(light: Beacon) -> None:
    code = DIAL + "signal.signal(signal.SIGTERM, lambda *_: (line.send(b'in order'), sys.exit())); line.send(b'up\\n');"
    attempt = asyncio.create_task(run(code + "line.recv(1)", light.port))
    program = await light.caller()
    await program.said()
    await cancel(attempt)
    assert await program.gone() == b"in order"


async def test_a_second_cancellation_kills_at_once(light: Beacon) -> None:
    code = DIAL + "signal.signal(signal.SIGTERM, lambda *_: line.send(b'heard\\n')); line.send(b'up\\n');"
    attempt = asyncio.create_task(run(code + "[line.recv(1) for _ in iter(int, 1)]", light.port, grace=60))
    program = await light.caller()
    assert await program.said() == b"up\n"
    attempt.cancel()
    assert await program.said() == b"heard\n"
    await cancel(attempt)
    await program.gone()


async def test_what_a_program_leaves_behind_ends_with_it(light: Beacon) -> None:
    attempt = asyncio.create_task(run(PARENT + "line.recv(1); print('done')", light.port, WAIT))
    program, left_behind = await light.caller(), await light.caller()
    program.answer()
    assert await asyncio.wait_for(attempt, 5) == (0, "done\n")
    await left_behind.gone()


async def test_who_left_the_group_cannot_hold_up_the_attempt(light: Beacon) -> None:
    attempt = asyncio.create_task(run(PARENT + "line.recv(1)", light.port, "import os; os.setsid();" + WAIT))
    program, runaway = await light.caller(), await light.caller()
    program.answer()
    assert await asyncio.wait_for(attempt, 5) == (0, "")
    await runaway.hang_up()


async def test_a_cancellation_at_any_step_of_the_start_leaves_nothing_behind() -> None:
    await run("pass")
    before = open_handles()
    for steps in range(12):
        attempt = asyncio.create_task(run("import time; time.sleep(60)"))
        for _ in range(steps):
            await asyncio.sleep(0)
        await cancel(attempt)
    assert open_handles() <= before


def test_it_is_the_same_on_uvloop() -> None:
    async def scenario() -> None:
        assert await run("print('hello')") == (0, "hello\n")
        async with beacon() as light:
            attempt = asyncio.create_task(run(PARENT + "line.recv(1)", light.port, WAIT))
            family = [await light.caller(), await light.caller()]
            await cancel(attempt)
            await asyncio.gather(*(member.gone() for member in family))

    uvloop.run(scenario())


async def cancel(attempt: asyncio.Task[object]) -> None:
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(attempt), 5)
