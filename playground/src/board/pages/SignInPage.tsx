import { type FormEvent, useState } from "react";
import { HELLO } from "../api/documents";
import { wordsOf } from "../api/errors";
import { ask } from "../api/http";
import type { Sessions } from "../store/session";

/** Takes a token, tries it, keeps it for this tab. */
export function SignInPage({ sessions, reason }: { sessions: Sessions; reason: string }) {
  const [token, setToken] = useState("");
  const [trouble, setTrouble] = useState("");
  const [trying, setTrying] = useState(false);
  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setTrying(true);
    try {
      await ask(HELLO, {}, token.trim());
      sessions.signIn(token.trim());
    } catch (error) {
      setTrouble(wordsOf(error));
    }
    setTrying(false);
  };
  return (
    <main className="sign-in">
      <form onSubmit={signIn}>
        <h1>Phaseboard</h1>
        <p role="status">{reason}</p>
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          type="password"
          value={token}
          autoComplete="off"
          required
          aria-describedby="token-help"
          onChange={(event) => setToken(event.target.value)}
        />
        {trouble ? (
          <p className="trouble" role="alert">
            {trouble}
          </p>
        ) : null}
        <button type="submit" className="primary" disabled={trying}>
          {trying ? "Signing in…" : "Sign in"}
        </button>
        <p id="token-help" className="quiet">
          Who runs the server creates one: <code>phaseboard token create --name you --scope releases:read</code>. It is
          kept in this tab alone.
        </p>
      </form>
    </main>
  );
}
