"""The long runs: `python -m tests.reliability chaos|soak|mutants`; each prints its seed and repeats from it.

chaos       the tiers in their long form; CHAOS=0.1 a tenth of it; what follows goes to pytest (-k kills)
soak        a server under load with restarts, for SOAK_MINUTES
mutants     faults that the tests have to notice; MUTANTS=all for all of them
"""

import os
import secrets
import sys

import pytest


def main(command: str, *more: str) -> int:
    """Run one of them; returns the exit code."""
    os.environ.setdefault("SEED", str(secrets.randbelow(1_000_000)))
    print(f"SEED={os.environ['SEED']} repeats this run", flush=True)
    if command == "chaos":
        os.environ.setdefault("CHAOS", "1")
        return pytest.main(["tests/reliability", "-n", "2", "-p", "no:randomly", *more])
    if command == "soak":
        from tests.reliability import soak  # noqa: PLC0415 - reads the environment

        return soak.main()
    if command == "mutants":
        from tests.reliability import mutants  # noqa: PLC0415 - reads the environment

        return mutants.main()
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
