import { Observable } from "./observable";

/** The server's clock, as far as its last answer told it; ticks once a second. Instants are in milliseconds. */
export class Clock {
  readonly seconds: Observable<number>;
  private offset = 0;

  constructor(private readonly local: () => number = Date.now) {
    this.seconds = new Observable(this.now());
  }

  now(): number {
    return this.local() + this.offset;
  }

  /** The server said what time it is, in answer to what was asked at `asked` by this clock. */
  learn(time: string, asked: number): void {
    const answered = this.now();
    this.offset += Date.parse(time) - (asked + answered) / 2;
    this.tick();
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
