import type { Card, PhaseChange } from "../api/documents";
import { titleOf } from "./title";

/** How many the feed shows. */
export const KEPT = 60;

/** A phase change as the feed shows it. */
export interface Activity extends Pick<PhaseChange, "cursor" | "from" | "to" | "occurredAt" | "actor" | "reason"> {
  readonly releaseId: string;
  readonly title: string;
}

export function activityOf(
  change: Omit<Activity, "releaseId" | "title">,
  release: Pick<Card, "id" | "name" | "version">,
): Activity {
  const { cursor, from, to, occurredAt, actor, reason } = change;
  return { cursor, from, to, occurredAt, actor, reason, releaseId: release.id, title: titleOf(release) };
}

/** The newest first, as many as the feed shows. */
export function latest(items: readonly Activity[]): Activity[] {
  return [...items].sort((one, other) => (one.occurredAt < other.occurredAt ? 1 : -1)).slice(0, KEPT);
}
