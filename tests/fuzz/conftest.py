"""What the fuzz tests share: how to repeat them, and their figures at the end."""

from collections.abc import Callable

import pytest

from tests.fuzz.scale import FUZZ, SEED


@pytest.fixture
def figures(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to tell what was sent and measured; it is shown at the end of a long run."""
    return lambda line: record_property("fuzzed", f"{request.node.name}: {line}")


def pytest_report_header() -> str:
    """Tell how to repeat a run."""
    return f"fuzz: FUZZ={FUZZ:g} SEED={SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures of a long run."""
    reports = (report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ()))
    lines = [value for report in reports for name, value in report.user_properties if name == "fuzzed"]
    if FUZZ and lines:
        terminalreporter.section(f"fuzz, SEED={SEED}")
        terminalreporter.write("\n".join(lines) + "\n")
