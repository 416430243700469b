import type { Action, Card } from "../api/documents";
import { MUTATION } from "../api/mutations";
import { ACTIONS } from "../store/actions";
import { titleOf } from "../store/title";
import { useObserved, useStores } from "./app";

export interface Acting {
  readonly pending: boolean;
  readonly refused: string | null;
  readonly act: () => void;
}

export interface Target {
  readonly release: Pick<Card, "id" | "name" | "version">;
  /** The task of RETRY_TASK and SKIP_TASK. */
  readonly task?: { readonly id: string; readonly name: string };
}

/** Why nothing can be done now, whatever it is; null when something can. */
export function useAway(): string | null {
  return "since" in useObserved(useStores().connection) ? "No connection." : null;
}

/** How to perform an action: asked first where it is not easily undone, pending until the server has decided. */
export function useAction(action: Action, { release, task }: Target): Acting {
  const { board, performer, question } = useStores();
  const info = ACTIONS[action];
  const title = titleOf(release);
  const key = `${action} ${task?.id ?? release.id}`;
  const perform = (reason: string | null) => {
    const target = task ? { taskId: task.id } : { releaseId: release.id };
    const done = performer.perform(
      key,
      MUTATION[action],
      { ...target, reason },
      `${info.done} ${task?.name ?? title}.`,
    );
    if (task) void done.then(() => board.readFailed([release.id]));
  };
  const act = () => {
    if (!info.warning) return perform(null);
    question.set({
      title: task ? `Skip “${task.name}”?` : `${info.label}?`,
      subject: title,
      warning: info.warning,
      label: info.label,
      answer: perform,
    });
  };
  return {
    pending: useObserved(performer.pending).has(key),
    refused: useObserved(performer.refused).get(key) ?? null,
    act,
  };
}
