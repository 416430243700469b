import type { Operation } from "./documents";
import { refusalOf, SignInNeeded, Unreachable } from "./errors";

const PATIENCE = 10_000;

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: unknown } }[];
}

/** Asks over HTTP. Rejects with SignInNeeded, Unreachable or Refused. */
export async function ask<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  token: string | null,
): Promise<Result> {
  const response = await send(JSON.stringify({ query: operation.text, variables }), token);
  const answer = await json<Result>(response);
  if (response.status === 401) throw new SignInNeeded(answer?.errors?.[0]?.message);
  if (!answer || response.status >= 500) throw new Unreachable(answer?.errors?.[0]?.message);
  if (answer.errors?.length || !answer.data) throw refusalOf(answer.errors ?? []);
  return answer.data;
}

async function send(body: string, token: string | null): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  try {
    return await fetch("/graphql", { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Unreachable();
  }
}

async function json<Result>(response: Response): Promise<Answer<Result> | null> {
  try {
    return (await response.json()) as Answer<Result>;
  } catch {
    return null;
  }
}
