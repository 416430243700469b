import type { Action, Release } from "../api/documents";
import { ACTIONS, primaryAction, whyNot } from "../store/actions";
import { ActionButton } from "./ActionButton";
import { useObserved, useStores } from "./app";

const ON_RELEASE = (Object.keys(ACTIONS) as Action[]).filter((action) => !action.endsWith("_TASK"));

/** Every action on the release: those that can be done now, and the others with the reason why not. */
export function ReleaseActions({ release, scopes }: { release: Release; scopes: readonly string[] | null }) {
  const { performer } = useStores();
  const refused = useObserved(performer.refused);
  const { actions, currentPhase } = release.statusResponse;
  const primary = primaryAction(actions);
  const reasons = new Map(ON_RELEASE.map((action) => [action, whyNot(action, currentPhase, actions, scopes)]));
  const possible = ON_RELEASE.filter((action) => !reasons.get(action));
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
  return (
    <div className="actions">
      {possible.length ? <div className="buttons">{possible.map(button)}</div> : null}
      {impossible.length ? (
        <div className="buttons not-now">
          <span className="quiet">Not now</span>
          {impossible.map(button)}
        </div>
      ) : null}
      {messages.map((message) => (
        <p key={message} className="trouble" role="alert">
          {message}
        </p>
      ))}
    </div>
  );
}
