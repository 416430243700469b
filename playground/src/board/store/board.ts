import type { Card, PhaseChange } from "../api/documents";
import { CARDS, HELLO, PHASES } from "../api/documents";
import { Refused, SignInNeeded, Unreachable, wordsOf } from "../api/errors";
import { retryDelay } from "../api/retry";
import type { Wire } from "../api/wire";
import { type Activity, activityOf, KEPT } from "./activity";
import type { Clock } from "./clock";
import { Details } from "./details";
import { Observable, type Schedule } from "./observable";
import { type Board, EMPTY } from "./shown";

const PAGE = 100;
const UNDER_WAY = ["PENDING", "IN_PROGRESS", "PAUSED", "SUBMITTED"] as const;
const OVER = ["COMPLETED", "ARCHIVED"] as const;

/** The cursor before the first event: that of a server without releases, which has none to tell it by. */
const BEGINNING = "ZTA";

/**
 * All releases as the server has them: a snapshot, then every phase change after it.
 *
 * Changes carry the card as it was right after them. They are gathered and shown together, once a frame; a card only
 * ever goes forwards, by its revision, so what comes twice or late changes nothing.
 */
export class BoardStore {
  readonly board = new Observable<Board>(EMPTY);
  private readonly details: Details;
  private cursor: string | null = null;
  private pending: PhaseChange[] = [];
  private endStream: () => void = () => undefined;
  private callOff: (() => void) | null = null;
  private finishedAfter: string | null = null;
  private recent: string[] = [];
  private sought = "";
  private generation = 0;
  private failures = 0;

  constructor(
    private readonly wire: Wire,
    private readonly clock: Clock,
    private readonly schedule: Schedule,
    private readonly zone: string,
    private readonly onSignIn: (message: string) => void = () => undefined,
    private readonly later: (task: () => void, milliseconds: number) => unknown = (task, ms) => setTimeout(task, ms),
  ) {
    this.details = new Details(wire, this.board, later);
    wire.onConnection(({ state }) => {
      if (state === "live" && this.board.get().state === "failed") void this.load();
    });
  }

  /** Read everything and follow it from there; what was shown is replaced at once when the new is there. */
  async load(): Promise<void> {
    const generation = ++this.generation;
    this.stopStream();
    try {
      const cards = await this.snapshot();
      if (generation !== this.generation) return;
      this.board.update((board) => ({ ...board, state: "ready", message: "", cards, since: new Map() }));
      this.follow();
      this.details.readAll(this.recent);
    } catch (error) {
      if (generation === this.generation) this.fail(error);
    }
  }

  close(): void {
    this.generation += 1;
    this.stopStream();
    this.details.close();
  }

  /** Read again what failed: no phase change tells that a task was retried while another one keeps the release paused. */
  readFailed(ids: Iterable<string> = this.board.get().cards.keys()): void {
    this.details.readFailed(ids);
  }

  /** Look among the releases that are over; nothing is looked for with an empty text. Rejects as the wire does. */
  async find(text: string): Promise<void> {
    this.sought = text;
    // The server looks for all of the text in one piece: what its longest word finds has the other words or not.
    const [longest] = text.split(/\s+/).sort((one, other) => other.length - one.length);
    const page = longest ? await this.page(OVER, null, longest) : null;
    const found = page ? { cards: page.nodes, more: page.pageInfo.hasNextPage } : EMPTY.found;
    if (this.sought === text) this.board.update((board) => ({ ...board, found }));
  }

  /** Read releases that are over, a page at a time. */
  async loadFinished(): Promise<void> {
    const page = await this.page(OVER, this.finishedAfter);
    this.finishedAfter = page.pageInfo.endCursor;
    this.board.update((board) => ({
      ...board,
      cards: newest(board.cards, page.nodes),
      finished: { loaded: true, more: page.pageInfo.hasNextPage },
    }));
  }

  private async snapshot(): Promise<Map<string, Card>> {
    const asked = this.clock.now();
    const hello = await this.wire.ask(HELLO, {});
    this.clock.learn(hello.service.time, asked);
    const { scopes, actor } = hello.viewer;
    this.board.update((board) => ({ ...board, viewer: { name: actor.name, scopes }, version: hello.service.version }));
    // Read before the pages: whatever changes while they are read comes after it.
    this.cursor = hello.latest.nodes[0]?.statusResponse.cursor ?? BEGINNING;
    this.recent = hello.recent.nodes.map(({ id }) => id);
    let page = await this.page(UNDER_WAY, null);
    let cards = newest(new Map(), page.nodes);
    if (this.board.get().state === "loading") this.board.update((board) => ({ ...board, cards, state: "ready" }));
    while (page.pageInfo.hasNextPage) {
      page = await this.page(UNDER_WAY, page.pageInfo.endCursor);
      cards = newest(cards, page.nodes);
    }
    const { finished } = this.board.get();
    if (finished.loaded) {
      page = await this.page(OVER, null);
      this.finishedAfter = page.pageInfo.endCursor;
      cards = newest(cards, page.nodes);
    }
    return new Map(cards);
  }

  private async page(statuses: typeof UNDER_WAY | typeof OVER, after: string | null, text: string | null = null) {
    const variables = { first: PAGE, after, statuses: [...statuses], text, zone: this.zone };
    return (await this.wire.ask(CARDS, variables)).releases;
  }

  private follow(): void {
    const generation = this.generation;
    const again = () => this.loadLater(generation);
    this.endStream = this.wire.follow(PHASES, () => ({ after: this.cursor, zone: this.zone }), {
      next: ({ phaseChanged }) => this.take(phaseChanged),
      // EVENT_LOG_GAP, UNKNOWN_CURSOR: only a new snapshot tells what is now.
      error: (code, message) => (code === "FORBIDDEN" ? this.fail(new Refused(message, code)) : again()),
      complete: again,
    });
  }

  /** Begin anew: at once the first time, more and more slowly where that does not help. */
  private loadLater(generation: number): void {
    this.later(
      () => {
        if (generation === this.generation) void this.load();
      },
      this.failures ? retryDelay(this.failures) : 0,
    );
    this.failures += 1;
  }

  private take(change: PhaseChange): void {
    this.failures = 0;
    this.cursor = change.cursor;
    this.pending.push(change);
    this.callOff ??= this.schedule(() => {
      this.callOff = null;
      this.apply();
    });
  }

  private apply(): void {
    const changes = this.pending;
    this.pending = [];
    this.board.update((board) => changed(board, changes));
    this.details.readFailed(changes.map((change) => change.release.id));
  }

  private stopStream(): void {
    this.endStream();
    this.endStream = () => undefined;
    this.callOff?.();
    this.callOff = null;
    this.pending = [];
  }

  private fail(error: unknown): void {
    if (error instanceof SignInNeeded) {
      this.onSignIn(error.message);
      return;
    }
    this.board.update((board) => ({ ...board, state: "failed", message: wordsOf(error) }));
    if (error instanceof Unreachable) this.loadLater(this.generation);
  }
}

function newest(cards: ReadonlyMap<string, Card>, read: readonly Card[]): ReadonlyMap<string, Card> {
  const all = new Map(cards);
  for (const card of read) {
    if (card.revision >= (all.get(card.id)?.revision ?? 0)) all.set(card.id, card);
  }
  return all;
}

function changed(board: Board, changes: readonly PhaseChange[]): Board {
  const cards = new Map(board.cards);
  const since = new Map(board.since);
  const seen = new Set(board.activity.map((item) => item.cursor));
  const fresh: Activity[] = [];
  for (const change of changes) {
    const { release } = change;
    if (release.revision >= (cards.get(release.id)?.revision ?? 0)) {
      cards.set(release.id, release);
      since.set(release.id, change.occurredAt);
    }
    if (!seen.has(change.cursor)) fresh.unshift(activityOf(change, release));
    seen.add(change.cursor);
  }
  return { ...board, cards, since, activity: [...fresh, ...board.activity].slice(0, KEPT) };
}
