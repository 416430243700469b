import { useEffect } from "react";
import { useStores } from "./app";
import { useAway } from "./useAction";

const TYPED = 200;

/** Has the server look among the releases that the board does not hold, once typing has come to a rest. */
export function useSearch(text: string): void {
  const { board } = useStores();
  const away = useAway();
  useEffect(() => {
    if (away) return;
    // What cannot be asked now is asked when the connection is back.
    const timer = setTimeout(() => void board.find(text).catch(() => undefined), text ? TYPED : 0);
    return () => clearTimeout(timer);
  }, [board, text, away]);
}
