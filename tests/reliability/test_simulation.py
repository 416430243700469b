"""T3: several nodes in virtual time with faults; whatever the seed, all releases end and every invariant holds."""

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.reliability.history import History
from tests.reliability.invariants import InvariantBroken, check_invariants
from tests.reliability.scale import CHAOS, scaled, seeds
from tests.reliability.simulation import Simulation
from tests.reliability.virtual import Stuck, run_virtually

SEEDS = scaled(500, 100_000)
PARTS = 4

pytestmark = pytest.mark.timeout(120 + SEEDS)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Faults are made here by the thousand: nobody needs to read of them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def run(seed: int) -> tuple[Simulation, History]:
    simulation = Simulation(seed)
    return simulation, run_virtually(simulation.run())


@pytest.mark.parametrize("part", seeds(SEEDS, PARTS), ids=str)
def test_every_release_comes_to_its_end(part: range, figures: Callable[[str], None]) -> None:
    events = calls = faults = 0
    for seed in part:
        try:
            simulation, history = run(seed)
            check_invariants(history)
        except (TimeoutError, Stuck, InvariantBroken, ExceptionGroup) as error:
            raise AssertionError(f"seed {seed}: SEED={seed} repeats it") from error
        events, calls = events + len(history.events), calls + len(history.calls)
        faults += len(simulation.happened)
    figures(f"{len(part)} seeds, {events} events, {calls} calls of executors, {faults} faults of the store")


@pytest.mark.skipif(CHAOS > 0, reason="says nothing more in a long run")
def test_a_seed_repeats() -> None:
    (_, once), (_, again) = run(7), run(7)
    assert once.events == again.events
    assert once.calls == again.calls
