import type { Connection } from "../api/wire";
import { length } from "../store/times";
import { useObserved, useStores } from "./app";

/** Whether what is shown is what is: live, reconnecting, offline. */
export function ConnectionBadge() {
  const { connection } = useStores();
  const now = useObserved(connection);
  return (
    <p className="connection" data-state={now.state} role="status">
      <span className="dot" aria-hidden="true" />
      <Words connection={now} />
    </p>
  );
}

function Words({ connection }: { connection: Connection }) {
  switch (connection.state) {
    case "live":
      return <>Live</>;
    case "connecting":
      return <>Connecting</>;
    case "refused":
      return <>Signed out</>;
    case "offline":
      return (
        <>
          Offline, last update <Since instant={connection.since} />
        </>
      );
    case "reconnecting":
      return (
        <>
          Reconnecting, attempt {connection.attempt}, last update <Since instant={connection.since} />
        </>
      );
  }
}

function Since({ instant }: { instant: number }) {
  const { clock } = useStores();
  useObserved(clock.seconds);
  return <span className="time">{length(Date.now() - instant)} ago</span>;
}
