import { DETAILS, type FailedTask } from "../api/documents";
import { Unreachable } from "../api/errors";
import { retryDelay } from "../api/retry";
import type { Wire } from "../api/wire";
import { activityOf, latest } from "./activity";
import type { Observable } from "./observable";
import type { Board } from "./shown";

const BATCH = 25;

/**
 * What cards show besides, read behind their backs: when they entered their phase, and which tasks failed.
 *
 * At most one read is under way; what is asked for meanwhile goes into the next one together. A read that the server
 * does not answer is made again.
 */
export class Details {
  private readonly histories = new Set<string>();
  private readonly failures = new Set<string>();
  private reading = false;
  private lost = 0;
  private closed = false;

  constructor(
    private readonly wire: Wire,
    private readonly board: Observable<Board>,
    private readonly later: (task: () => void, milliseconds: number) => unknown,
  ) {}

  /** Read the history of these releases and of every card, those that changed last first. */
  readAll(recent: readonly string[]): void {
    const cards = [...this.board.get().cards.values()];
    cards.sort((one, other) => (one.updatedAt < other.updatedAt ? 1 : -1));
    for (const id of [...recent, ...cards.map((card) => card.id)]) this.histories.add(id);
    this.readFailed(cards.map((card) => card.id));
  }

  /** Read what failed in those of these releases that a failure paused. */
  readFailed(ids: Iterable<string>): void {
    const { cards } = this.board.get();
    for (const id of ids) {
      if (cards.get(id)?.statusResponse.currentPhase === "PAUSED_BY_FAILURE") this.failures.add(id);
    }
    if (!this.reading) void this.run();
  }

  /** Read nothing any more. */
  close(): void {
    this.closed = true;
  }

  private async run(): Promise<void> {
    this.reading = true;
    while ((this.failures.size || this.histories.size) && !this.closed) {
      const history = this.failures.size === 0;
      const asked = history ? this.histories : this.failures;
      const ids = [...asked].slice(0, BATCH);
      for (const id of ids) asked.delete(id);
      try {
        await this.read(ids, history);
        this.lost = 0;
      } catch (error) {
        if (error instanceof Unreachable) await this.putBack(asked, ids);
        else this.forget(); // Cards do without what the server refuses to tell.
      }
    }
    this.reading = false;
  }

  private async putBack(asked: Set<string>, ids: readonly string[]): Promise<void> {
    for (const id of ids) asked.add(id);
    await new Promise<void>((resolve) => this.later(resolve, retryDelay(this.lost)));
    this.lost += 1;
  }

  private forget(): void {
    this.failures.clear();
    this.histories.clear();
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
