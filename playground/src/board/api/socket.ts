import { type Client, createClient } from "graphql-ws";
import type { Operation } from "./documents";
import { ask } from "./http";
import { retryDelay } from "./retry";
import type { Connection, Sink, Wire } from "./wire";

const PING = 10_000;
const PONG = 5_000;
const FORBIDDEN = 4403;

/** The wire to the server that the page came from. */
export class ServerWire implements Wire {
  connection: Connection = { state: "connecting" };
  private readonly client: Client;
  private readonly listeners = new Set<(connection: Connection) => void>();
  private awaited: ReturnType<typeof setTimeout> | undefined;
  private wake: (() => void) | undefined;
  private heard = Date.now();
  private attempt = 0;

  constructor(private readonly token: string | null) {
    this.client = createClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
      lazy: false,
      keepAlive: PING,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: (event) => (event as CloseEvent).code !== FORBIDDEN,
      retryWait: (attempt) => this.pause(attempt),
      onNonLazyError: () => undefined,
      ...(token ? { connectionParams: { Authorization: `Bearer ${token}` } } : {}),
      on: {
        connected: () => this.live(),
        closed: (event) => this.away((event as CloseEvent).code),
        message: () => {
          this.heard = Date.now();
        },
        ping: (received) => received || this.expectPong(),
        pong: (received) => received && clearTimeout(this.awaited),
      },
    });
    addEventListener("online", this.hurry);
    addEventListener("offline", this.offline);
    document.addEventListener("visibilitychange", this.hurry);
  }

  ask<Result, Variables>(operation: Operation<Result, Variables>, variables: Variables): Promise<Result> {
    return ask(operation, variables, this.token);
  }

  follow<Result, Variables>(
    operation: Operation<Result, Variables>,
    variables: () => Variables,
    sink: Sink<Result>,
  ): () => void {
    // The client sends the same payload again after each reconnect: the getter makes that the newest cursor.
    const payload = {
      query: operation.text,
      get variables() {
        return variables() as Record<string, unknown>;
      },
    };
    let over = false;
    const end = this.client.subscribe<Result>(payload, {
      next: ({ data, errors }) => {
        if (over) return;
        if (errors?.length) sink.error(String(errors[0]?.extensions?.code ?? ""), errors[0]?.message ?? "");
        else if (data) sink.next(data);
      },
      error: (error) => {
        const first = Array.isArray(error) ? error[0] : undefined;
        if (!over && first) sink.error(String(first.extensions?.code ?? ""), String(first.message));
      },
      complete: () => {
        if (!over) sink.complete();
      },
    });
    return () => {
      over = true;
      end();
    };
  }

  onConnection(listener: (connection: Connection) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Let go of the server for good. */
  close(): void {
    this.listeners.clear();
    clearTimeout(this.awaited);
    removeEventListener("online", this.hurry);
    removeEventListener("offline", this.offline);
    document.removeEventListener("visibilitychange", this.hurry);
    // Where the server refused the connection, letting go of it fails the same way again.
    Promise.resolve(this.client.dispose()).catch(() => undefined);
  }

  private live(): void {
    this.attempt = 0;
    this.tell({ state: "live" });
  }

  private away(code: number): void {
    clearTimeout(this.awaited);
    if (code === FORBIDDEN) {
      this.tell({ state: "refused", message: "Your token has expired or was revoked. Sign in again." });
      return;
    }
    this.tellAway();
  }

  private async pause(attempt: number): Promise<void> {
    this.attempt = attempt + 1;
    this.tellAway();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryDelay(attempt));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** keepAlive alone does not notice a server that stands still. */
  private expectPong(): void {
    clearTimeout(this.awaited);
    this.awaited = setTimeout(() => this.client.terminate(), PONG);
  }

  private readonly hurry = (): void => {
    if (!document.hidden) this.wake?.();
  };

  private readonly offline = (): void => {
    this.tell({ state: "offline", since: this.heard });
    this.client.terminate();
  };

  private tellAway(): void {
    const since = this.heard;
    const reconnecting = { state: "reconnecting", attempt: Math.max(1, this.attempt), since } as const;
    this.tell(navigator.onLine ? reconnecting : { state: "offline", since });
  }

  private tell(connection: Connection): void {
    this.connection = connection;
    for (const listener of this.listeners) listener(connection);
  }
}
