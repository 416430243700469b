import type { Card, Phase } from "../api/documents";

export type LaneKey = "attention" | "start" | "kickoff" | "regression" | "preRelease" | "stores" | "finished";

export interface LaneInfo {
  readonly key: LaneKey;
  readonly title: string;
  readonly empty: string;
}

export const LANES: readonly LaneInfo[] = [
  { key: "attention", title: "Needs attention", empty: "Nothing waits for you." },
  { key: "start", title: "To start", empty: "Create a release from a plan." },
  { key: "kickoff", title: "Kickoff", empty: "Start a release to see it here." },
  { key: "regression", title: "Regression", empty: "Cycles run here after kickoff." },
  { key: "preRelease", title: "Pre-release", empty: "Comes after the last cycle." },
  { key: "stores", title: "Stores", empty: "Nothing is in review." },
];

/** `null`: the lane of the stage that the release was paused in. */
const LANE: Readonly<Record<Phase, LaneKey | null>> = {
  NOT_STARTED: "start",
  KICKOFF: "kickoff",
  AWAITING_REGRESSION: "attention",
  REGRESSION_CYCLE_STARTING: "regression",
  REGRESSION_CYCLE_RUNNING: "regression",
  REGRESSION_AWAITING_NEXT_CYCLE: "regression",
  AWAITING_POST_REGRESSION: "attention",
  POST_REGRESSION: "preRelease",
  SUBMITTED: "stores",
  COMPLETED: "finished",
  PAUSED_BY_USER: null,
  PAUSED_BY_FAILURE: "attention",
  ARCHIVED: "finished",
};

export type Tone = "bad" | "wait" | "run" | "idle" | "good" | "off";

export const TONE: Readonly<Record<Phase, Tone>> = {
  NOT_STARTED: "idle",
  KICKOFF: "run",
  AWAITING_REGRESSION: "wait",
  REGRESSION_CYCLE_STARTING: "run",
  REGRESSION_CYCLE_RUNNING: "run",
  REGRESSION_AWAITING_NEXT_CYCLE: "idle",
  AWAITING_POST_REGRESSION: "wait",
  POST_REGRESSION: "run",
  SUBMITTED: "run",
  COMPLETED: "good",
  PAUSED_BY_USER: "off",
  PAUSED_BY_FAILURE: "bad",
  ARCHIVED: "off",
};

/** Short names for feeds, where the clock times of `displayText` would be of another moment. */
export const PHASE_NAME: Readonly<Record<Phase, string>> = {
  NOT_STARTED: "Not started",
  KICKOFF: "Kickoff",
  AWAITING_REGRESSION: "Awaiting regression",
  REGRESSION_CYCLE_STARTING: "Cycle starting",
  REGRESSION_CYCLE_RUNNING: "Cycle running",
  REGRESSION_AWAITING_NEXT_CYCLE: "Awaiting next cycle",
  AWAITING_POST_REGRESSION: "Awaiting pre-release",
  POST_REGRESSION: "Pre-release",
  SUBMITTED: "Submitted to stores",
  COMPLETED: "Released",
  PAUSED_BY_USER: "Paused by user",
  PAUSED_BY_FAILURE: "Paused, task failed",
  ARCHIVED: "Archived",
};

const URGENCY: Partial<Record<Phase, number>> = { PAUSED_BY_FAILURE: 0 };

export function laneOf(card: Card): LaneKey {
  const { currentPhase, stages } = card.statusResponse;
  const lane = LANE[currentPhase];
  if (lane) return lane;
  if (stages.stage1 !== "COMPLETED") return "kickoff";
  return stages.stage2 === "COMPLETED" ? "preRelease" : "regression";
}

export type Lanes = Readonly<Record<LaneKey, readonly Card[]>>;

/** The cards of each lane: what failed first, then the oldest release, so that cards keep their places. */
export function lanesOf(cards: Iterable<Card>): Lanes {
  const lanes: Record<LaneKey, Card[]> = {
    attention: [],
    start: [],
    kickoff: [],
    regression: [],
    preRelease: [],
    stores: [],
    finished: [],
  };
  for (const card of cards) lanes[laneOf(card)].push(card);
  for (const lane of Object.values(lanes)) lane.sort(inOrder);
  lanes.finished.sort((one, other) => compare(other.updatedAt, one.updatedAt));
  return lanes;
}

function inOrder(one: Card, other: Card): number {
  const urgency = urgencyOf(one) - urgencyOf(other);
  return urgency || compare(one.createdAt, other.createdAt) || compare(one.id, other.id);
}

function urgencyOf(card: Card): number {
  return URGENCY[card.statusResponse.currentPhase] ?? 1;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function matches(card: Card, search: string): boolean {
  const text = `${card.name} ${card.version} ${card.id} ${card.statusResponse.displayText}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
