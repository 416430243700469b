import { expect, it } from "vitest";
import type { ReleaseEvent } from "../api/documents";
import { eventWords } from "./eventWords";
import { folded } from "./history";

function event(number: number, more: Partial<ReleaseEvent> & { __typename: string }): ReleaseEvent {
  const common = { id: `evt-${number}`, cursor: `c${number}`, releaseId: "rel-a", occurredAt: "2026-01-15T12:00:00Z" };
  return { ...common, actor: null, ...more } as ReleaseEvent;
}

const TASKS = [
  { id: "tsk-a-1", name: "build" },
  { id: "tsk-a-2", name: "sign-off" },
];

const words = (events: ReleaseEvent[]) => events.map((one) => eventWords(one, TASKS).text);

it("tells once that a cycle began and once that it runs", () => {
  const cycle = { __typename: "CycleChanged", tag: "RC1" } as const;
  const phase = { __typename: "PhaseChanged" } as const;
  const events = [
    event(6, { ...phase, to: "REGRESSION_CYCLE_RUNNING", revision: 8 }),
    event(5, { __typename: "ActionPerformed", action: "RESUME", revision: 8 }),
    event(4, { ...phase, to: "REGRESSION_CYCLE_RUNNING", revision: 5 }),
    event(3, { ...cycle, cycleTo: "IN_PROGRESS", revision: 5 }),
    event(2, { ...phase, to: "REGRESSION_CYCLE_STARTING", revision: 4 }),
    event(1, { ...cycle, cycleTo: "NOT_STARTED", revision: 4 }),
  ];
  expect(words(folded(events))).toEqual(["Cycle running", "Resume", "RC1 runs", "RC1 opened"]);
});

it("keeps both of what a cycle's end and the phase after it say", () => {
  const events = [
    event(2, { __typename: "PhaseChanged", to: "REGRESSION_AWAITING_NEXT_CYCLE", revision: 9 }),
    event(1, { __typename: "CycleChanged", tag: "RC1", cycleTo: "DONE", revision: 9 }),
  ];
  expect(words(folded(events))).toEqual(["Awaiting next cycle", "RC1 done"]);
});

it("names the task that somebody retried or skipped", () => {
  const acted = { __typename: "ActionPerformed", reason: null } as const;
  const events = [
    event(3, { ...acted, action: "RETRY_TASK", onTask: "tsk-a-1" }),
    event(2, { ...acted, action: "SKIP_TASK", onTask: "tsk-a-2" }),
    event(1, { ...acted, action: "START", onTask: null }),
  ];
  expect(words(events)).toEqual(["Retry build", "Skip sign-off", "Start"]);
});
