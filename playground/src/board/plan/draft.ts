import { EXAMPLES } from "./examples";

const KEY = "phaseboard.draft";

/** What stands in the editor, and what was written there before an example took its place. */
export interface Draft {
  readonly text: string;
  readonly before: string;
}

const NOTHING: Draft = { text: "", before: "" };

/** The draft that this tab keeps, until a release was made of it. */
export function keptDraft(storage: Storage = sessionStorage): Draft {
  return { ...NOTHING, ...(JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Draft>) };
}

export function keepDraft(draft: Draft, storage: Storage = sessionStorage): Draft {
  if (draft.text || draft.before) storage.setItem(KEY, JSON.stringify(draft));
  else storage.removeItem(KEY);
  return draft;
}

export function forgetDraft(storage: Storage = sessionStorage): void {
  storage.removeItem(KEY);
}

/** Put another text in the place of what was written, which is kept unless it is an example as it comes. */
export function replaced({ text, before }: Draft, next: string): Draft {
  const own = text.trim() !== "" && !EXAMPLES.some((example) => example.text === text);
  return { text: next, before: own ? text : before };
}
