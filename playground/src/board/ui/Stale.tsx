import { useObserved, useStores } from "./app";

/** Whether what is shown may be of before: nothing comes from the server now. */
export function useStale(): boolean {
  return useObserved(useStores().connection).state !== "live";
}

/** Says so where people look, in words: that it is pale tells too little. */
export function Stale() {
  return useStale() ? <p className="stale">Not connected: what is shown may be old.</p> : null;
}
