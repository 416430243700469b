"""How long the tiers run: in every test run a little, in the long form as the design says.

CHAOS=1      the whole long form; 0.1 a tenth of it; without it the short form
SEED=4711    begin with this seed; what failed is repeated by naming its seed
"""

import os
from itertools import pairwise

CHAOS = float(os.environ.get("CHAOS") or 0)
SEED = int(os.environ.get("SEED") or 1)


def scaled(short: int, long: int) -> int:
    """Return how often something is done."""
    return max(short, round(long * CHAOS)) if CHAOS else short


def seeds(count: int, parts: int = 1) -> list[range]:
    """Return the seeds to go through, in parts of about the same size."""
    ends = [SEED + count * part // parts for part in range(parts + 1)]
    return [range(first, last) for first, last in pairwise(ends) if last > first]
