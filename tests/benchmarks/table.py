"""Results as a table: what was measured, against what target."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure; `target` in words, `met` by the median."""

    what: str
    unit: str
    values: tuple[float, ...]
    target: str
    met: bool

    def line(self) -> str:
        """Return the row for a terminal."""
        low, middle, high = min(self.values), median(self.values), max(self.values)
        mark = "ok" if self.met else "MISSED"
        return f"{self.what:<62} {low:>9.2f} {middle:>9.2f} {high:>9.2f} {self.unit:<6} {self.target:<14} {mark}"


HEADER = f"{'':<62} {'min':>9} {'median':>9} {'max':>9}"


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
