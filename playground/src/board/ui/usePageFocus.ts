import { useEffect, useRef } from "react";
import { route } from "../store/route";
import { useObserved } from "./app";
import { cardOf } from "./useKeptFocus";

/** Puts the keyboard's place on a page that was gone to: back on the board, at the card of the release left. */
export function usePageFocus(content: string): void {
  const now = useObserved(route);
  const before = useRef(now);
  useEffect(() => {
    const left = before.current;
    before.current = now;
    if (left === now) return;
    const card = now.page === "board" && left.page === "release" ? cardOf({ dataset: { release: left.id } }) : null;
    if (card?.checkVisibility()) card.focus();
    else document.getElementById(content)?.focus({ preventScroll: true });
  }, [now, content]);
}
