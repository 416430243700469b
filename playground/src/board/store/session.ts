import { Observable } from "./observable";

const KEY = "phaseboard.token";

/** Who the page says it is: a token that this tab keeps, and why it has to sign in, if so. */
export interface Session {
  readonly token: string | null;
  readonly asks: string | null;
}

export class Sessions {
  readonly session: Observable<Session>;

  constructor(private readonly storage: Storage = sessionStorage) {
    this.session = new Observable<Session>({ token: storage.getItem(KEY), asks: null });
  }

  signIn(token: string): void {
    this.storage.setItem(KEY, token);
    this.session.set({ token, asks: null });
  }

  /** Back to the sign-in page, with the reason in words. */
  askAgain(reason: string): void {
    this.storage.removeItem(KEY);
    this.session.set({ token: null, asks: reason });
  }

  /** Leave nothing behind in this tab. */
  signOut(): void {
    this.storage.clear();
    this.askAgain("You are signed out.");
  }
}
