import { SignInNeeded, wordsOf } from "../api/errors";
import { mutationText, type Payload, type UserError } from "../api/mutations";
import type { Wire } from "../api/wire";
import { Observable } from "./observable";
import type { Toasts } from "./toasts";

/**
 * Carries out mutations, one of a kind at a time.
 *
 * What is under way is pending, never shown as done: the server decides, and what it decided comes over the stream.
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
  ) {}

  /** Perform a mutation; returns its user errors, none when it was done, null when nobody knows. */
  async perform(
    key: string,
    field: string,
    input: Record<string, unknown>,
    done = "",
  ): Promise<{ readonly id: string | null; readonly userErrors: readonly UserError[] } | null> {
    if (this.pending.get().has(key)) return null;
    this.pending.update((keys) => new Set(keys).add(key));
    this.forget(key);
    try {
      const operation = { text: mutationText(field) } as {
        text: string;
        types?: (v: object) => { done: Payload | null };
      };
      const { done: payload } = await this.wire.ask(operation, { input });
      const userErrors = payload?.userErrors ?? [];
      if (userErrors.length) this.tell(key, userErrors.map((error) => error.message).join(" "));
      else if (done) this.toasts.good(done);
      return { id: payload?.release?.id ?? null, userErrors };
    } catch (error) {
      if (error instanceof SignInNeeded) this.onSignIn(error.message);
      else this.tell(key, wordsOf(error));
      return null;
    } finally {
      this.pending.update((keys) => new Set([...keys].filter((other) => other !== key)));
    }
  }

  private tell(key: string, message: string): void {
    this.refused.update((refused) => new Map(refused).set(key, message));
    this.toasts.bad(message);
  }

  private forget(key: string): void {
    this.refused.update((refused) => new Map([...refused].filter(([other]) => other !== key)));
  }
}
