import type { Action, Release } from "../api/documents";
import { ACTIONS, primaryAction, whyNot } from "../store/actions";
import { ActionButton } from "./ActionButton";
import { useObserved, useStores } from "./app";
import { FailedTasks } from "./FailedTasks";
import { waitsForPerson } from "./TaskRow";

const ON_RELEASE = (Object.keys(ACTIONS) as Action[]).filter((action) => !action.endsWith("_TASK"));

/** Every action on the release: those that can be done now, and the others with the reason why not. */
export function ReleaseActions({ release, scopes }: { release: Release; scopes: readonly string[] | null }) {
  const { performer } = useStores();
  const refused = useObserved(performer.refused);
  const { actions, currentPhase } = release.statusResponse;
  const primary = primaryAction(actions);
  const reasons = new Map(ON_RELEASE.map((action) => [action, whyNot(action, currentPhase, actions, scopes)]));
  const possible = ON_RELEASE.filter((action) => !reasons.get(action) && action !== "ARCHIVE");
  const impossible = ON_RELEASE.filter((action) => reasons.get(action));
  const messages = ON_RELEASE.map((action) => refused.get(`${action} ${release.id}`)).filter(Boolean);
  const button = (action: Action) => (
    <ActionButton
      key={action}
      action={action}
      release={release}
      reason={reasons.get(action) ?? null}
      primary={action === primary}
    />
  );
  if (currentPhase === "COMPLETED" || currentPhase === "ARCHIVED") return null;
  return (
    <div className="actions">
      {currentPhase === "PAUSED_BY_FAILURE" ? <FailedTasks release={release} scopes={scopes} /> : null}
      {release.tasks.filter(waitsForPerson).map((task) => (
        <p key={task.id} className="waits">
          <a href={`#${task.id}`}>{task.name}</a> waits for a person.
        </p>
      ))}
      {/* One list, in which they keep who they are: what was pressed has the focus still when it is possible no more. */}
      <div className="buttons">
        {[
          ...possible.map(button),
          <span key="not-now" className="not-now quiet">
            Not now
          </span>,
          ...impossible.map(button),
          reasons.get("ARCHIVE") ? null : button("ARCHIVE"),
        ]}
      </div>
      {messages.map((message) => (
        <p key={message} className="trouble" role="alert">
          {message}
        </p>
      ))}
    </div>
  );
}
