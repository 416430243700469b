/** Runs a task soon, once: in the next frame in a browser, when told to in a test. Returns what calls it off. */
export type Schedule = (task: () => void) => () => void;

/** Before the next frame; in a hidden tab, which has no frames, within a second. */
export const eachFrame: Schedule = (task) => {
  if (document.hidden) {
    const timer = setTimeout(task, 1_000);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(task);
  return () => cancelAnimationFrame(frame);
};

/** A value that others look at: each sees the same object until something changed. */
export class Observable<Value> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: Value) {}

  readonly get = (): Value => this.current;

  set(value: Value): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  update(change: (value: Value) => Value): void {
    this.set(change(this.current));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };
}
