import { wordsOf } from "../api/errors";
import { go } from "./route";
import type { Sessions } from "./session";
import type { Oidc } from "./told";

/** Whether the issuer sent the page here, with a code or with an error. */
export function isAnswer(search: string): boolean {
  const given = new URLSearchParams(search);
  return given.has("state") && (given.has("code") || given.has("error"));
}

/** Sign in with what the issuer answered, and go back to where the page was; else ask again, saying why. */
export async function comeBack(oidc: Oidc, sessions: Sessions): Promise<void> {
  const answer = new URL(location.href);
  history.replaceState(null, "", "/"); // the code is used once: no reload, no history is to bring it again
  try {
    const { token, back } = await (await import("../api/oidc")).finish(oidc, answer);
    sessions.signIn(token);
    history.replaceState(null, "", back);
    go(back);
  } catch (error) {
    sessions.askAgain(wordsOf(error));
  }
}
