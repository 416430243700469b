import { memo } from "react";
import type { ReleaseEvent, Task } from "../api/documents";
import { eventWords } from "../store/eventWords";
import { folded } from "../store/history";
import { actorName } from "./actor";
import { Icon } from "./Icon";
import { webAddress } from "./TaskRow";
import { Ago } from "./Time";

interface Props {
  readonly events: readonly ReleaseEvent[];
  readonly tasks: readonly Task[];
}

/** The history of a release, newest first. */
export const EventList = memo(function EventList({ events, tasks }: Props) {
  return (
    <ol className="events">
      {folded(events).map((event) => {
        const { text, note, tone } = eventWords(event, tasks);
        const url = event.__typename === "TaskChanged" ? webAddress(event.externalUrl) : null;
        return (
          <li key={event.id} data-tone={tone} data-kind={event.__typename}>
            <Icon name={tone} />
            <p>
              <span>{text}</span>
              {note ? <q>{note}</q> : null}
              <span className="quiet">
                <Ago at={event.occurredAt} />
                {actorName(event.actor) && ` · ${actorName(event.actor)}`}
                {url ? (
                  <>
                    {" · "}
                    <a href={url} target="_blank" rel="noreferrer noopener">
                      run
                    </a>
                  </>
                ) : null}
              </span>
            </p>
          </li>
        );
      })}
    </ol>
  );
});
