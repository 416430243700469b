import { useState } from "react";
import type { Card } from "../api/documents";
import type { Board } from "../store/shown";
import { useStores } from "./app";
import { CardList } from "./Lane";

interface Props {
  readonly board: Board;
  readonly cards: readonly Card[];
  readonly searching: boolean;
}

/** The releases that are over, folded away until somebody opens them or what is searched for is among them. */
export function Finished({ board, cards, searching }: Props) {
  const stores = useStores();
  const [opened, setOpened] = useState(false);
  const { loaded, more } = board.finished;
  const load = () => void stores.board.loadFinished().catch((error: Error) => stores.toasts.bad(error.message));
  const toggle = (open: boolean) => {
    if (searching) return;
    setOpened(open);
    if (open && !loaded) load();
  };
  const others = searching ? board.found.more : more;
  return (
    <details
      className="finished"
      open={opened || (searching && cards.length > 0)}
      onToggle={(event) => toggle(event.currentTarget.open)}
    >
      <summary>
        <h2>Finished</h2>{" "}
        {loaded || searching ? <span className="count">{`${cards.length}${others ? "+" : ""}`}</span> : null}
      </summary>
      <CardList cards={cards} board={board} />
      {(loaded || searching) && !cards.length ? (
        <p className="nothing">{searching ? "Nothing matches." : "No release is over yet."}</p>
      ) : null}
      {more && !searching ? (
        <button type="button" onClick={load}>
          Show more
        </button>
      ) : null}
    </details>
  );
}
