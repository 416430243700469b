"""How much is thrown at the server: in every test run a little, with FUZZ=1 (`make fuzz`) the long form.

FUZZ=1      100,000 requests, 10,000 frames; 0.1 a tenth of it; without it the short form
SEED=4711   everything that is sent follows from it; a failure names the number of its case
"""

import os
from random import Random

FUZZ = float(os.environ.get("FUZZ") or 0)
SEED = int(os.environ.get("SEED") or 1)


def scaled(short: int, long: int) -> int:
    """Return how many there are."""
    return max(short, round(long * FUZZ)) if FUZZ else short


def chance(kind: str, number: int) -> Random:
    """Return what a case is made from: the same for the same seed, kind and number."""
    return Random(f"{SEED} {kind} {number}")
