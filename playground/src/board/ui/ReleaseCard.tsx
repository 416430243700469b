import { memo, useState } from "react";
import type { Card, FailedTask } from "../api/documents";
import { primaryAction, whyNot } from "../store/actions";
import { titleOf } from "../store/title";
import { TONE } from "../store/phases";
import { ActionButton } from "./ActionButton";
import { Icon } from "./Icon";
import { Link } from "./Link";
import { Stepper } from "./Stepper";
import { useStores } from "./app";
import { Countdown, Elapsed, Moment } from "./Time";

/** Milliseconds in which a card that comes into its lane says so. */
const FRESH = 3_000;

interface Props {
  readonly card: Card;
  readonly since: string | undefined;
  readonly failed: readonly FailedTask[] | undefined;
  readonly scopes: readonly string[] | null;
}

/** A release on the board. */
export const ReleaseCard = memo(function ReleaseCard({ card, since, failed, scopes }: Props) {
  const { statusResponse: status } = card;
  const { currentPhase: phase, regression } = status;
  const { clock } = useStores();
  const [fresh] = useState(() => since !== undefined && clock.now() - Date.parse(since) < FRESH);
  const over = phase === "COMPLETED" || phase === "ARCHIVED";
  const action = primaryAction(status.actions);
  const [broken, ...others] = phase === "PAUSED_BY_FAILURE" ? (failed?.filter((task) => task.critical) ?? []) : [];
  return (
    <article className="card" data-tone={TONE[phase]} data-release={card.id} data-phase={phase} data-fresh={fresh}>
      <h3>
        <Link to={`/releases/${card.id}`} data-card="">
          {card.name.replace(card.version, "").trim() || card.name} <span className="version">{card.version}</span>
        </Link>
      </h3>
      <p className="phase">
        <Icon name={TONE[phase]} />
        <span>{status.displayText}</span>
      </p>
      {broken ? <p className="failure">{`${broken.name}: ${broken.failureReason ?? "failed"}`}</p> : null}
      {others.length ? <p className="failure more">{`and ${others.length} more failed`}</p> : null}
      <Stepper stages={status.stages} />
      {regression && regression.progress.total > 0 ? <Cycles regression={regression} /> : null}
      <footer>
        <span className="since">
          {over ? <Moment at={since ?? card.updatedAt} /> : null}
          {since && !over ? (
            <>
              <span className="unseen">{titleOf(card)} in this phase </span>
              <span className="for">for </span>
              <Elapsed since={since} rough={true} />
            </>
          ) : null}
        </span>
        {action ? (
          <ActionButton
            action={action}
            release={card}
            reason={whyNot(action, phase, status.actions, scopes)}
            primary={true}
          />
        ) : null}
        {broken ? (
          <ActionButton
            action="RETRY_TASK"
            release={card}
            task={broken}
            reason={whyNot("RETRY_TASK", phase, status.actions, scopes)}
          />
        ) : null}
      </footer>
    </article>
  );
});

function Cycles({ regression }: { regression: NonNullable<Card["statusResponse"]["regression"]> }) {
  const { currentCycle, nextCycle, progress } = regression;
  const label = currentCycle ? `Cycle ${currentCycle.number} of ${progress.total}` : `${progress.total} cycles`;
  return (
    <div className="cycles">
      <div className="row">
        <span>{progress.completed === progress.total ? `${progress.total} cycles done` : label}</span>
        {nextCycle ? (
          <span className="next">
            {nextCycle.tag} <Countdown to={nextCycle.scheduledAt} />
          </span>
        ) : null}
      </div>
      <progress value={progress.completed} max={progress.total} aria-label="Cycles done" />
    </div>
  );
}
