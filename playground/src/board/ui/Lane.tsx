import type { Card } from "../api/documents";
import type { Board } from "../store/shown";
import type { LaneInfo } from "../store/phases";
import { ReleaseCard } from "./ReleaseCard";

interface Props {
  readonly lane: LaneInfo;
  readonly cards: readonly Card[];
  readonly board: Board;
  readonly searching: boolean;
}

export function Lane({ lane, cards, board, searching }: Props) {
  const title = `lane-${lane.key}`;
  return (
    <section
      className="lane"
      data-lane={lane.key}
      data-loud={lane.key === "attention" && cards.length > 0}
      aria-labelledby={title}
    >
      <h2 id={title}>
        {lane.title} <span className="count">{cards.length}</span>
      </h2>
      <CardList cards={cards} board={board} />
      {cards.length ? null : <p className="nothing">{searching ? "Nothing matches." : lane.empty}</p>}
    </section>
  );
}

export function CardList({ cards, board }: { cards: readonly Card[]; board: Board }) {
  return (
    <div className="cards">
      {cards.map((card) => (
        <ReleaseCard
          key={card.id}
          card={card}
          since={board.since.get(card.id)}
          failed={board.failed.get(card.id)}
          scopes={board.viewer?.scopes ?? null}
        />
      ))}
    </div>
  );
}
