import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";
import type { Ask } from "./finding";
import { parsing } from "./parsing";
import { authorization } from "./token";

/** The server of this page, for one token: how GraphiQL asks it, and how the page itself does. */
export interface Server {
  readonly fetcher: Fetcher;
  readonly ask: Ask;
  close(): void;
}

export function connect(token: string, origin: string = location.origin): Server {
  const url = new URL("/graphql", origin).href;
  const socket = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: authorization(token),
    retryAttempts: 0, // shown instead: whoever looks here wants to see what happens
  });
  const headers = authorization(token);
  const fetcher = createGraphiQLFetcher({ url, wsClient: socket, headers, enableIncrementalDelivery: false });
  return {
    fetcher: parsing(fetcher),
    ask: (query, variables) => post(url, headers, { query, variables }),
    close: () => void socket.dispose(),
  };
}

/** Whether the server wants to know who asks before it tells anything, or does not tell its schema; null when neither. */
export async function hindrance(ask: Ask): Promise<string | null> {
  try {
    await ask("{ __schema { queryType { name } } }", {});
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function post(url: string, headers: Record<string, string>, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const answer: { data?: Record<string, unknown>; errors?: { message: string }[] } = await response.json();
  if (!answer.data) throw new Error(answer.errors?.[0]?.message ?? `The server answered ${response.status}.`);
  return answer.data;
}
