from itertools import islice

from phaseboard.cli.follow import LONGEST_WAIT, SHORTEST_WAIT, waits


def test_each_further_try_waits_longer_up_to_a_limit_and_never_quite_the_same() -> None:
    runs = [list(islice(waits(), 2000)) for _ in range(3)]
    for run in runs:
        assert SHORTEST_WAIT / 2 <= run[0] <= SHORTEST_WAIT
        assert SHORTEST_WAIT <= run[2] <= SHORTEST_WAIT * 4
        assert all(LONGEST_WAIT / 2 <= wait <= LONGEST_WAIT for wait in run[6:])
    assert len({run[0] for run in runs}) > 1
