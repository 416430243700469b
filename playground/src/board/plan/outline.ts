import { isMap } from "./document";

export interface PlanTask {
  readonly name: string;
  readonly executor: string;
  readonly needs: readonly string[];
  readonly critical: boolean;
}

export interface PlanCycle {
  readonly tag: string;
  /** Milliseconds after stage 2 was triggered. */
  readonly after: number | null;
  readonly at: string | null;
}

/** What a plan will do, as far as it can be read: the server alone says whether it may. */
export interface Outline {
  readonly title: string;
  readonly timeZone: string;
  readonly stores: readonly string[];
  readonly autoTrigger: { readonly stage2: boolean; readonly stage3: boolean };
  readonly kickoff: readonly PlanTask[];
  readonly cycles: readonly PlanCycle[];
  readonly regression: readonly PlanTask[];
  readonly preRelease: readonly PlanTask[];
}

export function outlineOf(plan: Readonly<Record<string, unknown>>): Outline {
  const regression = isMap(plan.regression) ? plan.regression : {};
  const auto = isMap(plan.autoTrigger) ? plan.autoTrigger : {};
  const name = text(plan.name) || "Unnamed release";
  const version = text(plan.version);
  return {
    title: name.includes(version) ? name : `${name} ${version}`,
    timeZone: zone(text(plan.timeZone)),
    stores: list(plan.stores).map(text),
    autoTrigger: { stage2: auto.stage2 === true, stage3: auto.stage3 === true },
    kickoff: tasks(plan.kickoff),
    cycles: list(regression.cycles).map(cycle),
    regression: tasks(regression.tasks),
    preRelease: tasks(plan.preRelease),
  };
}

/** A length of time as plans write it, `1h30m`, in milliseconds; null for what is none. */
export function duration(written: string): number | null {
  if (!/^(\d+[dhms])+$/.test(written)) return null;
  const unit: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };
  return [...written.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, key]) => sum + Number(count) * (unit[key ?? ""] ?? 0),
    0,
  );
}

function cycle(given: unknown, index: number): PlanCycle {
  const { after, scheduledAt } = isMap(given) ? given : {};
  return {
    tag: `RC${index + 1}`,
    after: typeof after === "string" ? duration(after) : null,
    at: typeof scheduledAt === "string" && !Number.isNaN(Date.parse(scheduledAt)) ? scheduledAt : null,
  };
}

function tasks(given: unknown): PlanTask[] {
  let before: string | null = null;
  return list(given).map((item) => {
    const task = isMap(item) ? item : {};
    const name = text(task.name) || "Unnamed task";
    const needs = Array.isArray(task.needs) ? task.needs.map(text) : before ? [before] : [];
    before = name;
    return { name, executor: text(task.executor) || "no executor", needs, critical: task.critical !== false };
  });
}

/** A zone that browsers know; the server says what is wrong with another. */
function zone(given: string): string {
  try {
    return given && new Intl.DateTimeFormat("en", { timeZone: given }) ? given : "UTC";
  } catch {
    return "UTC";
  }
}

function list(given: unknown): unknown[] {
  return Array.isArray(given) ? given : [];
}

function text(given: unknown): string {
  return typeof given === "string" || typeof given === "number" ? String(given) : "";
}
