import { useSyncExternalStore } from "react";
import { ago, length, moment, roughly } from "../store/times";
import { useStores } from "./app";

/** Words that change with the clock; only when they do, something is drawn. */
function useWords(words: (now: number) => string): string {
  const { seconds } = useStores().clock;
  return useSyncExternalStore(seconds.subscribe, () => words(seconds.get()));
}

interface Span {
  readonly since: string;
  readonly until?: string | null;
  /** In its largest unit alone. */
  readonly rough?: boolean;
}

/** How long something has lasted, counting up. */
export function Elapsed({ since, until, rough = false }: Span) {
  const words = useWords((now) => (rough ? roughly : length)((until ? Date.parse(until) : now) - Date.parse(since)));
  return <span className="time">{words}</span>;
}

/** How long ago something was, roughly; the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const instant = Date.parse(at);
  const { clock, zone } = useStores();
  return (
    <time dateTime={at} title={moment(instant, clock.now(), zone)}>
      {useWords((now) => ago(instant, now))}
    </time>
  );
}

/** When something was, in the viewer's zone. */
export function Moment({ at }: { at: string }) {
  const { zone } = useStores();
  return <time dateTime={at}>{useWords((now) => moment(Date.parse(at), now, zone))}</time>;
}

/** How long until an instant by the server's clock, and when that is in the viewer's zone. */
export function Countdown({ to }: { to: string }) {
  const { zone } = useStores();
  const instant = Date.parse(to);
  return (
    <time dateTime={to} className="time countdown">
      {useWords((now) => (instant > now ? `in ${length(instant - now)}` : "due"))}
      <span className="at">
        {useWords((now) => `${instant > now ? " at " : " since "}${moment(instant, now, zone)}`)}
      </span>
    </time>
  );
}
