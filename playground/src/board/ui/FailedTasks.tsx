import type { Release, Task } from "../api/documents";
import { whyNot } from "../store/actions";
import { ActionButton } from "./ActionButton";

interface Props {
  readonly release: Release;
  readonly scopes: readonly string[] | null;
}

/** The tasks that paused the release: why they failed, and the ways on. */
export function FailedTasks({ release, scopes }: Props) {
  const failed = release.tasks.filter((task) => task.status === "FAILED" && task.critical);
  return (
    <ul className="failed">
      {failed.map((task, index) => (
        <li key={task.id}>
          <p>
            <strong>{task.name}</strong>
            <span className="failure">{task.failureReason ?? "failed"}</span>
          </p>
          <RetryOrSkip task={task} release={release} scopes={scopes} primary={index === 0} />
        </li>
      ))}
    </ul>
  );
}

/** What can be done about a task that failed. */
export function RetryOrSkip({ task, release, scopes, primary = false }: Props & { task: Task; primary?: boolean }) {
  const { actions, currentPhase } = release.statusResponse;
  return (
    <span className="do">
      {(["RETRY_TASK", "SKIP_TASK"] as const).map((action) => (
        <ActionButton
          key={action}
          action={action}
          release={release}
          task={task}
          reason={whyNot(action, currentPhase, actions, scopes)}
          primary={primary && action === "RETRY_TASK"}
        />
      ))}
    </span>
  );
}
