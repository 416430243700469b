"""Results as a table: what was measured, against what target."""

from collections.abc import Sequence
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

    @property
    def figures(self) -> tuple[float, float, float]:
        """The least, the median and the greatest."""
        return min(self.values), median(self.values), max(self.values)

    @property
    def verdict(self) -> str:
        """Whether the target was met; empty when there is none."""
        if not self.target:
            return ""
        return "ok" if self.met else "MISSED"

    def line(self) -> str:
        """Return the row for a terminal."""
        low, middle, high = self.figures
        return f"{self.what:<78} {low:>9.2f} {middle:>9.2f} {high:>9.2f} {self.unit:<4} {self.target:<8} {self.verdict}"

    def markdown(self) -> str:
        """Return the row for a Markdown table."""
        low, middle, high = self.figures
        return f"| {self.what} | {low:.2f} | {middle:.2f} | {high:.2f} | {self.unit} | {self.target} | {self.verdict} |"


HEADER = f"{'':<78} {'min':>9} {'median':>9} {'max':>9}"
MARKDOWN_HEADER = "| what | min | median | max | | target | |\n|---|---:|---:|---:|---|---|---|"


def at_least(target: float, what: str, values: Sequence[float], unit: str = "x") -> Row:
    """Return a row whose median has to reach the target."""
    return Row(what, unit, tuple(values), f">= {target:g}", median(values) >= target)


def at_most(target: float, what: str, values: Sequence[float], unit: str = "x") -> Row:
    """Return a row whose median must not exceed the target."""
    return Row(what, unit, tuple(values), f"<= {target:g}", median(values) <= target)


def shown(what: str, unit: str, values: Sequence[float]) -> Row:
    """Return a row without a target."""
    return Row(what, unit, tuple(values), "", met=True)


def over(theirs: Sequence[float], ours: Sequence[float]) -> list[float]:
    """Return the ratio of each repeat."""
    return [their / our for their, our in zip(theirs, ours, strict=True)]


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
