import { Observable } from "./observable";

/**
 * The server's clock, as far as its last answer told it; ticks once a second. That of a demo may run fast. Instants are
 * in milliseconds.
 */
export class Clock {
  readonly seconds: Observable<number>;
  private instant: number;
  private since: number;
  private speed = 1;

  constructor(private readonly local: () => number = Date.now) {
    this.instant = this.since = local();
    this.seconds = new Observable(this.now());
  }

  now(): number {
    return this.instant + (this.local() - this.since) * this.speed;
  }

  /** The server said what time it is, in answer to what was asked at `asked` by this clock. */
  learn(time: string, asked: number): void {
    const answered = this.now();
    this.instant += Date.parse(time) - (asked + answered) / 2;
    this.tick();
  }

  /** So many seconds pass in one, from now on. */
  runAt(speed: number): void {
    const now = this.now();
    this.since = this.local();
    this.instant = now;
    this.speed = speed;
  }

  tick(): void {
    this.seconds.set(Math.floor(this.now() / 1_000) * 1_000);
  }

  /** Tick every second; returns what stops it. */
  run(): () => void {
    const timer = setInterval(() => this.tick(), 1_000);
    return () => clearInterval(timer);
  }
}
