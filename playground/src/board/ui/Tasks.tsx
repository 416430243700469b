import { type ReactNode, useState } from "react";
import type { Release, Task } from "../api/documents";
import { TaskRow } from "./TaskRow";

interface Group {
  readonly key: string;
  readonly title: string;
  readonly tasks: readonly Task[];
}

/** The tasks by stage, those of regression by cycle; what runs or failed opens. */
export function Tasks({ release, scopes }: { release: Release; scopes: readonly string[] | null }) {
  return (
    <>
      {groupsOf(release).map((group) => (
        <TaskGroup key={group.key} group={group} busy={isBusy(group, release)}>
          {group.tasks.map((task) => (
            <TaskRow key={task.id} task={task} release={release} scopes={scopes} />
          ))}
        </TaskGroup>
      ))}
    </>
  );
}

/** Opens by itself, but never folds under who reads it. */
function TaskGroup({ group, busy, children }: { group: Group; busy: boolean; children: ReactNode }) {
  const [open, setOpen] = useState(busy);
  const [before, setBefore] = useState(busy);
  if (busy !== before) {
    setBefore(busy);
    if (busy) setOpen(true);
  }
  return (
    <details className="group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h3>{group.title}</h3>
        <span className="count">
          {group.tasks.filter(isSettled).length} of {group.tasks.length}
        </span>
      </summary>
      <ul>{children}</ul>
    </details>
  );
}

function groupsOf(release: Release): Group[] {
  const of = (stage: Task["stage"]) => release.tasks.filter((task) => task.stage === stage);
  const cycles = release.cycles.map((cycle) => ({
    key: cycle.id,
    title: `Regression ${cycle.tag}`,
    tasks: of("STAGE_2").filter((task) => task.cycle?.number === cycle.number),
  }));
  const groups = [
    { key: "kickoff", title: "Kickoff", tasks: of("STAGE_1") },
    ...cycles,
    { key: "pre-release", title: "Pre-release", tasks: of("STAGE_3") },
  ];
  return groups.filter((group) => group.tasks.length > 0);
}

function isSettled(task: Task): boolean {
  return task.status === "COMPLETED" || task.status === "SKIPPED" || (task.status === "FAILED" && !task.critical);
}

function isBusy(group: Group, release: Release): boolean {
  const busy = group.tasks.some((task) => ["IN_PROGRESS", "AWAITING_CALLBACK", "FAILED"].includes(task.status));
  const unfinished = group.tasks.some((task) => !isSettled(task));
  const first = groupsOf(release).find((other) => other.tasks.some((task) => !isSettled(task)));
  return busy || (unfinished && first?.key === group.key);
}
