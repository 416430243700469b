import type { ReleaseEvent } from "../api/documents";

/** Two runs of events as one, newest first, each event once. */
export function merged(known: readonly ReleaseEvent[], more: readonly ReleaseEvent[]): readonly ReleaseEvent[] {
  const all = new Map([...more, ...known].map((event) => [event.id, event]));
  if (all.size === known.length) return known;
  return [...all.values()].sort((one, other) => number(other.id) - number(one.id));
}

/** Without what says the same twice: that a cycle began or runs, which is told of the cycle and of the phase. */
export function folded(events: readonly ReleaseEvent[]): ReleaseEvent[] {
  const cycles = new Set(events.filter((event) => event.__typename === "CycleChanged").map((event) => event.revision));
  return events.filter(
    (event) =>
      event.__typename !== "PhaseChanged" || !/^REGRESSION_CYCLE_/.test(event.to) || !cycles.has(event.revision),
  );
}

function number(eventId: string): number {
  return Number(eventId.replace(/\D/g, ""));
}
