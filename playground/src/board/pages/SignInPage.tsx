import { type FormEvent, useState } from "react";
import { HELLO } from "../api/documents";
import { wordsOf } from "../api/errors";
import { ask } from "../api/http";
import type { Sessions } from "../store/session";
import { type Oidc, told } from "../store/told";
import { Logo } from "../ui/Logo";

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
  const leave = async (oidc: Oidc) => {
    setTrying(true);
    try {
      await (await import("../api/oidc")).begin(oidc);
    } catch (error) {
      setTrouble(wordsOf(error));
      setTrying(false);
    }
  };
  const { oidc } = told;
  return (
    <main className="sign-in">
      <form onSubmit={signIn}>
        <Logo />
        <h1>Sign in to Phaseboard</h1>
        <p role="status" className="quiet">
          {reason}
        </p>
        {oidc ? (
          <button type="button" className="primary" autoFocus disabled={trying} onClick={() => void leave(oidc)}>
            Sign in with {new URL(oidc.issuer).host}
          </button>
        ) : null}
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          type="password"
          value={token}
          autoComplete="off"
          autoFocus={!oidc}
          required
          aria-describedby="token-help"
          onChange={(event) => setToken(event.target.value)}
        />
        {trouble ? (
          <p className="trouble" role="alert">
            {trouble}
          </p>
        ) : null}
        <button type="submit" className={oidc ? "" : "primary"} disabled={trying}>
          {trying ? "Signing in…" : oidc ? "Use the token" : "Sign in"}
        </button>
        <p id="token-help" className="quiet">
          Whoever runs the server creates one: <code>phaseboard token create --name you --scope releases:read</code>. It
          is kept in this tab alone.
        </p>
      </form>
    </main>
  );
}
