import { Observable } from "./observable";

export interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

const MOST = 4;
const STAYS = 6_000;

/** Short messages in a corner: good news leaves by itself, bad news stays until it was seen. */
export class Toasts {
  readonly shown = new Observable<readonly Toast[]>([]);
  private last = 0;

  constructor(
    private readonly later: (task: () => void, milliseconds: number) => unknown = (task, ms) => setTimeout(task, ms),
  ) {}

  good(text: string): void {
    const id = this.add("good", text);
    this.later(() => this.dismiss(id), STAYS);
  }

  /** Returns its id, to dismiss it by where it is settled. */
  bad(text: string): number {
    return this.add("bad", text);
  }

  dismiss(id: number): void {
    this.shown.update((toasts) => toasts.filter((toast) => toast.id !== id));
  }

  private add(tone: Toast["tone"], text: string): number {
    this.last += 1;
    const toast = { id: this.last, tone, text };
    this.shown.update((toasts) => [...toasts.filter((other) => other.text !== text), toast].slice(-MOST));
    return toast.id;
  }
}
