import { useEffect, useMemo } from "react";
import type { Board } from "../store/shown";
import { LANES, type Lanes, lanesOf, matches } from "../store/phases";
import { ActivityFeed } from "../ui/ActivityFeed";
import { useObserved, useStores } from "../ui/app";
import { Finished } from "../ui/Finished";
import { Lane } from "../ui/Lane";
import { Link } from "../ui/Link";
import { Stale, useStale } from "../ui/Stale";
import { useKeptFocus } from "../ui/useKeptFocus";
import { useSearch } from "../ui/useSearch";

/** All releases by phase. */
export function BoardPage() {
  const stores = useStores();
  const board = useObserved(stores.board.board);
  const search = useObserved(stores.search).trim();
  const stale = useStale() || board.state === "failed";
  const focus = useKeptFocus<HTMLElement>();
  const lanes = useMemo(() => shownLanes(board, search), [board, search]);
  useSearch(search);
  useEffect(() => {
    const waiting = lanes.attention.length;
    document.title = waiting ? `(${waiting}) Phaseboard` : "Phaseboard";
  }, [lanes]);
  if (board.state === "loading") return <Loading />;
  return (
    <main className="board-page" data-stale={stale && board.cards.size > 0} {...focus}>
      <h1 className="unseen">Releases</h1>
      <Stale />
      <Jumps lanes={lanes} />
      {board.state === "failed" ? <p className="banner">{board.message} What is shown may be old.</p> : null}
      {board.state === "ready" && board.cards.size === 0 ? <Welcome /> : null}
      <section className="lanes" aria-label="Board" tabIndex={0}>
        {LANES.map((lane) => (
          <Lane key={lane.key} lane={lane} cards={lanes[lane.key]} board={board} searching={search !== ""} />
        ))}
      </section>
      <Finished board={board} cards={lanes.finished} searching={search !== ""} />
      <ActivityFeed items={board.activity} />
    </main>
  );
}

/** On a phone, where the lanes are below each other: the way to each. */
function Jumps({ lanes }: { lanes: Lanes }) {
  return (
    <nav className="jumps" aria-label="Lanes">
      {LANES.map(({ key, title }) => (
        <a key={key} href={`#lane-${key}`}>
          {title} <span className="count">{lanes[key].length}</span>
        </a>
      ))}
      <a href="#activity-title">Activity</a>
    </nav>
  );
}

function shownLanes(board: Board, search: string): Lanes {
  if (!search) return lanesOf(board.cards.values());
  const known = new Map([...board.found.cards.map((card) => [card.id, card] as const), ...board.cards]);
  return lanesOf([...known.values()].filter((card) => matches(card, search)));
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
