import type { Card, FailedTask } from "../api/documents";
import type { Activity } from "./activity";

export interface Viewer {
  readonly name: string;
  readonly scopes: readonly string[];
}

/** What the board shows. */
export interface Board {
  readonly state: "loading" | "ready" | "failed";
  readonly message: string;
  readonly cards: ReadonlyMap<string, Card>;
  /** When each release entered its phase, where that is known. */
  readonly since: ReadonlyMap<string, string>;
  readonly failed: ReadonlyMap<string, readonly FailedTask[]>;
  /** Newest first. */
  readonly activity: readonly Activity[];
  readonly viewer: Viewer | null;
  readonly version: string;
  /** Whether releases that are over were asked for, and whether there are more of them. */
  readonly finished: { readonly loaded: boolean; readonly more: boolean };
  /** Releases that are over and have in them what is searched for. */
  readonly found: { readonly cards: readonly Card[]; readonly more: boolean };
}

export const EMPTY: Board = {
  state: "loading",
  message: "",
  cards: new Map(),
  since: new Map(),
  failed: new Map(),
  activity: [],
  viewer: null,
  version: "",
  finished: { loaded: false, more: false },
  found: { cards: [], more: false },
};
