import type { Connection } from "../api/wire";
import { length } from "../store/times";
import { useObserved, useStores } from "./app";

const WORDS: Readonly<Record<Connection["state"], string>> = {
  live: "Live",
  connecting: "Connecting",
  refused: "Signed out",
  offline: "Offline",
  reconnecting: "Reconnecting",
};

/** Whether what is shown is what is: live, reconnecting, offline. What counts is not read aloud: it never ends. */
export function ConnectionBadge() {
  const { connection } = useStores();
  const now = useObserved(connection);
  return (
    <p className="connection" data-state={now.state} role="status">
      <span className="dot" aria-hidden="true" />
      <span>
        {WORDS[now.state]}
        {"since" in now ? <Since connection={now} /> : null}
      </span>
    </p>
  );
}

function Since({ connection }: { connection: Connection & { readonly since: number } }) {
  const { clock } = useStores();
  useObserved(clock.seconds);
  const attempt = connection.state === "reconnecting" ? `attempt ${connection.attempt}, ` : "";
  return (
    <small className="time" aria-hidden="true">
      {`${attempt}last heard ${length(Date.now() - connection.since)} ago`}
    </small>
  );
}
