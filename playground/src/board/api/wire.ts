import type { Operation } from "./documents";

/** How the board hears from the server; `since` is when it last did, in milliseconds. */
export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "reconnecting"; readonly attempt: number; readonly since: number }
  | { readonly state: "offline"; readonly since: number }
  | { readonly state: "refused"; readonly message: string };

export interface Sink<Result> {
  next(result: Result): void;
  /** The server refused the operation, or ended it with an error (`code` of its extensions). */
  error(code: string, message: string): void;
  /** The stream is over. */
  complete(): void;
}

/** The way to the server: questions over HTTP, streams over one socket that comes back by itself. */
export interface Wire {
  /** Rejects with SignInNeeded, Unreachable or Refused. */
  ask<Result, Variables>(operation: Operation<Result, Variables>, variables: Variables): Promise<Result>;
  /** Variables are read anew each time that the stream has to begin again; returns what ends it. */
  follow<Result, Variables>(
    operation: Operation<Result, Variables>,
    variables: () => Variables,
    sink: Sink<Result>,
  ): () => void;
  readonly connection: Connection;
  onConnection(listener: (connection: Connection) => void): () => void;
}
