import { createContext, useContext, useSyncExternalStore } from "react";
import type { Connection } from "../api/wire";
import type { BoardStore } from "../store/board";
import type { Clock } from "../store/clock";
import type { Demo } from "../store/demo";
import type { Observable } from "../store/observable";
import type { Performer } from "../store/performer";
import type { ReleaseStore } from "../store/release";
import type { Toasts } from "../store/toasts";
import type { Question } from "./question";

/** What every component may use: the stores of a signed-in page. */
export interface Stores {
  readonly board: BoardStore;
  readonly clock: Clock;
  readonly connection: Observable<Connection>;
  readonly performer: Performer;
  readonly toasts: Toasts;
  readonly question: Observable<Question | null>;
  readonly search: Observable<string>;
  readonly zone: string;
  /** What a demo offers besides; null on every other server. */
  readonly demo: Demo | null;
  /** Whether there is GraphiQL to lead to. */
  readonly graphiql: boolean;
  openRelease(id: string): ReleaseStore;
  signOut: (() => void) | null;
}

export const StoresContext = createContext<Stores | null>(null);

export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error("There are no stores around this component.");
  return stores;
}

export function useObserved<Value>(observable: Observable<Value>): Value {
  return useSyncExternalStore(observable.subscribe, observable.get);
}
