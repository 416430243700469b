import type { Release } from "../api/documents";
import type { Tone } from "../store/phases";
import { Icon } from "./Icon";
import { Ago, Countdown, Elapsed } from "./Time";

const CYCLE: Readonly<Record<Release["cycles"][number]["status"], readonly [Tone, string]>> = {
  NOT_STARTED: ["run", "starting"],
  IN_PROGRESS: ["run", "running"],
  DONE: ["good", "done"],
  ABANDONED: ["off", "abandoned"],
};

const LASTED: Partial<Record<Tone, string>> = { run: " for ", good: " in " };

/** The regression cycles: those that opened, the next one with its countdown, those after it. */
export function Timeline({ release }: { release: Release }) {
  const { currentPhase, regression } = release.statusResponse;
  const paused = currentPhase.startsWith("PAUSED");
  const next = regression?.nextCycle ?? null;
  const later = Math.max(0, (regression?.progress.total ?? 0) - release.cycles.length - (next ? 1 : 0));
  if (!release.cycles.length && !next) return <p className="nothing">{beforeCycles(release)}</p>;
  return (
    <ol className="timeline">
      {release.cycles.map((cycle) => {
        const [tone, words] = CYCLE[cycle.status];
        const held = paused && tone === "run";
        return (
          <li key={cycle.id} data-tone={held ? "wait" : tone}>
            <Icon name={held ? "wait" : tone} />
            <strong>{cycle.tag}</strong>
            <span>
              {held ? "paused" : words}
              {cycle.startedAt && !held ? (
                <>
                  {LASTED[tone] ?? " after "}
                  <Elapsed since={cycle.startedAt} until={cycle.finishedAt} />
                </>
              ) : null}
            </span>
            {held && cycle.startedAt ? (
              <span className="quiet">
                began <Ago at={cycle.startedAt} />
              </span>
            ) : null}
            {cycle.finishedAt ? <Ago at={cycle.finishedAt} /> : null}
          </li>
        );
      })}
      {next ? (
        <li data-tone="idle" className="coming">
          <Icon name="idle" />
          <strong>{next.tag}</strong>
          <Countdown to={next.scheduledAt} />
        </li>
      ) : null}
      {later > 0 ? (
        <li data-tone="off" className="coming">
          <span>
            {later} more {later === 1 ? "cycle" : "cycles"} after that
          </span>
        </li>
      ) : null}
    </ol>
  );
}

function beforeCycles(release: Release): string {
  const { stages } = release.statusResponse;
  return stages.stage2 === "COMPLETED" ? "No cycle was run." : "Cycles open once regression has started.";
}
