"""What `phaseboard doctor` found, as a picture."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from phaseboard.cli.words import clean


@dataclass(frozen=True, slots=True)
class Finding:
    """One part that was looked at; what is not well comes with what to do."""

    part: str
    told: str
    well: bool = True
    advice: str = ""


def findings_table(findings: Iterable[Finding]) -> Table:
    """Return findings, one a row, and below each what to do."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        sign = Text("✓", style="green") if finding.well else Text("✗", style="red")
        told = Text(clean(finding.told), style="" if finding.well else "bold")
        if finding.advice:
            told.append(f"\n{clean(finding.advice)}", style="not bold yellow")
        table.add_row(sign, finding.part, told)
    return table
