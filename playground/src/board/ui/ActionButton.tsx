import { useId } from "react";
import type { Action } from "../api/documents";
import { ACTIONS } from "../store/actions";
import { TIP } from "./tips";
import { type Target, useAction, useAway } from "./useAction";

interface Props extends Target {
  readonly action: Action;
  /** Why it cannot be done now; null when it can. */
  readonly reason: string | null;
  readonly primary?: boolean;
}

/** A button for an action. One that cannot be done now stays in reach of the keyboard, to tell why. */
export function ActionButton({ action, reason: given, primary = false, ...target }: Props) {
  const { pending, act } = useAction(action, target);
  const reason = useAway() ?? given;
  const id = useId();
  const info = ACTIONS[action];
  const risky = action === "ARCHIVE" ? "plain risky" : "risky";
  const kind = primary ? "primary" : info.warning && !reason ? risky : "";
  return (
    <span className="action" {...(reason ? TIP : null)}>
      <button
        type="button"
        className={kind}
        aria-disabled={reason !== null || pending}
        aria-describedby={reason ? id : undefined}
        data-action={action}
        onClick={reason || pending ? undefined : act}
      >
        {pending ? `${info.doing}…` : info.label}
        {target.task || primary ? <span className="unseen"> {target.task?.name ?? target.release.name}</span> : null}
      </button>
      {reason ? (
        <span role="tooltip" id={id} className="tip" popover="manual">
          {reason}
        </span>
      ) : null}
    </span>
  );
}
