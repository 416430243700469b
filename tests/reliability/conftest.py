"""Fixtures of the reliability tiers, and their figures at the end of a long run."""

from collections.abc import Callable

import pytest

from tests.reliability.scale import CHAOS, SEED


@pytest.fixture
def figures(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to tell what was measured; it is shown at the end of a long run."""
    return lambda line: record_property("figures", f"{request.node.name}: {line}")


def pytest_report_header() -> str:
    """Tell how to repeat a run."""
    return f"reliability: CHAOS={CHAOS:g} SEED={SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures of a long run."""
    if not CHAOS:
        return
    reports = (report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ()))
    lines = [value for report in reports for name, value in report.user_properties if name == "figures"]
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write("\n".join(lines) + "\n")
