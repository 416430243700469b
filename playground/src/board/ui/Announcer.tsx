import { useEffect, useRef, useState } from "react";
import { PHASE_NAME, TONE } from "../store/phases";
import { useObserved, useStores } from "./app";

const PAUSE = 2_000;

/** Tells screen readers of releases that need somebody; not of every step, which would never end. */
export function Announcer() {
  const { board } = useStores();
  const newest = useObserved(board.board).activity.find((item) => ["bad", "wait", "good"].includes(TONE[item.to]));
  const [said, say] = useState("");
  const before = useRef<string | null>(null);
  useEffect(() => {
    const first = before.current === null;
    if (!newest || newest.cursor === before.current) return;
    before.current = newest.cursor;
    if (first) return;
    const timer = setTimeout(() => say(`${newest.title}: ${PHASE_NAME[newest.to]}`), PAUSE);
    return () => clearTimeout(timer);
  }, [newest]);
  return (
    <p className="unseen" aria-live="polite">
      {said}
    </p>
  );
}
