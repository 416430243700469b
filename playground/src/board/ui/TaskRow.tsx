import type { Release, Task } from "../api/documents";
import { lacks } from "../store/actions";
import type { Tone } from "../store/phases";
import { titleOf } from "../store/title";
import { useObserved, useStores } from "./app";
import { DemoAnswers } from "./DemoAnswers";
import { RetryOrSkip } from "./FailedTasks";
import { Icon } from "./Icon";
import { Countdown, Elapsed } from "./Time";
import { useAway } from "./useAction";

const STATUS: Readonly<Record<Task["status"], readonly [Tone, string]>> = {
  PENDING: ["idle", "Waiting"],
  IN_PROGRESS: ["run", "Running"],
  AWAITING_CALLBACK: ["wait", "Awaiting report"],
  COMPLETED: ["good", "Done"],
  FAILED: ["bad", "Failed"],
  SKIPPED: ["off", "Skipped"],
};

interface Props {
  readonly task: Task;
  readonly release: Release;
  readonly scopes: readonly string[] | null;
}

/** A task with what is known of its attempts and what can be done about it. */
export function TaskRow({ task, release, scopes }: Props) {
  const [tone, words] = STATUS[task.status];
  const url = webAddress(task.externalUrl);
  // What a manual task prints is what the person has to do.
  const instructions = waitsForPerson(task) ? task.output : null;
  return (
    <li id={task.id} className="task" data-tone={tone} data-task={task.name} data-status={task.status}>
      <Icon name={tone} />
      <div className="what">
        <p className="name">
          {task.name} {task.critical ? null : <span className="tag">not critical</span>}
        </p>
        <p className="quiet">
          {words}
          {task.attempt > 1 ? `, attempt ${task.attempt}` : ""}
          {task.needs.length && task.status === "PENDING" ? ` for ${task.needs.join(", ")}` : ""}
          {task.nextAttemptAt && task.status === "PENDING" ? (
            <>
              {", next attempt "}
              <Countdown to={task.nextAttemptAt} />
            </>
          ) : null}
        </p>
        {task.failureReason && task.status !== "COMPLETED" ? <p className="failure">{task.failureReason}</p> : null}
        {instructions ? <p className="instructions">{instructions}</p> : null}
        <Output task={task} told={instructions} />
      </div>
      <span className="span">
        {task.startedAt && task.status !== "PENDING" ? (
          <Elapsed since={task.startedAt} until={task.finishedAt} />
        ) : null}
        {url ? (
          <a href={url} target="_blank" rel="noreferrer noopener" className="run">
            Run <span className="unseen">of {task.name}</span> <Icon name="out" />
          </a>
        ) : null}
      </span>
      <TaskActions task={task} release={release} scopes={scopes} />
    </li>
  );
}

function TaskActions({ task, release, scopes }: Props) {
  const { actions } = release.statusResponse;
  const { demo } = useStores();
  const outside = task.status === "AWAITING_CALLBACK" && task.executor !== "manual";
  if (demo && (outside || task.status === "IN_PROGRESS")) return <DemoAnswers demo={demo} task={task} />;
  if (task.status === "AWAITING_CALLBACK") return <Report task={task} release={release} scopes={scopes} />;
  if (task.status !== "FAILED" || (!task.critical && !actions.includes("RETRY_TASK"))) return null;
  return <RetryOrSkip task={task} release={release} scopes={scopes} />;
}

/** Tells how a task ended that waits for a person or for an outside system. */
function Report({ task, release, scopes }: Props) {
  const { performer, question } = useStores();
  const key = `report ${task.id}`;
  const pending = useObserved(performer.pending).has(key);
  const reason = useAway() ?? lacks("tasks:report", scopes);
  const report = (outcome: "SUCCEEDED" | "FAILED", message: string | null = null) => {
    const input = { taskId: task.id, attempt: task.attempt, outcome, message };
    void performer.perform(key, "reportTaskResult", input, `${task.name} reported as ${outcome.toLowerCase()}.`);
  };
  const fail = () =>
    question.set({
      title: `“${task.name}” failed?`,
      subject: titleOf(release),
      warning: task.critical ? "The release pauses, unless the task is retried by itself." : "The release goes on.",
      label: "Report failed",
      needsReason: true,
      answer: (message) => report("FAILED", message),
    });
  return (
    <span className="do" title={reason ?? undefined}>
      <button type="button" disabled={pending || reason !== null} onClick={() => report("SUCCEEDED")}>
        Report done<span className="unseen"> {task.name}</span>
      </button>
      <button type="button" className="risky" disabled={pending || reason !== null} onClick={fail}>
        Report failed<span className="unseen"> {task.name}</span>
      </button>
      {reason ? <span className="quiet">{reason}</span> : null}
    </span>
  );
}

function Output({ task, told }: { task: Task; told: string | null }) {
  const tries = task.attempts.filter(({ output, failureReason }) => (output && output !== told) || failureReason);
  if (!tries.length) return null;
  return (
    <details className="output">
      <summary>{tries.length > 1 ? `Output of ${tries.length} attempts` : "Output"}</summary>
      {tries.toReversed().map((attempt) => (
        <div key={attempt.number}>
          {tries.length > 1 ? (
            <p className="quiet">{`Attempt ${attempt.number}: ${attempt.failureReason ?? "done"}`}</p>
          ) : null}
          {attempt.output ? <pre tabIndex={0}>{attempt.output}</pre> : null}
        </div>
      ))}
    </details>
  );
}

export function waitsForPerson(task: Task): boolean {
  return task.status === "AWAITING_CALLBACK" && task.executor === "manual";
}

/** An address that may stand in a link: those of scripts may not. */
export function webAddress(text: string | null): string | null {
  return text && /^https?:\/\//i.test(text) ? text : null;
}
