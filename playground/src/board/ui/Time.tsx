import { length, moment, ago as roughly } from "../store/times";
import { useObserved, useStores } from "./app";

/** How long something has lasted, counting up. */
export function Elapsed({ since, until }: { since: string; until?: string | null }) {
  const { clock } = useStores();
  const now = useObserved(clock.seconds);
  return <span className="time">{length((until ? Date.parse(until) : now) - Date.parse(since))}</span>;
}

/** How long ago something was, roughly; the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const { clock, zone } = useStores();
  const now = useObserved(clock.seconds);
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={moment(instant, now, zone)}>
      {roughly(instant, now)}
    </time>
  );
}

/** How long until an instant by the server's clock, and when that is in the viewer's zone. */
export function Countdown({ to }: { to: string }) {
  const { clock, zone } = useStores();
  const now = useObserved(clock.seconds);
  const instant = Date.parse(to);
  return (
    <time dateTime={to} className="time countdown">
      {instant > now ? `in ${length(instant - now)}` : "due"}
      <span className="at">
        {instant > now ? " at " : " since "}
        {moment(instant, now, zone)}
      </span>
    </time>
  );
}
