import type { Card } from "../api/documents";

type Stages = Card["statusResponse"]["stages"];

const STEPS = [
  ["stage1", "Kickoff"],
  ["stage2", "Regression"],
  ["stage3", "Pre-release"],
] as const;

const WORDS = { PENDING: "not started", IN_PROGRESS: "under way", COMPLETED: "complete" } as const;

/** Where the three stages are, from the stages themselves. */
export function Stepper({ stages, labels = false }: { stages: Stages; labels?: boolean }) {
  return (
    <ol className={labels ? "stepper labelled" : "stepper"} aria-label="Stages">
      {STEPS.map(([key, name]) => (
        <li key={key} data-state={stages[key]}>
          <span className="bar" />
          <span className={labels ? "label" : "unseen"}>
            {name}
            <span className="unseen">: {WORDS[stages[key]]}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
