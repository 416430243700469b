import { useEffect, useMemo } from "react";
import type { Board } from "../store/shown";
import { LANES, type Lanes, lanesOf, matches } from "../store/phases";
import { ActivityFeed } from "../ui/ActivityFeed";
import { useObserved, useStores } from "../ui/app";
import { CardList, Lane } from "../ui/Lane";
import { Link } from "../ui/Link";

/** All releases by phase. */
export function BoardPage() {
  const stores = useStores();
  const board = useObserved(stores.board.board);
  const search = useObserved(stores.search).trim();
  const stale = useObserved(stores.connection).state !== "live" || board.state === "failed";
  const lanes = useMemo(() => shownLanes(board, search), [board, search]);
  useEffect(() => {
    const waiting = lanes.attention.length;
    document.title = waiting ? `(${waiting}) Phaseboard` : "Phaseboard";
  }, [lanes]);
  if (board.state === "loading") return <Loading />;
  return (
    <main className="board-page" data-stale={stale && board.cards.size > 0}>
      <h1 className="unseen">Releases</h1>
      {board.state === "failed" ? <p className="banner">{board.message} What is shown may be old.</p> : null}
      {board.state === "ready" && board.cards.size === 0 ? <Welcome /> : null}
      <section className="lanes" aria-label="Board" tabIndex={0}>
        {LANES.map((lane) => (
          <Lane key={lane.key} lane={lane} cards={lanes[lane.key]} board={board} searching={search !== ""} />
        ))}
      </section>
      <Finished board={board} lanes={lanes} />
      <ActivityFeed items={board.activity} />
    </main>
  );
}

function shownLanes(board: Board, search: string): Lanes {
  const cards = [...board.cards.values()];
  return lanesOf(search ? cards.filter((card) => matches(card, search)) : cards);
}

function Finished({ board, lanes }: { board: Board; lanes: Lanes }) {
  const stores = useStores();
  const { loaded, more } = board.finished;
  const load = () => void stores.board.loadFinished().catch((error: Error) => stores.toasts.bad(error.message));
  return (
    <details
      className="finished"
      onToggle={(event) => {
        if (event.currentTarget.open && !loaded) load();
      }}
    >
      <summary>
        <h2>Finished</h2> {loaded && <span className="count">{`${lanes.finished.length}${more ? "+" : ""}`}</span>}
      </summary>
      <CardList cards={lanes.finished} board={board} />
      {loaded && !lanes.finished.length ? <p className="nothing">No release is over yet.</p> : null}
      {more ? (
        <button type="button" onClick={load}>
          Show more
        </button>
      ) : null}
    </details>
  );
}

function Welcome() {
  return (
    <section className="welcome">
      <h2>No releases under way</h2>
      <p>
        A release follows a plan: what kickoff does, when regression cycles open, what goes to the stores. Begin with
        one of the examples.
      </p>
      <Link to="/new" className="button primary">
        Create a release
      </Link>
    </section>
  );
}

function Loading() {
  return (
    <main className="board-page" aria-busy="true">
      <h1 className="unseen">Releases</h1>
      <p className="unseen">Loading the releases.</p>
      <div className="lanes">
        {LANES.map((lane) => (
          <div key={lane.key} className="lane">
            <div className="ghost" />
          </div>
        ))}
      </div>
    </main>
  );
}
