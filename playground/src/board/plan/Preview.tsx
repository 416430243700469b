import { STORE_NAME } from "../store/stores";
import { length, moment } from "../store/times";
import { useStores } from "../ui/app";
import type { Outline, PlanCycle, PlanTask } from "./outline";

/** What a plan will do: its stages, its cycles with their times, its tasks. */
export function Preview({ outline }: { outline: Outline }) {
  const { autoTrigger } = outline;
  return (
    <div className="preview">
      <h3>{outline.title}</h3>
      <p className="quiet">{`Clock times are those in ${outline.timeZone}, the plan’s zone.`}</p>
      <ol className="stages">
        <li>
          <h4>Kickoff</h4>
          <p className="quiet">Begins when somebody starts the release.</p>
          <TaskNames tasks={outline.kickoff} />
        </li>
        <li>
          <h4>Regression</h4>
          <p className="quiet">
            {autoTrigger.stage2 ? "Begins by itself after kickoff." : "Begins when somebody triggers it."}
          </p>
          <ul className="planned">
            {outline.cycles.map((cycle) => (
              <li key={cycle.tag}>
                <strong>{cycle.tag}</strong> <When cycle={cycle} zone={outline.timeZone} />
              </li>
            ))}
          </ul>
          <p className="quiet">In each cycle:</p>
          <TaskNames tasks={outline.regression} />
        </li>
        <li>
          <h4>Pre-release</h4>
          <p className="quiet">
            {autoTrigger.stage3 ? "Begins by itself after the last cycle." : "Begins when somebody triggers it."}
          </p>
          <TaskNames tasks={outline.preRelease} />
        </li>
        <li>
          <h4>Stores</h4>
          <p className="quiet">{storesOf(outline)}</p>
        </li>
      </ol>
    </div>
  );
}

function When({ cycle, zone }: { cycle: PlanCycle; zone: string }) {
  const { clock } = useStores();
  if (cycle.at) return <>{moment(Date.parse(cycle.at), clock.now(), zone)}</>;
  if (cycle.after === null) return <>when? Write `after` or `scheduledAt`.</>;
  return (
    <>{cycle.after === 0 ? "at once" : `${length(cycle.after).replace(/ 00 .+$/, "")} after regression has begun`}</>
  );
}

function TaskNames({ tasks }: { tasks: readonly PlanTask[] }) {
  if (!tasks.length) return <p className="nothing">No tasks yet.</p>;
  return (
    <ul className="planned">
      {tasks.map((task) => (
        <li key={task.name}>
          {task.name} <span className="tag">{task.executor}</span>
          {task.critical ? null : <span className="tag">not critical</span>}
          {task.needs.length ? <span className="quiet"> after {task.needs.join(", ")}</span> : null}
        </li>
      ))}
    </ul>
  );
}

function storesOf({ stores }: Outline): string {
  if (!stores.length) return "None: a person declares it released.";
  return `Reviewed by ${stores.map((store) => STORE_NAME[store as keyof typeof STORE_NAME] ?? store).join(" and ")}.`;
}
