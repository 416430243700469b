import type { Action, Phase, Release, Task } from "../api/documents";
import { cardOf } from "./fakeWire";

export function taskOf(name: string, status: Task["status"], more: Partial<Task> = {}): Task {
  return {
    id: `tsk-${name}`,
    name,
    stage: "STAGE_1",
    status,
    executor: "simulated",
    critical: true,
    needs: [],
    attempt: 1,
    startedAt: "2026-01-15T11:50:00Z",
    finishedAt: null,
    nextAttemptAt: null,
    deadline: null,
    externalUrl: null,
    failureReason: null,
    output: null,
    cycle: null,
    attempts: [],
    ...more,
  };
}

/** A release as its page has it: `more` is what it differs in from one that just began. */
export function releaseOf(phase: Phase, more: Partial<Release> = {}, actions: Action[] = []): Release {
  const { statusResponse, ...card } = cardOf("rel-a", phase, { name: "Shop", version: "4.2.0", status: { actions } });
  return {
    ...card,
    status: "IN_PROGRESS",
    timeZone: "UTC",
    nextCycleAt: null,
    createdBy: null,
    stores: [],
    cycles: [],
    tasks: [],
    events: { nodes: [], pageInfo: { hasPreviousPage: false } },
    statusResponse: { ...statusResponse, cursor: "c1", cron: { status: "RUNNING", pauseType: "NONE" } },
    ...more,
  } as Release;
}
