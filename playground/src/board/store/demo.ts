import type { Clock } from "./clock";
import { Observable } from "./observable";
import type { Toasts } from "./toasts";

const LOOK = 2_000;
const GONE = "The server does not answer.";

export interface Pace {
  readonly speed: number;
  readonly speeds: readonly number[];
}

type Send = (path: string, body?: object) => Promise<Response>;

/** What only a demo offers: a clock that runs fast, and the outside systems of its tasks, played by who looks. */
export class Demo {
  readonly pace = new Observable<Pace>({ speed: 1, speeds: [] });

  constructor(
    private readonly clock: Clock,
    private readonly toasts: Toasts,
    private readonly reachable: () => boolean = () => true,
    private readonly send: Send = sending,
  ) {}

  /** Follow the server's clock, which another page may have set; returns what stops it. */
  run(): () => void {
    void this.look();
    const timer = setInterval(() => this.reachable() && void this.look(), LOOK);
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    const asked = this.clock.now();
    const answer = await this.send("/demo").catch(() => null);
    if (answer?.ok) this.take((await answer.json()) as Pace & { time: string }, asked);
  }

  async runAt(speed: number): Promise<void> {
    const asked = this.clock.now();
    const answer = await this.said("/demo/speed", { speed });
    if (answer) this.take(answer as unknown as Pace & { time: string }, asked);
  }

  /** Answer for the system that an attempt of a task waits for, or that runs it. */
  async callBack(task: { id: string; name: string; attempt: number }, outcome: "SUCCEEDED" | "FAILED"): Promise<void> {
    const message = outcome === "FAILED" ? "Failed by hand, in the demo." : undefined;
    const answer = await this.said(`/demo/callbacks/${task.id}/${task.attempt}`, { outcome, message });
    if (answer) this.toasts.good(`${task.name} ${outcome === "FAILED" ? "failed" : "was called back"}.`);
  }

  private take({ speed, speeds, time }: Pace & { time: string }, asked: number): void {
    this.clock.runAt(speed);
    this.clock.learn(time, asked);
    const now = this.pace.get();
    if (now.speed !== speed || now.speeds.length !== speeds.length) this.pace.set({ speed, speeds });
  }

  /** Returns what was answered; null when it was no, and a toast says why. */
  private async said(path: string, body: object): Promise<Record<string, unknown> | null> {
    try {
      const answer = await this.send(path, body);
      const told = (await answer.json()) as { message?: string };
      if (answer.ok) return told;
      this.toasts.bad(told.message ?? GONE);
    } catch {
      this.toasts.bad(GONE);
    }
    return null;
  }
}

function sending(path: string, body?: object): Promise<Response> {
  if (!body) return fetch(path);
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
