import { EVENTS, OLDER, RELEASE, type Release, type ReleaseEvent } from "../api/documents";
import { Refused, SignInNeeded, wordsOf } from "../api/errors";
import { retryDelay } from "../api/retry";
import type { Wire } from "../api/wire";
import { merged } from "./history";
import { Observable, type Schedule } from "./observable";

const KEPT = 200;
const REFUSED = 1_000;

export interface ReleaseView {
  readonly state: "loading" | "ready" | "missing" | "failed";
  readonly message: string;
  readonly release: Release | null;
  /** Whether the server has said more of it than could be read. */
  readonly stale: boolean;
  /** Newest first. */
  readonly events: readonly ReleaseEvent[];
  /** Whether the history has more events, before those. */
  readonly older: boolean;
}

const EMPTY: ReleaseView = { state: "loading", message: "", release: null, stale: false, events: [], older: false };

/**
 * One release with its tasks, cycles and history: read once, then again after its events and whenever the connection
 * is back, at most one read at a time. A read that fails is made again until one does not.
 *
 * The events themselves are shown as they come.
 */
export class ReleaseStore {
  readonly view = new Observable<ReleaseView>(EMPTY);
  private cursor: string | null = null;
  private incoming: ReleaseEvent[] = [];
  private kept = KEPT;
  private end: (() => void) | null = null;
  private callOff: (() => void) | null = null;
  private deafen: (() => void) | null = null;
  private reading = false;
  private wanted = false;
  private failures = 0;
  private retrying = false;
  private closed = false;

  constructor(
    private readonly wire: Wire,
    private readonly id: string,
    private readonly schedule: Schedule,
    private readonly zone: string,
    private readonly onSignIn: (message: string) => void = () => undefined,
    private readonly later: (task: () => void, ms: number) => unknown = (task, ms) => setTimeout(task, ms),
  ) {}

  async load(): Promise<void> {
    this.deafen ??= this.wire.onConnection(({ state }) => {
      if (state === "live") void this.read();
    });
    await this.read();
  }

  /** Read a page of the history before what is shown. Rejects as the wire does. */
  async loadOlder(): Promise<void> {
    const before = this.view.get().events.at(-1)?.cursor ?? null;
    const { release } = await this.wire.ask(OLDER, { id: this.id, before });
    if (!release) return;
    this.kept += release.events.nodes.length;
    this.show(release.events.nodes as readonly ReleaseEvent[], release.events.pageInfo.hasPreviousPage);
  }

  close(): void {
    this.closed = true;
    this.end?.();
    this.callOff?.();
    this.deafen?.();
  }

  private follow(): void {
    const again = () => {
      if (this.closed) return;
      this.end?.();
      this.end = null;
      this.view.update((view) => ({ ...view, events: [] }));
      this.cursor = null;
      void this.read();
    };
    this.end = this.wire.follow(EVENTS, () => ({ id: this.id, after: this.cursor }), {
      next: ({ releaseEvents: item }) =>
        item.__typename === "EventLogGap" ? again() : this.take(item as ReleaseEvent),
      error: (code) => {
        if (code !== "FORBIDDEN") this.later(again, REFUSED);
      },
      complete: () => undefined,
    });
  }

  private take(event: ReleaseEvent): void {
    this.cursor = event.cursor;
    this.incoming.push(event);
    this.callOff ??= this.schedule(() => {
      this.callOff = null;
      this.show(this.incoming.splice(0));
      void this.read();
    });
  }

  private async read(): Promise<void> {
    this.wanted = true;
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.wanted && !this.closed) {
        this.wanted = false;
        const { release } = await this.wire.ask(RELEASE, { id: this.id, zone: this.zone });
        if (!this.closed) this.put(release);
      }
      this.failures = 0;
    } catch (error) {
      if (!this.closed) this.fail(error);
    }
    this.reading = false;
  }

  private put(release: Release | null): void {
    if (!release) {
      this.view.update((view) => ({ ...view, state: "missing", release: null }));
      return;
    }
    const known = this.cursor && this.view.get().release;
    this.cursor ??= release.statusResponse.cursor;
    if (known && known.revision > release.revision) return;
    const first = this.view.get().events.length === 0;
    this.view.update((view) => ({ ...view, state: "ready", message: "", stale: false, release }));
    const { nodes, pageInfo } = release.events;
    this.show(nodes as readonly ReleaseEvent[], first ? pageInfo.hasPreviousPage : undefined);
    if (!this.end) this.follow();
  }

  private show(events: readonly ReleaseEvent[], older?: boolean): void {
    this.view.update((view) => {
      const all = merged(view.events, events);
      if (all === view.events && older === undefined) return view;
      return { ...view, events: all.slice(0, this.kept), older: (older ?? view.older) || all.length > this.kept };
    });
  }

  private fail(error: unknown): void {
    if (error instanceof SignInNeeded) {
      this.onSignIn(error.message);
      return;
    }
    const message = wordsOf(error);
    this.view.update((view) => (view.release ? { ...view, stale: true } : { ...view, state: "failed", message }));
    if (this.retrying || (error instanceof Refused && error.code === "FORBIDDEN")) return;
    this.retrying = true;
    this.later(() => {
      this.retrying = false;
      void this.read();
    }, retryDelay(this.failures));
    this.failures += 1;
  }
}
