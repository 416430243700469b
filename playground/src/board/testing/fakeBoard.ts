import type { Card } from "../api/documents";
import { Unreachable } from "../api/errors";
import { BoardStore } from "../store/board";
import { Clock } from "../store/clock";
import { cardOf, changeOf, FakeWire, Frames, settled } from "./fakeWire";

export const NOW = Date.parse("2026-01-15T12:00:00Z");

/** What a server has for the board, and the store that shows it; frames and waits come when the test says so. */
export class FakeBoard {
  cards: Card[] = [];
  head: string | null = "c1";
  recent: string[] = [];
  up = true;
  reason = "";
  readonly later: (() => void)[] = [];
  readonly frames = new Frames();

  get answers() {
    return { Hello: this.hello, Cards: this.page, Details: this.details };
  }

  readonly page = ({ first, after, statuses, text }: Record<string, unknown>) => {
    const begin = after ? Number(after) : 0;
    const over = (statuses as string[]).includes("COMPLETED");
    const has = (card: Card) => !text || card.name.includes(text as string);
    const all = this.cards.filter((card) => (card.statusResponse.currentPhase === "COMPLETED") === over && has(card));
    const end = begin + (first as number);
    const pageInfo = { hasNextPage: end < all.length, endCursor: String(end) };
    return { releases: { nodes: all.slice(begin, end), pageInfo } };
  };

  /** A store over a wire that has not begun to load. */
  storeOn(wire: FakeWire, clock = new Clock(() => NOW)) {
    return new BoardStore(
      wire,
      clock,
      this.frames.schedule,
      "UTC",
      (message) => {
        this.reason = message;
      },
      (task) => this.later.push(task),
    );
  }

  /** A store that has loaded, and its wire. */
  async ready(wire = new FakeWire(this.answers)) {
    const store = this.storeOn(wire);
    await store.load();
    await settled();
    return { store, wire };
  }

  private readonly hello = () => {
    if (!this.up) throw new Unreachable();
    return {
      service: { version: "1", time: "2026-01-15T12:00:05Z" },
      viewer: { scopes: ["admin"], actor: { kind: "PERSON", name: "Ada" } },
      latest: { nodes: this.head ? [{ statusResponse: { cursor: this.head } }] : [] },
      recent: { nodes: this.recent.map((id) => ({ id })) },
    };
  };

  private readonly details = ({ ids, history }: Record<string, unknown>) => {
    if (!this.up) throw new Unreachable();
    return {
      nodes: (ids as string[]).map((id) => ({
        __typename: "Release",
        id,
        revision: 1,
        name: id,
        version: "1",
        tasks: [{ id: `${id}-task`, name: "build", critical: true, failureReason: "no disk", attempt: 1 }],
        ...(history ? { events: { nodes: this.recent.includes(id) ? [entered(id)] : [] } } : {}),
      })),
    };
  };
}

function entered(id: string) {
  const { release: _, ...change } = changeOf(`c-${id}`, cardOf(id, "COMPLETED"));
  return { __typename: "PhaseChanged", id: `evt-${id}`, ...change };
}
