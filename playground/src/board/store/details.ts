import { DETAILS, type FailedTask } from "../api/documents";
import type { Wire } from "../api/wire";
import { activityOf, latest } from "./activity";
import type { Observable } from "./observable";
import type { Board } from "./shown";

const BATCH = 25;

/**
 * What cards show besides, read behind their backs: when they entered their phase, and which tasks failed.
 *
 * At most one read is under way; what is asked for meanwhile goes into the next one together.
 */
export class Details {
  private readonly histories = new Set<string>();
  private readonly failures = new Set<string>();
  private reading = false;

  constructor(
    private readonly wire: Wire,
    private readonly board: Observable<Board>,
  ) {}

  /** Read the history of every card, those that changed last first. */
  readAll(): void {
    const cards = [...this.board.get().cards.values()];
    cards.sort((one, other) => (one.updatedAt < other.updatedAt ? 1 : -1));
    for (const card of cards) this.histories.add(card.id);
    this.readFailed(cards.map((card) => card.id));
  }

  /** Read what failed in those of these releases that a failure paused. */
  readFailed(ids: readonly string[]): void {
    const { cards } = this.board.get();
    for (const id of ids) {
      if (cards.get(id)?.statusResponse.currentPhase === "PAUSED_BY_FAILURE") this.failures.add(id);
    }
    if (!this.reading) void this.run();
  }

  private async run(): Promise<void> {
    this.reading = true;
    try {
      while (this.failures.size || this.histories.size) {
        const history = this.failures.size === 0;
        await this.read(take(history ? this.histories : this.failures, BATCH), history);
      }
    } catch {
      // Cards do without; the next change or snapshot asks again.
      this.failures.clear();
      this.histories.clear();
    }
    this.reading = false;
  }

  private async read(ids: string[], history: boolean): Promise<void> {
    const { nodes } = await this.wire.ask(DETAILS, { ids, history });
    this.board.update((board) => {
      const since = new Map(board.since);
      const failed = new Map(board.failed);
      const activity = new Map(board.activity.map((item) => [item.cursor, item]));
      for (const node of nodes) {
        if (node?.__typename !== "Release") continue;
        failed.set(node.id, node.tasks as FailedTask[]);
        for (const event of node.events?.nodes ?? []) {
          if (event.__typename !== "PhaseChanged") continue;
          const known = since.get(node.id);
          if (!known || event.occurredAt > known) since.set(node.id, event.occurredAt);
          if (!activity.has(event.cursor)) activity.set(event.cursor, activityOf(event, node));
        }
      }
      return { ...board, since, failed, activity: latest([...activity.values()]) };
    });
  }
}

function take(ids: Set<string>, most: number): string[] {
  const taken = [...ids].slice(0, most);
  for (const id of taken) ids.delete(id);
  return taken;
}
