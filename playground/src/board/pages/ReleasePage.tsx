import { useEffect, useMemo } from "react";
import type { Release, ReleaseEvent } from "../api/documents";
import { titleOf } from "../store/title";
import { TONE } from "../store/phases";
import { actorName } from "../ui/actor";
import { useObserved, useStores } from "../ui/app";
import { EventList } from "../ui/EventList";
import { Icon } from "../ui/Icon";
import { Link } from "../ui/Link";
import { Panel } from "../ui/Panel";
import { ReleaseActions } from "../ui/ReleaseActions";
import { Stale, useStale } from "../ui/Stale";
import { Stepper } from "../ui/Stepper";
import { StoreReviews } from "../ui/Stores";
import { Tasks } from "../ui/Tasks";
import { Ago, Elapsed } from "../ui/Time";
import { Timeline } from "../ui/Timeline";

/** One release: what it does, what it did, what can be done. */
export function ReleasePage({ id }: { id: string }) {
  const stores = useStores();
  const store = useMemo(() => stores.openRelease(id), [stores, id]);
  const view = useObserved(store.view);
  const scopes = useObserved(stores.board.board).viewer?.scopes ?? null;
  const stale = useStale() || view.stale;
  useEffect(() => {
    void store.load();
    return () => store.close();
  }, [store]);
  const { release } = view;
  useEffect(() => {
    document.title = release ? `${titleOf(release)} · Phaseboard` : "Phaseboard";
  }, [release]);
  if (!release) return <Missing state={view.state} message={view.message} />;
  return (
    <main className="release-page" data-stale={stale} data-phase={release.statusResponse.currentPhase}>
      <Stale />
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to="/">Board</Link> <span aria-hidden="true">/</span> <span aria-current="page">{titleOf(release)}</span>
      </nav>
      <Head release={release} events={view.events} scopes={scopes} />
      <div className="columns">
        <div>
          <Panel name="cycles" title="Cycles" releaseId={id}>
            <Timeline release={release} />
          </Panel>
          <Panel name="tasks" title="Tasks" releaseId={id}>
            <Tasks release={release} scopes={scopes} />
          </Panel>
          <Panel name="stores" title="Stores" releaseId={id}>
            <StoreReviews release={release} scopes={scopes} />
          </Panel>
        </div>
        <Panel name="events" title="History" releaseId={id}>
          <EventList events={view.events} tasks={release.tasks} />
          {view.older ? (
            <button
              type="button"
              onClick={() => void store.loadOlder().catch((error: Error) => stores.toasts.bad(error.message))}
            >
              Show older
            </button>
          ) : null}
        </Panel>
      </div>
    </main>
  );
}

interface HeadProps {
  readonly release: Release;
  readonly events: readonly ReleaseEvent[];
  readonly scopes: readonly string[] | null;
}

function Head({ release, events, scopes }: HeadProps) {
  const { statusResponse: status } = release;
  const entered = events.find((event) => event.__typename === "PhaseChanged")?.occurredAt;
  return (
    <Panel name="status" title={titleOf(release)} releaseId={release.id}>
      <p className="phase large" data-tone={TONE[status.currentPhase]} aria-live="polite">
        <Icon name={TONE[status.currentPhase]} />
        <span>{status.displayText}</span>
      </p>
      <Stepper stages={status.stages} labels={true} />
      <ReleaseActions release={release} scopes={scopes} />
      <dl className="facts">
        {entered ? (
          <div>
            <dt>In this phase for</dt>
            <dd>
              <Elapsed since={entered} />
            </dd>
          </div>
        ) : null}
        <div>
          <dt>Created</dt>
          <dd>
            <Ago at={release.createdAt} />
            {actorName(release.createdBy) && ` by ${actorName(release.createdBy)}`}
          </dd>
        </div>
        <div>
          <dt>Plan’s zone</dt>
          <dd>{release.timeZone}</dd>
        </div>
        <div>
          <dt>Revision</dt>
          <dd>{release.revision}</dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{release.id}</code>
          </dd>
        </div>
      </dl>
    </Panel>
  );
}

function Missing({ state, message }: { state: string; message: string }) {
  if (state === "loading") return <main className="release-page" aria-busy="true" />;
  return (
    <main className="release-page">
      <section className="welcome">
        <h1>{state === "missing" ? "There is no such release" : "This cannot be shown now"}</h1>
        <p>{state === "missing" ? "The link may be of another server, or cut short." : message}</p>
        <Link to="/" className="button primary">
          To the board
        </Link>
      </section>
    </main>
  );
}
