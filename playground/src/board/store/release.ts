import { EVENTS, RELEASE, type Release, type ReleaseEvent } from "../api/documents";
import { SignInNeeded, wordsOf } from "../api/errors";
import type { Wire } from "../api/wire";
import { Observable, type Schedule } from "./observable";

const KEPT = 200;
const REFUSED = 1_000;

export interface ReleaseView {
  readonly state: "loading" | "ready" | "missing" | "failed";
  readonly message: string;
  readonly release: Release | null;
  /** Newest first. */
  readonly events: readonly ReleaseEvent[];
}

/**
 * One release with its tasks, cycles and history: read once, then again after its events, at most one read at a time.
 *
 * The events themselves are shown as they come.
 */
export class ReleaseStore {
  readonly view = new Observable<ReleaseView>({ state: "loading", message: "", release: null, events: [] });
  private cursor: string | null = null;
  private incoming: ReleaseEvent[] = [];
  private end: () => void = () => undefined;
  private callOff: (() => void) | null = null;
  private reading = false;
  private stale = false;
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
    this.end();
    await this.read();
    if (!this.closed && this.view.get().state === "ready") this.follow();
  }

  close(): void {
    this.closed = true;
    this.end();
    this.callOff?.();
  }

  private follow(): void {
    const again = () => {
      if (this.closed) return;
      this.view.update((view) => ({ ...view, events: [] }));
      this.cursor = null;
      void this.load();
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
    this.stale = this.reading;
    if (this.reading) return;
    this.reading = true;
    try {
      const { release } = await this.wire.ask(RELEASE, { id: this.id, zone: this.zone });
      if (!this.closed) this.put(release);
    } catch (error) {
      this.fail(error);
    }
    this.reading = false;
    if (this.stale && !this.closed) await this.read();
  }

  private put(release: Release | null): void {
    if (!release) {
      this.view.update((view) => ({ ...view, state: "missing", release: null }));
      return;
    }
    this.cursor ??= release.statusResponse.cursor;
    const known = this.view.get().release;
    if (known && known.revision > release.revision) return;
    this.view.update((view) => ({ ...view, state: "ready", message: "", release }));
    this.show(release.events.nodes as readonly ReleaseEvent[]);
  }

  private show(events: readonly ReleaseEvent[]): void {
    this.view.update((view) => {
      const known = new Map(view.events.map((event) => [event.id, event]));
      const before = known.size;
      for (const event of events) known.set(event.id, known.get(event.id) ?? event);
      if (known.size === before) return view;
      const all = [...known.values()].sort((one, other) => number(other.id) - number(one.id));
      return { ...view, events: all.slice(0, KEPT) };
    });
  }

  private fail(error: unknown): void {
    if (error instanceof SignInNeeded) this.onSignIn(error.message);
    else if (!this.view.get().release) {
      this.view.update((view) => ({ ...view, state: "failed", message: wordsOf(error) }));
    }
  }
}

function number(eventId: string): number {
  return Number(eventId.replace(/\D/g, ""));
}
