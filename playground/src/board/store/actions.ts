import type { Action, Phase } from "../api/documents";

export interface ActionInfo {
  readonly label: string;
  readonly doing: string;
  /** Told of it once the server has taken it; the name of what it was done to follows. */
  readonly done: string;
  /** What is asked before it is done; null: nothing. */
  readonly warning: string | null;
  /** When the API offers it: the words of its refusal. */
  readonly when: string;
}

/** What a person may do to a release, in the guide's order. Actions on tasks stand beside their tasks. */
export const ACTIONS: Readonly<Record<Action, ActionInfo>> = {
  START: {
    label: "Start",
    doing: "Starting",
    done: "Started",
    warning: null,
    when: "A release is started once, while it is not started.",
  },
  PAUSE: {
    label: "Pause",
    doing: "Pausing",
    done: "Paused",
    warning: null,
    when: "Only a release whose stage is running or waiting for its next cycle can be paused.",
  },
  RESUME: {
    label: "Resume",
    doing: "Resuming",
    done: "Resumed",
    warning: null,
    when: "Only a release that a person paused can be resumed.",
  },
  TRIGGER_STAGE_2: {
    label: "Start regression",
    doing: "Starting regression",
    done: "Started regression of",
    warning: null,
    when: "Stage 1 (kickoff) has to be complete, and regression not yet started.",
  },
  TRIGGER_STAGE_3: {
    label: "Start pre-release",
    doing: "Starting pre-release",
    done: "Started pre-release of",
    warning: null,
    when: "Stage 2 (regression) has to be complete, and pre-release not yet started.",
  },
  RETRY_TASK: {
    label: "Retry",
    doing: "Retrying",
    done: "Retrying",
    warning: null,
    when: "A task has to have failed and paused the release.",
  },
  SKIP_TASK: {
    label: "Skip",
    doing: "Skipping",
    done: "Skipped",
    warning: "The release goes on as if this task had been settled.",
    when: "A task has to have failed and paused the release.",
  },
  ABANDON_CYCLE: {
    label: "Abandon cycle",
    doing: "Abandoning",
    done: "Abandoned the cycle of",
    warning: "The running cycle is given up; its unfinished tasks are skipped. The next cycle keeps its time.",
    when: "A regression cycle has to be running.",
  },
  SKIP_REMAINING_CYCLES: {
    label: "Skip remaining cycles",
    doing: "Skipping",
    done: "Skipped the remaining cycles of",
    warning: "The cycles still scheduled are dropped, and regression is complete.",
    when: "No cycle may be running, and at least one has to be scheduled.",
  },
  ARCHIVE: {
    label: "Archive",
    doing: "Archiving",
    done: "Archived",
    warning: "The release is cancelled for good. Nothing brings it back.",
    when: "A release is archived while it waits for a stage trigger or is paused.",
  },
};

const FIRST: Partial<Record<Phase, string>> = {
  NOT_STARTED: "Start it first.",
  PAUSED_BY_USER: "It is paused: resume it first.",
  PAUSED_BY_FAILURE: "It is paused by a failed task: retry or skip that task first.",
  SUBMITTED: "It is with the stores: wait for their verdict.",
  COMPLETED: "It is released: nothing more can be done to it.",
  ARCHIVED: "It is archived for good.",
};

export type Scope = "releases:write" | "tasks:report";

/** Why an action cannot be done now, null when it can. */
export function whyNot(
  action: Action,
  phase: Phase,
  offered: readonly Action[],
  scopes: readonly string[] | null,
): string | null {
  const missing = lacks("releases:write", scopes);
  if (missing) return missing;
  return offered.includes(action) ? null : [ACTIONS[action].when, FIRST[phase]].filter(Boolean).join(" ");
}

/** Why the caller may not do what needs a scope, null when the caller may; nobody knows before the first answer. */
export function lacks(scope: Scope, scopes: readonly string[] | null): string | null {
  if (!scopes || scopes.includes(scope) || scopes.includes("admin")) return null;
  return `Your token does not allow this: it needs the scope ${scope}.`;
}

/** The action to offer on a card: the one that moves the release on. */
export function primaryAction(offered: readonly Action[]): Action | null {
  const forwards: readonly Action[] = ["START", "RESUME", "TRIGGER_STAGE_2", "TRIGGER_STAGE_3"];
  return forwards.find((action) => offered.includes(action)) ?? null;
}
