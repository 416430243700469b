/** The dashboard keeps its token under the same name: who is signed in there is signed in here. */
const KEY = "phaseboard.token";

/** The token of this tab, "" for none. It is gone when the tab is. */
export function keptToken(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepToken(token: string): void {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

export function authorization(token: string): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}
