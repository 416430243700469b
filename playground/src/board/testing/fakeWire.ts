import type { Card, Operation, PhaseChange } from "../api/documents";
import type { Connection, Sink, Wire } from "../api/wire";
import type { Schedule } from "../store/observable";

interface Stream {
  readonly text: string;
  readonly variables: () => unknown;
  readonly sink: Sink<any>;
}

type Answer = (variables: Record<string, unknown>) => unknown;

/** A wire without a server: operations are answered by their names, streams are fed by the test. */
export class FakeWire implements Wire {
  connection: Connection = { state: "live" };
  readonly asked: { name: string; variables: Record<string, unknown> }[] = [];
  readonly streams: Stream[] = [];
  private readonly listeners = new Set<(connection: Connection) => void>();

  constructor(private readonly answers: Record<string, Answer>) {}

  async ask<Result, Variables>(operation: Operation<Result, Variables>, variables: Variables): Promise<Result> {
    const name = /(?:query|mutation) (\w+)/.exec(operation.text)?.[1] ?? "";
    this.asked.push({ name, variables: variables as Record<string, unknown> });
    const answer = this.answers[name];
    if (!answer) throw new Error(`Nobody answers ${name}.`);
    return answer(variables as Record<string, unknown>) as Result;
  }

  follow<Result, Variables>(
    operation: Operation<Result, Variables>,
    variables: () => Variables,
    sink: Sink<Result>,
  ): () => void {
    const stream = { text: operation.text, variables, sink };
    this.streams.push(stream);
    return () => {
      const at = this.streams.indexOf(stream);
      if (at >= 0) this.streams.splice(at, 1);
    };
  }

  onConnection(listener: (connection: Connection) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(connection: Connection): void {
    this.connection = connection;
    for (const listener of this.listeners) listener(connection);
  }

  /** The only stream there is. */
  get stream(): Stream {
    const [stream, ...others] = this.streams;
    if (!stream || others.length) throw new Error(`There are ${this.streams.length} streams.`);
    return stream;
  }

  send(change: PhaseChange): void {
    this.stream.sink.next({ phaseChanged: change });
  }
}

/** Frames that come when the test says so. */
export class Frames {
  private tasks: (() => void)[] = [];

  readonly schedule: Schedule = (task) => {
    this.tasks.push(task);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== task);
    };
  };

  get waiting(): number {
    return this.tasks.length;
  }

  next(): void {
    for (const task of this.tasks.splice(0)) task();
  }
}

/** Let every promise that can go on do so. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

type Status = Card["statusResponse"];

export function cardOf(
  id: string,
  phase: Status["currentPhase"],
  more: Partial<Card> & { status?: Partial<Status> } = {},
): Card {
  const { status, ...rest } = more;
  return {
    id,
    name: `App ${id}`,
    version: "1.0.0",
    revision: 1,
    createdAt: "2026-01-15T10:00:00Z",
    updatedAt: "2026-01-15T10:00:00Z",
    statusResponse: {
      currentPhase: phase,
      actions: [],
      displayText: `in ${phase}`,
      stages: { stage1: "PENDING", stage2: "PENDING", stage3: "PENDING" },
      regression: null,
      ...status,
    },
    ...rest,
  };
}

export function changeOf(cursor: string, card: Card, from: PhaseChange["from"] = null): PhaseChange {
  return {
    cursor,
    from,
    to: card.statusResponse.currentPhase,
    occurredAt: "2026-01-15T12:00:00Z",
    action: null,
    reason: null,
    actor: { kind: "SYSTEM", name: "phaseboard" },
    release: card,
  };
}
