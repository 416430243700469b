"""How much is measured: enough to trust the figures, or (`--quick`) just enough to see that the benchmarks run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Repeats of each comparison, and the share of the full amount of work in each."""

    repeats: int = 5
    share: float = 1.0

    def of(self, amount: int) -> int:
        """Return that share of an amount."""
        return max(1, int(amount * self.share))


FULL = Scale()
QUICK = Scale(repeats=1, share=0.1)
