import { Refused, SignInNeeded, Unreachable, wordsOf } from "../api/errors";
import { mutationText, type Payload, takesKey, type UserError } from "../api/mutations";
import type { Wire } from "../api/wire";
import { Observable } from "./observable";
import type { Toasts } from "./toasts";

const TRIES = 3;
const SOON = 1_000;
const LONGEST = 60_000;
const UNSURE = "The server did not answer: it may have been done. It is asked again once it answers.";
const GIVEN_UP = "The server does not answer: it may have been done. Look before you try again.";

export interface Outcome {
  readonly id: string | null;
  readonly userErrors: readonly UserError[];
  /** What the server said of a request that it did not take at all. */
  readonly refused: readonly string[];
}

/** Where a mutation's refusal is told: in a message, or by whoever asked for it. */
export type Told = "message" | "by the caller";

/**
 * Carries out mutations, one of a kind at a time.
 *
 * What is under way is pending, never shown as done: the server decides, and what it decided comes over the stream. A
 * mutation that nobody answered is sent again as it was, once the server is back: it is done once at most.
 */
export class Performer {
  /** Keys of what is under way. */
  readonly pending = new Observable<ReadonlySet<string>>(new Set());
  /** What was refused last, by key. */
  readonly refused = new Observable<ReadonlyMap<string, string>>(new Map());

  constructor(
    private readonly wire: Wire,
    private readonly toasts: Toasts,
    private readonly onSignIn: (message: string) => void = () => undefined,
    private readonly later: (task: () => void, milliseconds: number) => unknown = (task, ms) => setTimeout(task, ms),
  ) {}

  /** Perform a mutation; returns what came of it, without user errors when it was done, null when nobody knows. */
  async perform(
    key: string,
    field: string,
    input: Record<string, unknown>,
    done = "",
    told: Told = "message",
  ): Promise<Outcome | null> {
    if (this.pending.get().has(key)) return null;
    this.pending.update((keys) => new Set(keys).add(key));
    this.forget(key);
    try {
      const payload = await this.send(field, takesKey(field) ? { idempotencyKey: fresh(), ...input } : input);
      const userErrors = payload?.userErrors ?? [];
      if (!userErrors.length && done) this.toasts.good(done);
      if (userErrors.length && told === "message") this.tell(key, userErrors.map((error) => error.message).join(" "));
      return { id: payload?.release?.id ?? null, userErrors, refused: [] };
    } catch (error) {
      if (error instanceof SignInNeeded) this.onSignIn(error.message);
      else if (error instanceof Refused && told === "by the caller") {
        return { id: null, userErrors: [], refused: error.all };
      } else this.tell(key, error instanceof Unreachable ? GIVEN_UP : wordsOf(error));
      return null;
    } finally {
      this.pending.update((keys) => new Set([...keys].filter((other) => other !== key)));
    }
  }

  private async send(field: string, input: Record<string, unknown>, tries = TRIES): Promise<Payload | null> {
    const operation = { text: mutationText(field) } as {
      text: string;
      types?: (v: object) => { done: Payload | null };
    };
    try {
      return (await this.wire.ask(operation, { input })).done;
    } catch (error) {
      if (!(error instanceof Unreachable) || tries === 1) throw error;
      const warning = this.toasts.bad(UNSURE);
      await this.back();
      return this.send(field, input, tries - 1).finally(() => this.toasts.dismiss(warning));
    }
  }

  /** Resolves when the connection is back, soon where it was never gone, after a while in any case. */
  private back(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.wire.onConnection(({ state }) => state === "live" && go());
      const go = () => {
        stop();
        resolve();
      };
      this.later(go, this.wire.connection.state === "live" ? SOON : LONGEST);
    });
  }

  private tell(key: string, message: string): void {
    this.refused.update((refused) => new Map(refused).set(key, message));
    this.toasts.bad(message);
  }

  private forget(key: string): void {
    this.refused.update((refused) => new Map([...refused].filter(([other]) => other !== key)));
  }
}

/** Unlike the ready-made ones, also where the page does not come over TLS. */
function fresh(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}
