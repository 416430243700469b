"""Plan files as people write them."""

PLAN = """\
name: Mobile app
version: "4.2.0"
timeZone: Europe/Berlin
kickoff:
  - name: Cut branch
    executor: simulated
    with: { durationSeconds: 0 }
  - name: Sign off
    executor: manual
regression:
  cycles:
    - after: 0s
    - after: 30m
  tasks:
    - name: Automation
      executor: simulated
      with: { durationSeconds: 0 }
preRelease:
  - name: Submit
    executor: simulated
    with: { durationSeconds: 0 }
"""

AUTOMATIC = PLAN.replace("executor: manual", "executor: simulated")


def changed(*changes: tuple[str, str], plan: str = PLAN) -> str:
    """Return the plan with some texts replaced, each of which has to be there."""
    for old, new in changes:
        assert old in plan, old
        plan = plan.replace(old, new)
    return plan
