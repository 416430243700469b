import type { ReleaseEvent, Task } from "../api/documents";
import { ACTIONS } from "./actions";
import { PHASE_NAME, TONE, type Tone } from "./phases";
import { STORE_NAME } from "./stores";

export interface EventWords {
  readonly text: string;
  readonly note: string | null;
  readonly tone: Tone;
}

const TASK: Readonly<Record<string, readonly [string, Tone]>> = {
  PENDING: ["waits for its next attempt", "idle"],
  IN_PROGRESS: ["began", "run"],
  AWAITING_CALLBACK: ["waits for a report", "run"],
  COMPLETED: ["done", "good"],
  FAILED: ["failed", "bad"],
  SKIPPED: ["skipped", "off"],
};

const CYCLE: Readonly<Record<string, readonly [string, Tone]>> = {
  NOT_STARTED: ["opened", "run"],
  IN_PROGRESS: ["runs", "run"],
  DONE: ["done", "good"],
  ABANDONED: ["abandoned", "off"],
};

/** An event of the history in words; `tasks` are those that it may speak of. */
export function eventWords(event: ReleaseEvent, tasks: readonly Pick<Task, "id" | "name">[]): EventWords {
  switch (event.__typename) {
    case "ReleaseCreated":
      return { text: `Release ${event.version} created`, note: null, tone: "idle" };
    case "ActionPerformed":
      return {
        text: `${event.action ? ACTIONS[event.action].label : "Action"} ${nameOf(event.onTask, tasks)}`.trim(),
        note: event.reason,
        tone: event.action === "ARCHIVE" ? "off" : "idle",
      };
    case "TaskChanged": {
      const [verb, tone] = TASK[event.taskTo] ?? [event.taskTo, "idle"];
      const attempt = event.attempt > 1 ? `, attempt ${event.attempt}` : "";
      const cycle = event.cycle ? `RC${event.cycle} · ` : "";
      const failed = event.taskTo === "FAILED" || event.taskTo === "PENDING";
      return { text: `${cycle}${event.name} ${verb}${attempt}`, note: failed ? event.reason : null, tone };
    }
    case "CycleChanged": {
      const [verb, tone] = CYCLE[event.cycleTo] ?? [event.cycleTo, "idle"];
      return { text: `${event.tag} ${verb}`, note: null, tone };
    }
    case "StoreReviewed": {
      const approved = event.decision === "APPROVED";
      const text = `${STORE_NAME[event.store]} ${approved ? "approved" : "rejected"} it`;
      return { text, note: event.message, tone: approved ? "good" : "bad" };
    }
    case "PhaseChanged":
      return { text: PHASE_NAME[event.to], note: null, tone: TONE[event.to] };
    default:
      return { text: "Something happened", note: null, tone: "idle" };
  }
}

function nameOf(id: string | null, tasks: readonly Pick<Task, "id" | "name">[]): string {
  return tasks.find((task) => task.id === id)?.name ?? "";
}
