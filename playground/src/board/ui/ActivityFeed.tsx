import { memo } from "react";
import type { Activity } from "../store/activity";
import { PHASE_NAME, TONE } from "../store/phases";
import { actorName } from "./actor";
import { Icon } from "./Icon";
import { Link } from "./Link";
import { Ago } from "./Time";

/** What happened last, newest first. */
export const ActivityFeed = memo(function ActivityFeed({ items }: { items: readonly Activity[] }) {
  return (
    <aside className="activity" aria-labelledby="activity-title">
      <h2 id="activity-title">Activity</h2>
      {items.length ? null : <p className="nothing">Phase changes show here as they happen.</p>}
      <ol>
        {items.slice(0, 30).map((item) => (
          <li key={item.cursor} data-tone={TONE[item.to]}>
            <Icon name={TONE[item.to]} />
            <p>
              <Link to={`/releases/${item.releaseId}`}>{item.title}</Link>
              <span>{PHASE_NAME[item.to]}</span>
              <span className="quiet">
                <Ago at={item.occurredAt} />
                {actorName(item.actor) && ` · ${actorName(item.actor)}`}
              </span>
              {item.reason ? <q>{item.reason}</q> : null}
            </p>
          </li>
        ))}
      </ol>
    </aside>
  );
});
