import type { Release } from "../api/documents";
import { MUTATION } from "../api/mutations";
import { lacks } from "../store/actions";
import type { Tone } from "../store/phases";
import { STORE_NAME } from "../store/stores";
import { titleOf } from "../store/title";
import { useObserved, useStores } from "./app";
import { Icon } from "./Icon";
import { Ago } from "./Time";
import { useAway } from "./useAction";

/** What the stores decided; while they have not, what they did can be told here. */
export function StoreReviews({ release, scopes }: { release: Release; scopes: readonly string[] | null }) {
  if (!release.stores.length) return <Completion release={release} scopes={scopes} />;
  return (
    <ul className="stores">
      {release.stores.map((review) => (
        <li key={review.store} className="store task" data-tone={toneOf(review.decision)}>
          <Icon name={toneOf(review.decision)} />
          <div className="what">
            <p className="name">{STORE_NAME[review.store]}</p>
            <p className="quiet">
              {review.decision === "APPROVED"
                ? "Approved "
                : review.decision === "REJECTED"
                  ? "Rejected "
                  : waiting(release)}
              {review.decidedAt ? <Ago at={review.decidedAt} /> : null}
            </p>
            {review.message ? <p className="failure">{review.message}</p> : null}
          </div>
          {release.status === "SUBMITTED" && !review.decision ? (
            <Verdict release={release} store={review.store} scopes={scopes} />
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function toneOf(decision: string | null): Tone {
  return decision === "APPROVED" ? "good" : decision === "REJECTED" ? "bad" : "idle";
}

function waiting(release: Release): string {
  return release.status === "SUBMITTED" ? "In review" : "After the submission";
}

interface VerdictProps {
  readonly release: Release;
  readonly store: keyof typeof STORE_NAME;
  readonly scopes: readonly string[] | null;
}

function Verdict({ release, store, scopes }: VerdictProps) {
  const { performer, question } = useStores();
  const key = `review ${store} ${release.id}`;
  const pending = useObserved(performer.pending).has(key);
  const reason = useAway() ?? lacks("tasks:report", scopes);
  const tell = (decision: "APPROVED" | "REJECTED") => {
    const good = decision === "APPROVED";
    const verdict = `${STORE_NAME[store]} ${decision.toLowerCase()} it`;
    question.set({
      title: `${verdict}?`,
      subject: titleOf(release),
      warning: good ? "Once every store has, the release is out." : "The release pauses until it is submitted again.",
      label: good ? "Approved" : "Rejected",
      needsReason: !good,
      good,
      answer: (message) =>
        void performer.perform(
          key,
          "reportStoreReview",
          { releaseId: release.id, store, decision, message },
          `${verdict}.`,
        ),
    });
  };
  return (
    <span className="do" title={reason ?? undefined}>
      <button type="button" disabled={pending || reason !== null} onClick={() => tell("APPROVED")}>
        Approved<span className="unseen"> by {STORE_NAME[store]}</span>
      </button>
      <button type="button" className="risky" disabled={pending || reason !== null} onClick={() => tell("REJECTED")}>
        Rejected<span className="unseen"> by {STORE_NAME[store]}</span>
      </button>
      {reason ? <span className="quiet">{reason}</span> : null}
    </span>
  );
}

/** A plan without stores ends when a person says that it is released. */
function Completion({ release, scopes }: { release: Release; scopes: readonly string[] | null }) {
  const { performer } = useStores();
  const key = `COMPLETE ${release.id}`;
  const pending = useObserved(performer.pending).has(key);
  const reason = useAway() ?? lacks("releases:write", scopes);
  if (release.status !== "SUBMITTED") return <p className="nothing">The plan names no stores.</p>;
  const complete = () =>
    void performer.perform(key, MUTATION.COMPLETE, { releaseId: release.id }, `${release.name} is released.`);
  return (
    <p className="completion">
      The plan names no stores: declare it released once it is out.
      <button type="button" className="primary" disabled={pending || reason !== null} onClick={complete}>
        {pending ? "Completing…" : "Mark as released"}
      </button>
      {reason ? <span className="quiet">{reason}</span> : null}
    </p>
  );
}
